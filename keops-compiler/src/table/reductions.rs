//! Reductions.
//!
//! The notation of a row speaks of a reduction over `j`; over `i` the two are exchanged.

use keops_program::program::Type;

/// One scalar of a reduction's state, for each component of the result.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Its name in `update`, `merge` and `finish`; in `merge`, the later state's has a `2` behind.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// What it starts at.
    pub init: f64,
    /// Its value after one more pair with operands `x`, `w`; `j` is the column.
    pub update: &'static str,
    /// Its value after a later block of columns.
    pub merge: &'static str,
}

/// A reduction over one axis, component by component.
#[derive(Clone, Copy, Debug)]
pub struct Reduction {
    /// Its name in formulas, without `_i` or `_j`.
    pub name: &'static str,
    /// Its operands' names.
    pub operands: &'static [&'static str],
    /// Its state.
    pub state: &'static [State],
    /// The result, as a formula of the state.
    pub finish: &'static str,
    /// The type of the result: Real, or Index for a row number.
    pub ty: Type,
    /// For each operand, what a change `e` of it adds to the result when summed over the columns, as
    /// a formula of `e`, the operands, the result `r` and `j`. Empty: the derivative is 0.
    pub linear: &'static [&'static str],
    /// It picks one entry, so that what it does not pick must not reach the gradient, NaN included.
    pub selects: bool,
    /// It is a sum: factors that do not depend on the column can be taken out of it.
    pub additive: bool,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn state(name: &'static str, init: f64, update: &'static str, merge: &'static str) -> State {
    State {
        name,
        ty: Type::Real,
        init,
        update,
        merge,
    }
}

const fn index(update: &'static str, merge: &'static str) -> State {
    State {
        name: "k",
        ty: Type::Index,
        init: -1.0,
        update,
        merge,
    }
}

/// The part of a sum that rounding lost: Knuth's two-sum of `s` and `s2`.
const LOST: &str = "let t = s + s2; let z = t - s; c + c2 + ((s - (t - z)) + (s2 - z))";

/// The later mass and the earlier one at the larger of the two shifts.
const MASS: &str =
    "s * (if m >= m2 { 1 } else { exp(m - m2) }) + s2 * (if m2 >= m { 1 } else { exp(m2 - m) })";

/// The reductions.
pub const REDUCTIONS: &[Reduction] = &[
    Reduction {
        name: "sum",
        operands: &["x"],
        state: &[
            state("s", 0.0, "s + x", "s + s2"),
            state("c", 0.0, "c", LOST),
        ],
        finish: "if c == c { s + c } else { s }",
        ty: Type::Real,
        linear: &["e"],
        selects: false,
        additive: true,
        doc: "the sum; blocks are added with compensation",
    },
    Reduction {
        name: "logsumexp",
        operands: &["x"],
        state: &[
            state(
                "m",
                f64::NEG_INFINITY,
                "if x > m { x } else { m }",
                "if m2 > m { m2 } else { m }",
            ),
            state(
                "s",
                0.0,
                "let e = if x == m { 1 } else { exp(-abs(x - m)) }; if x > m { s * e + 1 } else { s + e }",
                MASS,
            ),
        ],
        finish: "m + log(s)",
        ty: Type::Real,
        linear: &["e * exp(x - if r > -inf { r } else { inf })"],
        selects: false,
        additive: false,
        doc: "log Σ e^x, shifted by the maximum; −∞ of nothing",
    },
    Reduction {
        name: "logsumexp",
        operands: &["x", "w"],
        state: &[
            state(
                "m",
                f64::NEG_INFINITY,
                "if x > m { x } else { m }",
                "if m2 > m { m2 } else { m }",
            ),
            state(
                "s",
                0.0,
                "let e = if x == m { 1 } else { exp(-abs(x - m)) }; if x > m { s * e + w } else { w * e + s }",
                MASS,
            ),
        ],
        finish: "m + log(s)",
        ty: Type::Real,
        linear: &[
            "e * w * exp(x - if r > -inf { r } else { inf })",
            "e * exp(x - if r > -inf { r } else { inf })",
        ],
        selects: false,
        additive: false,
        doc: "log Σ w e^x, shifted by the maximum; NaN where the sum is negative",
    },
    Reduction {
        name: "min",
        operands: &["x"],
        state: &[state(
            "v",
            f64::INFINITY,
            "if x < v { x } else { v }",
            "if v2 < v { v2 } else { v }",
        )],
        finish: "v",
        ty: Type::Real,
        linear: &["if argmin_j(x) == j { e } else { 0 }"],
        selects: true,
        additive: false,
        doc: "the smallest entry below +∞, +∞ if there is none; NaN is not selected",
    },
    Reduction {
        name: "max",
        operands: &["x"],
        state: &[state(
            "v",
            f64::NEG_INFINITY,
            "if x > v { x } else { v }",
            "if v2 > v { v2 } else { v }",
        )],
        finish: "v",
        ty: Type::Real,
        linear: &["if argmax_j(x) == j { e } else { 0 }"],
        selects: true,
        additive: false,
        doc: "the largest entry above −∞, −∞ if there is none; NaN is not selected",
    },
    Reduction {
        name: "argmin",
        operands: &["x"],
        state: &[
            state(
                "v",
                f64::INFINITY,
                "if x < v { x } else { v }",
                "if v2 < v { v2 } else { v }",
            ),
            index("if x < v { j } else { k }", "if v2 < v { k2 } else { k }"),
        ],
        finish: "k",
        ty: Type::Index,
        linear: &[],
        selects: true,
        additive: false,
        doc: "the column of the smallest entry, the first of equals; `NO_INDEX` if there is none",
    },
    Reduction {
        name: "argmax",
        operands: &["x"],
        state: &[
            state(
                "v",
                f64::NEG_INFINITY,
                "if x > v { x } else { v }",
                "if v2 > v { v2 } else { v }",
            ),
            index("if x > v { j } else { k }", "if v2 > v { k2 } else { k }"),
        ],
        finish: "k",
        ty: Type::Index,
        linear: &[],
        selects: true,
        additive: false,
        doc: "the column of the largest entry, the first of equals; `NO_INDEX` if there is none",
    },
];
