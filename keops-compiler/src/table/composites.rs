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
    /// Where tests sample the operands, if it is not defined for all numbers.
    pub domain: Option<(f64, f64)>,
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
        domain: None,
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
        // 1 − r would cancel where r is nearly 1.
        partials: &["r * sigmoid(-x)"],
        domain: None,
        doc: "1/(1 + e^(−x))",
    },
    Composite {
        name: "softplus",
        operands: &["x"],
        definition: "max(x, 0) + log1p(exp(-abs(x)))",
        partials: &["sigmoid(x)"],
        domain: None,
        doc: "log(1 + e^x) without overflow, also where it is small",
    },
    Composite {
        name: "silu",
        operands: &["x"],
        definition: "max(x, -1000) * sigmoid(x)",
        partials: &["let s = sigmoid(x); s + s * x * sigmoid(-x)"],
        domain: None,
        doc: "x sigmoid(x); 0 at −∞",
    },
    Composite {
        name: "gelu",
        operands: &["x"],
        definition: "max(x, -40) * normcdf(x)",
        partials: &["normcdf(x) + x * (0.3989422804014327 * exp(-x * x / 2))"],
        domain: None,
        doc: "x Φ(x), Φ the normal distribution's; exact, not by tanh; 0 at −∞",
    },
    Composite {
        name: "xlogx",
        operands: &["x"],
        definition: "if x == 0 { 0 } else { x * log(x) }",
        partials: &["if x == 0 { 0 } else { log(x) + 1 }"],
        domain: Some((1e-3, 8.0)),
        doc: "x log x; value and gradient 0 at 0, NaN below",
    },
    Composite {
        name: "sinxdivx",
        operands: &["x"],
        definition: "if x == 0 { 1 } else { sin(x) / x }",
        // Near 0 the difference would cancel: the power series, which is good for further derivatives.
        partials: &["if x * x < 1 {
                let s = x * x;
                x * (s * (1 / 30 - s * (1 / 840 - s * (1 / 45360 - s * (1 / 3991680
                    - s * (1 / 518918400 - s * (1 / 93405312000 - s * (1 / 22230464256000
                    - s * (1 / 6758061133824000 - s / 2554547108585472000)))))))) - 1 / 3)
            } else { (cos(x) - r) / x }"],
        domain: None,
        doc: "sin(x)/x; 1 and gradient 0 at 0",
    },
    // By ψ″(y) = ψ″(y + 1) − 2/y³, ten times, to where the asymptotic series is good for many derivatives.
    row(
        "tetragamma",
        &["x"],
        "let y = if x > 0 { x } else { 1 - x };
            let z = square(1 / (y + 10));
            let sum = cube(1 / y) + cube(1 / (y + 1)) + cube(1 / (y + 2)) + cube(1 / (y + 3))
                + cube(1 / (y + 4)) + cube(1 / (y + 5)) + cube(1 / (y + 6)) + cube(1 / (y + 7))
                + cube(1 / (y + 8)) + cube(1 / (y + 9));
            let rest = z + z / (y + 10) + z * z * (1 / 2 - z * (1 / 6 - z * (1 / 6 - z * (3 / 10
                - z * (5 / 6 - z * (691 / 210 - z * (35 / 2 - z * (3617 / 30 - z * 43867 / 42))))))));
            let reflected = if x > 0 { 0 } else { 2 * pi ^ 3 * cospi(x) / sinpi(x) ^ 3 };
            -2 * sum - rest - reflected",
        "the third derivative of log Γ(x)",
    ),
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
        domain: None,
        doc: "the real part of (a + ib)/(c + id)",
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
