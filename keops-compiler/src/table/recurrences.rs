//! Operations that repeat a line: a fixed number of times, or over a grid.

/// A state that is stepped a number of times known when the formula is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Iteration {
    /// Its name in formulas.
    pub name: &'static str,
    /// Its operands' names; the last is an integer literal, how often the state is stepped.
    pub operands: &'static [&'static str],
    /// The shapes of the operands but the last, in index notation.
    pub shapes: &'static str,
    /// The fewest components of the first operand, as a formula of the last.
    pub least: &'static str,
    /// Name, first value (of the operands and the states before it), and next value (of the operands
    /// and the present states).
    pub state: &'static [(&'static str, &'static str, &'static str)],
    /// The result: the number of one of the states.
    pub result: usize,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

/// A dynamic programme over the components of two vectors: the last cell of a grid in which each cell
/// is made of its neighbours above, to the left, and between the two.
#[derive(Clone, Copy, Debug)]
pub struct Lattice {
    /// Its name in formulas.
    pub name: &'static str,
    /// Its operands' names: two vectors, then scalars.
    pub operands: &'static [&'static str],
    /// The shapes of the operands, in index notation.
    pub shapes: &'static str,
    /// The first cell, of one component of each vector and of the scalars.
    pub corner: &'static str,
    /// A cell with one neighbour `a`.
    pub edge: &'static str,
    /// A cell with the neighbours `a` above, `b` to the left, and `c` between the two.
    pub inner: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

/// The iterations.
pub const ITERATIONS: &[Iteration] = &[Iteration {
    name: "bspline",
    operands: &["knots", "x", "k"],
    shapes: "k,",
    least: "k + 2",
    // Cox and de Boor: `b` holds the splines of the present degree, each between `low` and `high`.
    state: &[
        (
            "low",
            "extract(knots, 0, len(knots) - 1)",
            "extract(low, 0, len(low) - 1)",
        ),
        (
            "high",
            "extract(knots, 1, len(knots) - 1)",
            "extract(high, 1, len(high) - 1)",
        ),
        (
            "b",
            "if low <= x && x < high { 1 } else { 0 }",
            "let q = if low < high { b / (high - low) } else { 0 }; \
             extract((x - low) * q, 0, len(b) - 1) + extract((high - x) * q, 1, len(b) - 1)",
        ),
    ],
    result: 2,
    doc: "the B-splines of degree k over the knots at x: [n − k − 1], on half-open intervals",
}];

/// The lattices.
pub const LATTICES: &[Lattice] = &[Lattice {
    name: "softdtw",
    operands: &["x", "y", "gamma"],
    shapes: "k,l,",
    corner: "square(x - y)",
    edge: "square(x - y) + a",
    inner: "square(x - y) + _softmin(_softmin(a, b, gamma), c, gamma)",
    doc: "soft dynamic time warping of two series with squared differences (Cuturi and Blondel, 2017)",
}];
