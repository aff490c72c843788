//! Rewrites.

/// Identities, applied from left to right wherever the left side is built. `x`, `y`, `z` stand for
/// any formula; `a`, `b` for constants, and what is left of them is computed. Operands of `+` and `*`
/// are tried in both orders. None is false at a documented singular value.
pub const IDENTITIES: &[(&str, &str)] = &[
    ("x + 0", "x"),
    ("x - 0", "x"),
    ("0 - x", "-x"),
    ("x * 1", "x"),
    ("x / 1", "x"),
    ("x * 0", "0"),
    ("0 / x", "0"),
    ("x * -1", "-x"),
    ("x / -1", "-x"),
    ("--x", "x"),
    ("x + -y", "x - y"),
    ("x - -y", "x + y"),
    ("-x - y", "-(x + y)"),
    ("-(x - y)", "y - x"),
    ("-x * y", "-(x * y)"),
    ("-x / y", "-(x / y)"),
    ("x / -y", "-(x / y)"),
    ("x - x", "0"),
    ("x + x", "2 * x"),
    ("a * (b * x)", "(a * b) * x"),
    ("-(a * x)", "(-a) * x"),
    ("x * (1 / y)", "x / y"),
    ("abs(-x)", "abs(x)"),
    ("guard(1, x)", "x"),
    ("guard(x, 1)", "x"),
    ("guard(-1, x)", "-x"),
    ("guard(x, -1)", "-x"),
    ("guard(0, x)", "0"),
    // Of constants other than 0, which the line above took.
    ("guard(a, x)", "a * x"),
    ("guard(x, 0)", "0"),
];
