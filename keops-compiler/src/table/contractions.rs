//! Sums of products over components.

/// An operation that is linear in each operand: a sum of products over components.
#[derive(Clone, Copy, Debug)]
pub struct ContractionRow {
    /// Its name in formulas.
    pub name: &'static str,
    /// Index notation: the indices of each operand, and of the result. An index that the result
    /// lacks is summed.
    pub indices: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn row(name: &'static str, indices: &'static str, doc: &'static str) -> ContractionRow {
    ContractionRow { name, indices, doc }
}

/// The contractions. Rows of one name are chosen by the ranks of the operands.
pub const CONTRACTIONS: &[ContractionRow] = &[
    row("dot", "k,k->", "Σ a_k b_k"),
    row("dot", "kl,kl->", "Σ a_kl b_kl"),
    row("outer", "k,l->kl", "a_k b_l"),
    row("@", "kl,l->k", "matrix times vector"),
    row("@", "k,kl->l", "vector times matrix"),
    row("@", "kl,lm->km", "matrix product"),
];
