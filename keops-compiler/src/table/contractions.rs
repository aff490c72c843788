//! Sums of products over components.

/// An operation that is linear in each operand: a sum of products over components.
#[derive(Clone, Copy, Debug)]
pub struct ContractionRow {
    /// Its name in formulas.
    pub name: &'static str,
    /// Index notation: the indices of each operand, and of the result. An index that the result
    /// lacks is summed. A capital is a run of indices, as many as the operand has beside the others.
    pub indices: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn row(name: &'static str, indices: &'static str, doc: &'static str) -> ContractionRow {
    ContractionRow { name, indices, doc }
}

/// The contractions. Rows of one name are chosen by the ranks of the operands.
pub const CONTRACTIONS: &[ContractionRow] = &[
    row("dot", "A,A->", "Σ a_k b_k, of two values of one shape"),
    row("outer", "A,B->AB", "a_k b_l"),
    row("@", "Akl,l->Ak", "matrix, or matrices, times vector"),
    row("@", "k,kl->l", "vector times matrix"),
    row("@", "Akl,lm->Akm", "matrix, or matrices, times matrix"),
];
