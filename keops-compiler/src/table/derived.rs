//! Reductions that are made of others.

/// A reduction that is a formula of others.
#[derive(Clone, Copy, Debug)]
pub struct Derived {
    /// Its name in formulas, without `_i` or `_j`.
    pub name: &'static str,
    /// Its operands' names.
    pub operands: &'static [&'static str],
    /// Its operands are conditions.
    pub conditions: bool,
    /// What it is; as in the rows of reductions, `j` is the reduced axis.
    pub definition: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

/// The reductions that are formulas of others.
pub const DERIVED: &[Derived] = &[
    Derived {
        name: "mean",
        operands: &["x"],
        conditions: false,
        definition: "(sum_j x) / (sum_j 1)",
        doc: "the sum by the number of columns; NaN of nothing",
    },
    Derived {
        name: "any",
        operands: &["c"],
        conditions: true,
        definition: "max_j(if c { 1 } else { 0 }) > 0",
        doc: "whether the condition holds for a column; false of nothing",
    },
    Derived {
        name: "all",
        operands: &["c"],
        conditions: true,
        definition: "min_j(if c { 1 } else { 0 }) > 0",
        doc: "whether the condition holds for all columns; true of nothing",
    },
];

/// Names for two reductions of the same operands: a tuple.
pub const JOINT: &[(&str, [&str; 2])] = &[
    ("min_argmin", ["min", "argmin"]),
    ("max_argmax", ["max", "argmax"]),
    ("kmin_argkmin", ["kmin", "argkmin"]),
    ("kmax_argkmax", ["kmax", "argkmax"]),
];
