//! Operations on vectors and matrices that are formulas of others, by the shapes of their operands.

/// An operation defined by a formula for operands of certain shapes.
#[derive(Clone, Copy, Debug)]
pub struct Shaped {
    /// Its name in formulas. A name that begins with `_` is for definitions alone.
    pub name: &'static str,
    /// Its operands' names in the definition.
    pub operands: &'static [&'static str],
    /// The shapes of the operands in index notation: a letter is any size, the same wherever it
    /// stands, a digit that size, `*` any shape, `+` any but a scalar.
    pub shapes: &'static str,
    /// The value.
    pub definition: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn row(
    name: &'static str,
    operands: &'static [&'static str],
    shapes: &'static str,
    definition: &'static str,
    doc: &'static str,
) -> Shaped {
    Shaped {
        name,
        operands,
        shapes,
        definition,
        doc,
    }
}

/// The largest component, rounded so that no derivative goes through it; 0 if it is infinite.
const SHIFT: &str = "let m = max(v); if abs(m) < inf { round(m) } else { 0 }";

const INVERSE: &str = "let d = det(m); _adjugate(m) / (if d == 0 { d * inf } else { d })";

/// The operations. Rows of one name are chosen by the number and the shapes of the operands.
pub const SHAPED: &[Shaped] = &[
    row("norm1", &["v"], "*", "sum(abs(v))", "Σ|v_k|"),
    row("norminf", &["v"], "+", "max(abs(v))", "max |v_k|"),
    row(
        "mean",
        &["v"],
        "+",
        "sum(v) / len(v)",
        "the mean of the components",
    ),
    row(
        "cross",
        &["a", "b"],
        "3,3",
        "[a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]",
        "the cross product",
    ),
    row(
        "_shift",
        &["v"],
        "*",
        SHIFT,
        "a number near the largest component",
    ),
    row(
        "softmax",
        &["v"],
        "+",
        "let e = exp(v - _shift(v)); let s = sum(e); e / (if s == 0 { 1 } else { s })",
        "e^v over its sum, without overflow; 0 where all are −∞",
    ),
    row(
        "logsumexp",
        &["v"],
        "+",
        "let m = _shift(v); let s = sum(exp(v - m)); m + (if s == 0 { -inf } else { log(s) })",
        "log Σ e^v, without overflow; of all −∞, −∞ with gradient 0",
    ),
    row(
        "weightedsqnorm",
        &["s", "v"],
        "kk,k",
        "dot(v, s @ v)",
        "v·(s v), s a matrix, symmetric or not",
    ),
    row(
        "weightedsqnorm",
        &["s", "v"],
        "k,k",
        "dot(s * v, v)",
        "Σ s_k v_k²",
    ),
    row(
        "weightedsqnorm",
        &["s", "v"],
        "l,k",
        "symsqnorm(s, v)",
        "v·(s v), the rows of s end to end",
    ),
    row(
        "weightedsqnorm",
        &["s", "v"],
        ",*",
        "s * dot(v, v)",
        "s |v|²",
    ),
    row(
        "weightedsqdist",
        &["s", "a", "b"],
        "*,*,*",
        "weightedsqnorm(s, a - b)",
        "`weightedsqnorm` of a − b",
    ),
    row("trace", &["m"], "kk", "sum(diagonal(m))", "Σ m_kk"),
    row("det", &["m"], "11", "m[0, 0]", "the determinant"),
    row(
        "det",
        &["m"],
        "22",
        "m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]",
        "the determinant",
    ),
    row(
        "det",
        &["m"],
        "33",
        "dot(m[0], cross(m[1], m[2]))",
        "the determinant",
    ),
    row(
        "det",
        &["m"],
        "44",
        "dot(m[0], _wedge(m[1], _minors(m[2], m[3])))",
        "the determinant",
    ),
    row(
        "_minors",
        &["a", "b"],
        "4,4",
        "[a[0] * b[1] - a[1] * b[0], a[0] * b[2] - a[2] * b[0], a[0] * b[3] - a[3] * b[0], \
          a[1] * b[2] - a[2] * b[1], a[1] * b[3] - a[3] * b[1], a[2] * b[3] - a[3] * b[2]]",
        "the minors of two rows",
    ),
    row(
        "_wedge",
        &["a", "c"],
        "4,6",
        "[a[1] * c[5] - a[2] * c[4] + a[3] * c[3], a[2] * c[2] - a[0] * c[5] - a[3] * c[1], \
          a[0] * c[4] - a[1] * c[2] + a[3] * c[0], a[1] * c[1] - a[0] * c[3] - a[2] * c[0]]",
        "the minors of a row and two rows, with their signs",
    ),
    row("_adjugate", &["m"], "11", "fill(1, [1, 1])", "the adjugate"),
    row(
        "_adjugate",
        &["m"],
        "22",
        "reshape([m[1, 1], -m[0, 1], -m[1, 0], m[0, 0]], [2, 2])",
        "the adjugate",
    ),
    row(
        "_adjugate",
        &["m"],
        "33",
        "transpose(reshape([cross(m[1], m[2]), cross(m[2], m[0]), cross(m[0], m[1])], [3, 3]))",
        "the adjugate",
    ),
    row(
        "_adjugate",
        &["m"],
        "44",
        "let s = _minors(m[0], m[1]); let c = _minors(m[2], m[3]); \
         transpose(reshape([_wedge(m[1], c), -_wedge(m[0], c), _wedge(m[3], s), -_wedge(m[2], s)], [4, 4]))",
        "the adjugate",
    ),
    row(
        "inverse",
        &["m"],
        "11",
        INVERSE,
        "the inverse; of a singular matrix, NaN",
    ),
    row(
        "inverse",
        &["m"],
        "22",
        INVERSE,
        "the inverse; of a singular matrix, NaN",
    ),
    row(
        "inverse",
        &["m"],
        "33",
        INVERSE,
        "the inverse; of a singular matrix, NaN",
    ),
    row(
        "inverse",
        &["m"],
        "44",
        INVERSE,
        "the inverse; of a singular matrix, NaN",
    ),
    row(
        "_softmin",
        &["a", "b", "g"],
        "*,*,",
        "min(a, b) - g * log1p(exp(-abs(a - b) / g))",
        "−g log(e^(−a/g) + e^(−b/g))",
    ),
    row(
        "round",
        &["a", "d"],
        "*,",
        "let s = 10 ^ d; round(a * s) / s",
        "a rounded to d decimal places",
    ),
    row(
        "mod",
        &["a", "n", "offset"],
        "*,*,*",
        "a - n * floor((a - offset) / n)",
        "the remainder of the sign of n, counted from an offset",
    ),
    // KeOps' operations that have no name of their own here.
    row("equal", &["a", "b"], "*,*", "a == b", "a = b"),
    row("notequal", &["a", "b"], "*,*", "a != b", "a ≠ b"),
    row("lessthan", &["a", "b"], "*,*", "a < b", "a < b"),
    row("lessorequal", &["a", "b"], "*,*", "a <= b", "a ≤ b"),
    row(
        "matvec",
        &["m", "v"],
        "kl,l",
        "m @ v",
        "matrix times vector",
    ),
    row(
        "matvec",
        &["m", "v"],
        "k,l",
        "reshape(m, [len(m) / len(v), len(v)]) @ v",
        "matrix, its rows end to end, times vector",
    ),
    row(
        "vecmat",
        &["v", "m"],
        "k,kl",
        "v @ m",
        "vector times matrix",
    ),
    row(
        "vecmat",
        &["v", "m"],
        "k,l",
        "v @ reshape(m, [len(v), len(m) / len(v)])",
        "vector times matrix, its rows end to end",
    ),
    row("symsqnorm", &["s", "v"], "kk,k", "dot(v, s @ v)", "v·(s v)"),
    row(
        "symsqnorm",
        &["s", "v"],
        "l,k",
        "dot(v, matvec(s, v))",
        "v·(s v), the rows of s end to end",
    ),
];
