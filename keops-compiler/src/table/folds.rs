//! Folds over the components of one value.

use keops_program::program::Type;

/// One scalar that a fold carries.
#[derive(Clone, Copy, Debug)]
pub struct FoldState {
    /// Its name in `merge`; the later part's has a `2` behind.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Its value for one component, of that component `v`.
    pub init: &'static str,
    /// Its value for two parts that follow each other; `w` is the number of components of the first.
    pub merge: &'static str,
}

/// An operation on the components of one value that is associative: merged in halves, so that it
/// stays small for wide values, and its derivative is that of the merges.
#[derive(Clone, Copy, Debug)]
pub struct Fold {
    /// Its name in formulas.
    pub name: &'static str,
    /// What it carries.
    pub state: &'static [FoldState],
    /// The result: the number of one of the states.
    pub result: usize,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn real(merge: &'static str) -> FoldState {
    FoldState {
        name: "x",
        ty: Type::Real,
        init: "v",
        merge,
    }
}

const fn place(merge: &'static str) -> FoldState {
    FoldState {
        name: "k",
        ty: Type::Index,
        init: "0",
        merge,
    }
}

const LEAST: &str = "if x2 < x || x != x { x2 } else { x }";
const MOST: &str = "if x2 > x || x != x { x2 } else { x }";

/// The folds.
pub const FOLDS: &[Fold] = &[
    Fold {
        name: "prod",
        state: &[real("x * x2")],
        result: 0,
        doc: "the product of the components; exact gradient where factors are 0",
    },
    Fold {
        name: "min",
        state: &[real(LEAST)],
        result: 0,
        doc: "the smallest component, NaN only if all are; gradient to the first of equals",
    },
    Fold {
        name: "max",
        state: &[real(MOST)],
        result: 0,
        doc: "the largest component, NaN only if all are; gradient to the first of equals",
    },
    Fold {
        name: "argmin",
        state: &[
            real(LEAST),
            place("if x2 < x || x != x && x2 == x2 { k2 + w } else { k }"),
        ],
        result: 1,
        doc: "the place of the smallest component, the first of equals: u32",
    },
    Fold {
        name: "argmax",
        state: &[
            real(MOST),
            place("if x2 > x || x != x && x2 == x2 { k2 + w } else { k }"),
        ],
        result: 1,
        doc: "the place of the largest component, the first of equals: u32",
    },
];
