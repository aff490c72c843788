//! Reductions.
//!
//! The notation of a row speaks of a reduction over `j`; over `i` the two are exchanged.
//!
//! A variable of the state has the shape of the operands that it depends on, and exists once in a
//! pass: reductions whose rows say the same of it, of the same operands, share it. So `min_j` and
//! `argmin_j` of one formula carry one smallest entry, and `softmax_j` of a vector one mass.

use keops_program::program::Type;

/// One variable of a reduction's state.
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

/// What sums of multiples of a share of each pair are counted relative to: a shift, which is the first
/// variable of the state, and one of the entries before, near the largest one. It is raised, and the
/// sums are rescaled, only when a pair's share shows that it is too low; so most pairs cost no more than
/// those of a sum. In `update` of the other variables, `e` is the share.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// The share of a pair, of its first operand and the shift; any number, or NaN, where that is not
    /// near enough or infinite.
    pub share: &'static str,
    /// The same for any of both. The sums are multiplied by it, with the shift before in place of the
    /// operand, when the shift is raised.
    pub careful: &'static str,
    /// The largest share, and sum of the shares of a few pairs, that the shift stays for.
    pub most: f64,
}

/// A reduction over one axis, component by component.
#[derive(Clone, Copy, Debug)]
pub struct Reduction {
    /// Its name in formulas, without `_i` or `_j`.
    pub name: &'static str,
    /// Its operands' names.
    pub operands: &'static [&'static str],
    /// Its operands are conditions: 1 where they hold, else 0.
    pub conditions: bool,
    /// Its state.
    pub state: &'static [State],
    /// The result, as a formula of the state.
    pub finish: &'static str,
    /// The type of the result: Real, or Index for a row number.
    pub ty: Type,
    /// For each operand, what a change `e` of it adds to the result when summed over the columns, as
    /// a formula of `e`, the operands, the result `r` and `j`. Empty: the derivative is 0.
    pub linear: &'static [&'static str],
    /// It picks entries, so that what it does not pick must not reach the gradient, NaN included.
    pub selects: bool,
    /// A pair whose first operand is this takes no part: its other operands, and what its operands
    /// are made of, reach neither value nor gradient.
    pub neutral: Option<f64>,
    /// It is a sum: factors that do not depend on the column can be taken out of it.
    pub additive: bool,
    /// The state is a list of the first entries, as many as the reduction is asked for, in the order that
    /// this line is of: whether an entry `v2` comes before an entry `v`, of the first variable. The
    /// others go along. `update` is the entry that a pair brings; lists are merged by inserting. In
    /// `linear` and in the names of lists, `n` is the number of entries, which is the first dimension of
    /// `e` and of the result.
    pub list: Option<&'static str>,
    /// Its first variable is a shift of the others: `update` raises it for a pair, if that is needed.
    pub shift: Option<Shift>,
    /// It selects or counts: however the columns are cut into blocks, the result has the same bits.
    pub exact: bool,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

/// What most rows are.
const ROW: Reduction = Reduction {
    name: "",
    operands: &["x"],
    conditions: false,
    state: &[],
    finish: "",
    ty: Type::Real,
    linear: &[],
    selects: false,
    neutral: None,
    additive: false,
    list: None,
    shift: None,
    exact: false,
    doc: "",
};

const fn real(name: &'static str, init: f64, update: &'static str, merge: &'static str) -> State {
    State {
        name,
        ty: Type::Real,
        init,
        update,
        merge,
    }
}

const fn index(init: f64, update: &'static str, merge: &'static str) -> State {
    State {
        name: "k",
        ty: Type::Index,
        init,
        update,
        merge,
    }
}

/// What is kept beside a sum: merges leave in `$low` what rounding took from `$high`, so that both
/// together have twice the digits, and `$high` is their sum rounded. Of two parts, `$a` and `$b` are
/// the sums, `$rest` is what they have beside them. (Knuth's and Dekker's exact sums. Where a sum is
/// infinite, what rounding took is NaN, and left out.)
macro_rules! pair {
    ($a:literal, $b:literal, $rest:literal, $before:literal) => {
        [
            concat!(
                $before,
                "let t = ",
                $a,
                " + ",
                $b,
                "; let z = t - ",
                $a,
                "; let d = ",
                $rest,
                " + ((",
                $a,
                " - (t - z)) + (",
                $b,
                " - z)); let g = if d == d { d } else { 0 }; t + g"
            ),
            concat!(
                $before,
                "let t = ",
                $a,
                " + ",
                $b,
                "; let z = t - ",
                $a,
                "; let d = ",
                $rest,
                " + ((",
                $a,
                " - (t - z)) + (",
                $b,
                " - z)); let g = if d == d { d } else { 0 }; ",
                "let u = t + g; g - (u - t)"
            ),
        ]
    };
}

/// A sum.
const SUM: [&str; 2] = pair!("s", "s2", "c + c2", "");
/// A sum of multiples of e^(x - v), for states that differ in the shift v.
const MASS: [&str; 2] = pair!(
    "f",
    "h",
    "(c * p + c2 * q)",
    "let p = if v >= v2 { 1 } else { exp(v - v2) }; let q = if v2 >= v { 1 } else { exp(v2 - v) }; \
     let f = s * p; let h = s2 * q; "
);
/// The same with weights.
const WEIGHTED: [&str; 2] = pair!(
    "f",
    "h",
    "(b * p + b2 * q)",
    "let p = if v >= v2 { 1 } else { exp(v - v2) }; let q = if v2 >= v { 1 } else { exp(v2 - v) }; \
     let f = a * p; let h = a2 * q; "
);

/// The smallest entry.
const LEAST: State = real(
    "v",
    f64::INFINITY,
    "if x < v { x } else { v }",
    "if v2 < v { v2 } else { v }",
);
/// The largest entry.
const MOST: State = real(
    "v",
    f64::NEG_INFINITY,
    "if x > v { x } else { v }",
    "if v2 > v { v2 } else { v }",
);
/// The shift of e^x. It is left as it is for what is at most 16 times as much, where shares are as exact
/// as they are beside the largest.
const EXPONENT: Option<Shift> = Some(Shift {
    share: "exp(x - v)",
    careful: "if x == v { 1 } else { exp(x - v) }",
    most: 16.0,
});
/// The mass Σ e^(x - v), and what rounding took from it.
const SHIFTED: [State; 2] = [
    real("s", 0.0, "s + e", MASS[0]),
    real("c", 0.0, "c", MASS[1]),
];
/// Σ w e^(x - v), and what rounding took from it.
const SHIFTED_WEIGHTS: [State; 2] = [
    real("a", 0.0, "w * e + a", WEIGHTED[0]),
    real("b", 0.0, "b", WEIGHTED[1]),
];

/// The reductions.
pub const REDUCTIONS: &[Reduction] = &[
    Reduction {
        name: "sum",
        state: &[real("s", 0.0, "s + x", SUM[0]), real("c", 0.0, "c", SUM[1])],
        finish: "s",
        linear: &["e"],
        additive: true,
        doc: "the sum; blocks are added with compensation",
        ..ROW
    },
    Reduction {
        name: "prod",
        state: &[real("p", 1.0, "p * x", "p * p2")],
        finish: "p",
        linear: &[
            // Of two factors that are 0, the derivative by one is the other times the rest: 0, but not its
            // derivative.
            "let z = count_j(x == 0); let p = prod_j(if x == 0 { 1 } else { x }); \
             let s = sum_j(if x == 0 { x } else { 0 }); \
             e * (if x == 0 { if z == 1 { p } else if z == 2 && abs(p) < inf { (s - x) * p } else { 0 } } \
             else { r / x })",
        ],
        doc: "the product, 1 of nothing; first and second derivatives are exact where factors are 0",
        ..ROW
    },
    Reduction {
        name: "logsumexp",
        state: &[MOST, SHIFTED[0], SHIFTED[1]],
        finish: "v + log(s)",
        linear: &["e * exp(x - if r > -inf { r } else { inf })"],
        neutral: Some(f64::NEG_INFINITY),
        shift: EXPONENT,
        doc: "log Σ e^x, shifted by the maximum; −∞ of nothing",
        ..ROW
    },
    Reduction {
        name: "logsumexp",
        operands: &["x", "w"],
        state: &[MOST, SHIFTED_WEIGHTS[0], SHIFTED_WEIGHTS[1]],
        finish: "v + log(a)",
        linear: &[
            "e * w * exp(x - if r > -inf { r } else { inf })",
            "e * exp(x - if r > -inf { r } else { inf })",
        ],
        neutral: Some(f64::NEG_INFINITY),
        shift: EXPONENT,
        doc: "log Σ w e^x, shifted by the maximum; NaN where the sum is negative",
        ..ROW
    },
    Reduction {
        name: "softmax",
        operands: &["x", "w"],
        state: &[
            MOST,
            SHIFTED[0],
            SHIFTED[1],
            SHIFTED_WEIGHTS[0],
            SHIFTED_WEIGHTS[1],
        ],
        finish: "if v == -inf && s == s { 0 } else { a / s }",
        linear: &[
            "let l = logsumexp_j(x); e * (w - r) * exp(x - if l > -inf { l } else { inf })",
            "let l = logsumexp_j(x); e * exp(x - if l > -inf { l } else { inf })",
        ],
        neutral: Some(f64::NEG_INFINITY),
        shift: EXPONENT,
        doc: "Σ w e^x / Σ e^x, shifted by the maximum; 0 where there is no mass",
        ..ROW
    },
    Reduction {
        name: "min",
        state: &[LEAST],
        finish: "v",
        linear: &["if argmin_j(x) == j { e } else { 0 }"],
        selects: true,
        exact: true,
        doc: "the smallest entry below +∞, +∞ if there is none; NaN is not selected",
        ..ROW
    },
    Reduction {
        name: "max",
        state: &[MOST],
        finish: "v",
        linear: &["if argmax_j(x) == j { e } else { 0 }"],
        selects: true,
        exact: true,
        doc: "the largest entry above −∞, −∞ if there is none; NaN is not selected",
        ..ROW
    },
    Reduction {
        name: "argmin",
        state: &[
            LEAST,
            index(
                -1.0,
                "if x < v { j } else { k }",
                "if v2 < v { k2 } else { k }",
            ),
        ],
        finish: "k",
        ty: Type::Index,
        selects: true,
        exact: true,
        doc: "the column of the smallest entry, the first of equals; `NO_INDEX` if there is none",
        ..ROW
    },
    Reduction {
        name: "argmax",
        state: &[
            MOST,
            index(
                -1.0,
                "if x > v { j } else { k }",
                "if v2 > v { k2 } else { k }",
            ),
        ],
        finish: "k",
        ty: Type::Index,
        selects: true,
        exact: true,
        doc: "the column of the largest entry, the first of equals; `NO_INDEX` if there is none",
        ..ROW
    },
    Reduction {
        name: "kmin",
        state: &[real("v", f64::INFINITY, "x", "v2")],
        finish: "v",
        linear: &["if argkmin_j(n, x) == j { e } else { 0 }"],
        selects: true,
        list: Some("v2 < v"),
        exact: true,
        doc: "the k smallest entries below +∞, ascending; +∞ where there are fewer",
        ..ROW
    },
    Reduction {
        name: "kmax",
        state: &[real("v", f64::NEG_INFINITY, "x", "v2")],
        finish: "v",
        linear: &["if argkmax_j(n, x) == j { e } else { 0 }"],
        selects: true,
        list: Some("v2 > v"),
        exact: true,
        doc: "the k largest entries above −∞, descending; −∞ where there are fewer",
        ..ROW
    },
    Reduction {
        name: "argkmin",
        state: &[real("v", f64::INFINITY, "x", "v2"), index(-1.0, "j", "k2")],
        finish: "k",
        ty: Type::Index,
        selects: true,
        list: Some("v2 < v"),
        exact: true,
        doc: "the columns of the k smallest entries, the first of equals first; `NO_INDEX` where there \
              are fewer",
        ..ROW
    },
    Reduction {
        name: "argkmax",
        state: &[
            real("v", f64::NEG_INFINITY, "x", "v2"),
            index(-1.0, "j", "k2"),
        ],
        finish: "k",
        ty: Type::Index,
        selects: true,
        list: Some("v2 > v"),
        exact: true,
        doc: "the columns of the k largest entries, the first of equals first; `NO_INDEX` where there are \
              fewer",
        ..ROW
    },
    Reduction {
        name: "count",
        conditions: true,
        state: &[index(0.0, "if x != 0 { k + 1 } else { k }", "k - (0 - k2)")],
        finish: "k",
        ty: Type::Index,
        exact: true,
        doc: "for how many columns the condition holds",
        ..ROW
    },
];
