//! Operations that are formulas of others.

/// An operation defined by a formula.
#[derive(Clone, Copy, Debug)]
pub struct Composite {
    /// Its name in formulas.
    pub name: &'static str,
    /// Its operands' names in the definition.
    pub operands: &'static [&'static str],
    /// The value.
    pub definition: &'static str,
    /// The partial derivatives of an element-wise composite, where those that follow from the
    /// definition are inaccurate or not finite: formulas of the operands and of the result `r`.
    /// Empty: they follow.
    pub partials: &'static [&'static str],
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn row(
    name: &'static str,
    operands: &'static [&'static str],
    definition: &'static str,
    doc: &'static str,
) -> Composite {
    Composite {
        name,
        operands,
        definition,
        partials: &[],
        doc,
    }
}

/// The composites; a definition may use those above it.
pub const COMPOSITES: &[Composite] = &[
    row("inv", &["x"], "1 / x", "1/x"),
    row("square", &["x"], "x * x", "x²"),
    row("cube", &["x"], "x * x * x", "x³"),
    row(
        "step",
        &["x"],
        "if x >= 0 { 1 } else { 0 }",
        "1 where x ≥ 0, else 0; gradient 0",
    ),
    row(
        "relu",
        &["x"],
        "if x > 0 { x } else { 0 }",
        "the positive part; gradient 0 at 0; of a NaN, 0",
    ),
    Composite {
        name: "sigmoid",
        operands: &["x"],
        definition: "1 / (1 + exp(-x))",
        partials: &["r * (1 - r)"],
        doc: "1/(1 + e^(−x))",
    },
    row(
        "clamp",
        &["x", "lo", "hi"],
        "if x >= lo { if x > hi { hi } else { x } } else { lo }",
        "x held within [lo, hi]; gradient 1 on the closed interval; of a NaN, lo",
    ),
    row(
        "ifelse",
        &["f", "a", "b"],
        "if f >= 0 { a } else { b }",
        "a where f ≥ 0, else b",
    ),
    row(
        "mod",
        &["x", "n"],
        "x - n * floor(x / n)",
        "the remainder with the sign of n",
    ),
    Composite {
        name: "_quotient",
        operands: &["a", "b", "c", "d"],
        // Smith's method (Communications of the ACM 5, 1962): the smaller part of the divisor is
        // divided by the larger.
        definition: "let flip = abs(c) < abs(d); \
                     let u = if flip { d } else { c }; let v = if flip { c } else { d }; \
                     let t = v / u; \
                     (if flip { a * t + b } else { a + b * t }) / (u + v * t)",
        partials: &[
            "_quotient(1, 0, c, d)",
            "_quotient(0, 1, c, d)",
            "-_quotient(r, _quotient(b, -a, c, d), c, d)",
            "_quotient(_quotient(b, -a, c, d), -r, c, d)",
        ],
        doc: "the real part of (a + ib)/(c + id)",
    },
    Composite {
        name: "_modulus",
        operands: &["a", "b"],
        definition: "let flip = abs(a) < abs(b); \
                     let u = if flip { abs(b) } else { abs(a) }; \
                     let v = if flip { abs(a) } else { abs(b) }; \
                     let t = if v == u { 1 } else { v / u }; \
                     u * sqrt(1 + t * t)",
        partials: &[
            "if r > 0 { a / r } else { 0 }",
            "if r > 0 { b / r } else { 0 }",
        ],
        doc: "sqrt(a² + b²), where no square overflows; gradient 0 at 0",
    },
    row("sqnorm", &["v"], "dot(v, v)", "|v|²"),
    row("norm", &["v"], "sqrt(dot(v, v))", "|v|; gradient 0 at 0"),
    row("sqdist", &["a", "b"], "sqnorm(a - b)", "|a − b|²"),
    row(
        "normalize",
        &["v"],
        "v * rsqrt(dot(v, v))",
        "v/|v|; 0 at 0, gradient 0 there",
    ),
];
