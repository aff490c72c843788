//! Operations on complex numbers, as formulas of the parts.
//!
//! A complex value is two real ones. What is linear in a complex operand is the real operation on each
//! of its parts ([`COMPLEX_LINEAR`]); what is linear in each of two is four real operations
//! ([`COMPLEX_BILINEAR`] and the rows of `CONTRACTIONS`: without conjugation; for `Σ conj(a_k) b_k`,
//! write `dot(conj(a), b)`); everything else is a row of [`COMPLEX`].

/// An operation with complex operands, or one that makes a complex value of real operands.
#[derive(Clone, Copy, Debug)]
pub struct ComplexRow {
    /// Its name in formulas; that of an infix operation where it is the same.
    pub name: &'static str,
    /// Its operands, for messages.
    pub operands: &'static [&'static str],
    /// The operands are real numbers.
    pub of_reals: bool,
    /// The real part, element by element: a formula of the parts `a`, `b` of the first operand and `c`,
    /// `d` of the second; of real operands `a`, `c`.
    pub re: &'static str,
    /// The imaginary part; empty if the value is real.
    pub im: &'static str,
    /// What it is, for the documentation.
    pub doc: &'static str,
}

const fn row(
    name: &'static str,
    operands: &'static [&'static str],
    re: &'static str,
    im: &'static str,
    doc: &'static str,
) -> ComplexRow {
    ComplexRow {
        name,
        operands,
        of_reals: false,
        re,
        im,
        doc,
    }
}

const fn of_reals(
    name: &'static str,
    operands: &'static [&'static str],
    re: &'static str,
    im: &'static str,
    doc: &'static str,
) -> ComplexRow {
    ComplexRow {
        of_reals: true,
        ..row(name, operands, re, im, doc)
    }
}

/// The operations on complex numbers that are more than the same on both parts.
pub const COMPLEX: &[ComplexRow] = &[
    of_reals(
        "complex",
        &["re", "im"],
        "a",
        "c",
        "the complex number of these two parts",
    ),
    of_reals(
        "complex",
        &["re"],
        "a",
        "0",
        "a real number as a complex one",
    ),
    of_reals("imaginary", &["im"], "0", "a", "i·a of a real a"),
    of_reals("cis", &["a"], "cos(a)", "sin(a)", "e^(i·a) of a real a"),
    row("re", &["z"], "a", "", "the real part"),
    row("im", &["z"], "b", "", "the imaginary part"),
    row("conj", &["z"], "a", "-b", "the conjugate"),
    row(
        "abs",
        &["z"],
        "hypot(a, b)",
        "",
        "the modulus; gradient 0 at 0",
    ),
    row(
        "abs2",
        &["z"],
        "a * a + b * b",
        "",
        "the square of the modulus",
    ),
    row(
        "arg",
        &["z"],
        "atan2(b, a)",
        "",
        "the argument, from −π to π; 0 at 0, gradient 0 there",
    ),
    row("exp", &["z"], "exp(a) * cos(b)", "exp(a) * sin(b)", "e^z"),
    row(
        "div",
        &["z", "w"],
        "_quotient(a, b, c, d)",
        "_quotient(b, -a, c, d)",
        "scaled, so that neither |w|² nor a product overflows or vanishes; NaN for w = 0",
    ),
    row(
        "equal",
        &["z", "w"],
        "a == c && b == d",
        "",
        "both parts are equal",
    ),
    row(
        "notequal",
        &["z", "w"],
        "a != c || b != d",
        "",
        "a part differs",
    ),
];

/// Functions that are linear in their first operands together, and in how many: of complex ones, they are
/// taken of the real and of the imaginary parts. What else they are given (a shape, a list of axes) is
/// the same for both.
pub const COMPLEX_LINEAR: &[(&str, usize)] = &[
    ("add", 2),
    ("sub", 2),
    ("neg", 1),
    ("sum", 1),
    ("mean", 1),
    ("trace", 1),
    ("fill", 1),
    ("reshape", 1),
    ("transpose", 1),
    ("permute", 1),
    ("diagonal", 1),
    ("elem", 1),
    ("extract", 1),
    ("elem_t", 1),
    ("extract_t", 1),
    ("concat", 2),
];

/// Functions that are linear in each of their first two operands, beside the rows of `CONTRACTIONS`.
pub const COMPLEX_BILINEAR: &[&str] = &["mul", "cross", "kron", "tensordot", "matvec", "vecmat"];
