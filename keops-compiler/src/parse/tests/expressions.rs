use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{check, show, tokens};
use crate::ast::{ExprKind, Input, Span};
use crate::diagnostic::Diagnostics;
use crate::parse::notation;

#[test]
fn bars() {
    check(
        &[
            (
                "sum_j exp(-|x_i - y_j|^2) * b_j",
                "(sum_j (* (exp (neg (^ (norm (- x_i y_j)) 2))) b_j))",
            ),
            ("||x_i - y_j||^2", "(^ (norm (norm (- x_i y_j))) 2)"),
            ("||a| - |b||", "(norm (- (norm a) (norm b)))"),
            ("||a| - |b|| + 1", "(+ (norm (- (norm a) (norm b))) 1)"),
            ("a > 0 || b > 0", "(|| (> a 0) (> b 0))"),
            ("|a| > 1 || |b| > 1", "(|| (> (norm a) 1) (> (norm b) 1))"),
            ("|a|>1|||b|>1", "(|| (> (norm a) 1) (> (norm b) 1))"),
            ("|a||||b|>1", "(|| (norm a) (> (norm b) 1))"),
            ("| |a| |", "(norm (norm a))"),
            ("|(a || b)|", "(norm (|| a b))"),
            ("|f(a || b)|", "(norm (f (|| a b)))"),
            (
                "|if a > 0 || b > 0 { x } else { y }|",
                "(norm (if (|| (> a 0) (> b 0)) x y))",
            ),
            (
                "|if |a| > 1 { |b| } else { 0 }|",
                "(norm (if (> (norm a) 1) (norm b) 0))",
            ),
            ("||||v||||", "(norm (norm (norm (norm v))))"),
            ("|-x|", "(norm (neg x))"),
            ("-|x|^2", "(neg (^ (norm x) 2))"),
            ("|x|[0]", "(at (norm x) 0)"),
            ("|v[0]|", "(norm (at v 0))"),
            ("|a| * |b|", "(* (norm a) (norm b))"),
            ("|a| + |b|", "(+ (norm a) (norm b))"),
            ("|x_i - |y_j||", "(norm (- x_i (norm y_j)))"),
            ("|a && b|", "(norm (&& a b))"),
            ("|sum_j a|", "(norm (sum_j a))"),
        ],
        show,
    );
}

#[test]
fn powers_and_signs() {
    check(
        &[
            ("-x^2", "(neg (^ x 2))"),
            ("2^-3", "(^ 2 (neg 3))"),
            ("2^-x^2", "(^ 2 (neg (^ x 2)))"),
            ("2^3^2", "(^ 2 (^ 3 2))"),
            ("x^2^-1", "(^ x (^ 2 (neg 1)))"),
            ("-2^2", "(neg (^ 2 2))"),
            ("a - -b", "(- a (neg b))"),
            ("a--b", "(- a (neg b))"),
            ("--b", "(neg (neg b))"),
            ("a<-b", "(< a (neg b))"),
            ("a*-b", "(* a (neg b))"),
            ("!a == b", "(== (not a) b)"),
            ("!a && b", "(&& (not a) b)"),
            ("!!a", "(not (not a))"),
            ("a^-1*b", "(* (^ a (neg 1)) b)"),
            ("x^2.0", "(^ x 2.0)"),
            ("x^ 0.5", "(^ x 0.5)"),
            ("-a * b", "(* (neg a) b)"),
            ("a - b - c", "(- (- a b) c)"),
            ("a / b / c", "(/ (/ a b) c)"),
            ("a / b * c", "(* (/ a b) c)"),
            ("a + b * c - d", "(- (+ a (* b c)) d)"),
            ("(a + b) * c", "(* (+ a b) c)"),
            ("-v[0]", "(neg (at v 0))"),
            ("a^v[0]", "(^ a (at v 0))"),
        ],
        show,
    );
}

#[test]
fn comparisons_and_logic() {
    check(
        &[
            (
                "a == b && c != d || e >= f",
                "(|| (&& (== a b) (!= c d)) (>= e f))",
            ),
            ("a <= b + c * d", "(<= a (+ b (* c d)))"),
            ("a < b && b < c", "(&& (< a b) (< b c))"),
            ("a || b && c || d", "(|| (|| a (&& b c)) d)"),
            ("(a < b) == (c < d)", "(== (< a b) (< c d))"),
            ("if a < b { a } else { b } + 1", "(+ (if (< a b) a b) 1)"),
            (
                "2 * if a < b { a } else { b } + 1",
                "(+ (* 2 (if (< a b) a b)) 1)",
            ),
            (
                "if a { 1 } else if b { 2 } else { 3 }",
                "(if a 1 (if b 2 3))",
            ),
            (
                "if a { 1 } else if b { 2 } else { [3] }[0]",
                "(at (if a 1 (if b 2 (concat 3))) 0)",
            ),
            (
                "if a { let t = a^2; t * t } else { 0 }",
                "(if a (let t (^ a 2)) (* t t) 0)",
            ),
            ("if i == j { 0 } else { k }", "(if (== i j) 0 k)"),
            ("if (a) { (b) } else { (c) }", "(if a b c)"),
            ("if !(a || b) { a } else { b }", "(if (not (|| a b)) a b)"),
        ],
        show,
    );
}

#[test]
fn the_sum_prefix() {
    check(
        &[
            ("sum_j a * b + c", "(+ (sum_j (* a b)) c)"),
            ("sum_j (a) * b", "(sum_j (* a b))"),
            ("sum_j (a + c) * b_j", "(sum_j (* (+ a c) b_j))"),
            ("sum_j (a) / s_i", "(sum_j (/ a s_i))"),
            ("sum_j(a) / sum_j(b)", "(sum_j (/ a (sum_j b)))"),
            ("x / sum_j(k)", "(/ x (sum_j k))"),
            ("x / sum_j k", "(/ x (sum_j k))"),
            ("x / sum_j(k) + 1", "(+ (/ x (sum_j k)) 1)"),
            ("x / (sum_j k) * w", "(* (/ x (sum_j k)) w)"),
            ("x / sum_j k^2", "(/ x (sum_j (^ k 2)))"),
            ("x / -sum_j k", "(/ x (neg (sum_j k)))"),
            ("sum_j a * sum_j b * c", "(sum_j (* a (sum_j (* b c))))"),
            ("a * sum_j b * c", "(* a (sum_j (* b c)))"),
            ("2 * sum_j f", "(* 2 (sum_j f))"),
            ("a - sum_j b - c", "(- (- a (sum_j b)) c)"),
            ("-sum_j b * c", "(neg (sum_j (* b c)))"),
            ("2^sum_j b", "(^ 2 (sum_j b))"),
            ("sum_j -a * b", "(sum_j (* (neg a) b))"),
            ("sum_j !a", "(sum_j (not a))"),
            ("sum_j |a| * b", "(sum_j (* (norm a) b))"),
            ("sum_j |x_i - y_j|^2", "(sum_j (^ (norm (- x_i y_j)) 2))"),
            ("sum_j ((x_i - y_j)^2)", "(sum_j (^ (- x_i y_j) 2))"),
            ("(sum_j x)^2", "(^ (sum_j x) 2)"),
            ("sum_j [a, b]", "(sum_j (concat a b))"),
            ("sum_j [a, b] * c", "(sum_j (* (concat a b) c))"),
            ("sum_j v[0]", "(sum_j (at v 0))"),
            ("(sum_j v)[0]", "(at (sum_j v) 0)"),
            ("sum_j a > 0", "(> (sum_j a) 0)"),
            ("sum_j if c { a } else { b }", "(sum_j (if c a b))"),
            ("sum_j m_j @ v_i", "(sum_j (@ m_j v_i))"),
            ("sum_i sum_j k", "(sum_i (sum_j k))"),
            ("sum_i x_i * e_i", "(sum_i (* x_i e_i))"),
            ("log(sum_j(k))", "(log (sum_j k))"),
            ("exp(-sum_j k / s)", "(exp (neg (sum_j (/ k s))))"),
            ("m @ sum_j v", "(@ m (sum_j v))"),
            ("(sum_j k * v_j) / mass", "(/ (sum_j (* k v_j)) mass)"),
            ("sum_j k * v_j / sum_j k", "(sum_j (/ (* k v_j) (sum_j k)))"),
            (
                "sum_j(x^2) - (sum_j x)^2",
                "(- (sum_j (^ x 2)) (^ (sum_j x) 2))",
            ),
            ("min_j(a) - max_j(b)", "(- (min_j a) (max_j b))"),
            (
                "argkmin_j(10, |x_i - y_j|^2)",
                "(argkmin_j 10 (^ (norm (- x_i y_j)) 2))",
            ),
            ("logsumexp_j(s, w_j)", "(logsumexp_j s w_j)"),
            ("softmax_i(s, v_i)^2", "(^ (softmax_i s v_i) 2)"),
        ],
        show,
    );
}

#[test]
fn indexing_and_concatenation() {
    check(
        &[
            ("v[0]", "(at v 0)"),
            ("v[0..3]", "(at v 0..3)"),
            ("v[..2]", "(at v ..2)"),
            ("v[1..]", "(at v 1..)"),
            ("v[..]", "(at v ..)"),
            ("m[1, 2]", "(at m 1 2)"),
            ("m[0, ..]", "(at m 0 ..)"),
            ("m[.., 1..2, 3]", "(at m .. 1..2 3)"),
            ("v[0] [1]", "(at (at v 0) 1)"),
            ("v [0]", "(at v 0)"),
            ("f(x)[0]", "(at (f x) 0)"),
            ("[a, b, c][1]", "(at (concat a b c) 1)"),
            ("[a]", "(concat a)"),
            ("[]", "(concat)"),
            ("[a, b,]", "(concat a b)"),
            (
                "[[a, b], [c, d]] @ v",
                "(@ (concat (concat a b) (concat c d)) v)",
            ),
            ("a @ b @ c", "(@ (@ a b) c)"),
            ("2 * m @ v", "(@ (* 2 m) v)"),
            ("a @ b + c", "(+ (@ a b) c)"),
            ("(a, b)", "(tuple a b)"),
            ("(a, (b, c),)", "(tuple a (tuple b c))"),
            ("(a,)", "a"),
            ("f()", "(f)"),
            ("f(a, b,)", "(f a b)"),
            (
                "tensordot(a, b, [4, 0], [1, 4])",
                "(tensordot a b (concat 4 0) (concat 1 4))",
            ),
        ],
        show,
    );
}

#[test]
fn numbers_and_names() {
    check(
        &[
            ("1e-3", "1e-3"),
            ("2.", "2."),
            ("2.*x", "(* 2. x)"),
            ("2.+x", "(+ 2. x)"),
            ("2.^x", "(^ 2. x)"),
            ("0x10", "16"),
            ("1_000.5", "1000.5"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("x_ij", "x_ij"),
            ("j - i", "(- j i)"),
            ("pi * tau * inf", "(* (* pi tau) inf)"),
            (
                "min(a, b) + min(v) + min_j(v)",
                "(+ (+ (min a b) (min v)) (min_j v))",
            ),
            ("type_i + ref_j", "(+ type_i ref_j)"),
            ("mod(a, n) * mod", "(* (mod a n) mod)"),
            ("r#type * r#mod(a)", "(* type (mod a))"),
            ("σ * x_i", "(* σ x_i)"),
            ("sum * sum(v)", "(* sum (sum v))"),
        ],
        show,
    );
}

#[test]
fn numbers_are_the_nearest_f64() {
    for (text, value, integer) in [
        ("0.1", 0.1, None),
        ("1_000", 1000.0, Some(1000)),
        ("2.0", 2.0, Some(2)),
        ("3.141592653589793238", std::f64::consts::PI, None),
        ("1e300", 1e300, None),
        (
            "9007199254740993",
            9_007_199_254_740_992.0,
            Some(9_007_199_254_740_992),
        ),
        ("0b101", 5.0, Some(5)),
    ] {
        let ExprKind::Number(number) = notation(text).result.kind else {
            panic!("`{text}` is not a number");
        };
        assert_eq!(number.value.to_bits(), f64::to_bits(value), "{text}");
        assert_eq!(number.integer(), integer, "{text}");
    }
}

#[test]
fn every_line_of_the_table_is_notation() {
    check(
        &[
            ("1 / (1 + exp(-x))", "(/ 1 (+ 1 (exp (neg x))))"),
            ("--x", "(neg (neg x))"),
            ("let t = s + s2; t - s", "(let t (+ s s2)) (- t s)"),
            ("if x < y { 1 } else { 0 }", "(if (< x y) 1 0)"),
        ],
        |text| notation(text).to_string(),
    );
    for op in keops_program::op::Op::ALL {
        op.row()
            .partials
            .iter()
            .for_each(|text| drop(notation(text)));
    }
    for row in crate::table::COMPOSITES {
        notation(row.definition);
        row.partials.iter().for_each(|text| drop(notation(text)));
    }
    for (left, right) in crate::table::IDENTITIES {
        notation(left);
        notation(right);
    }
}

#[test]
#[should_panic(expected = "a line of the table is wrong: `1 +`: expected a value")]
fn a_wrong_line_of_the_table_is_named() {
    notation("1 +");
}

#[test]
fn spans_cover_what_is_written() {
    for (source, covered) in [
        ("a + b", 0..5),
        ("(a + b)", 0..7),
        ("|a - b|^2", 0..9),
        ("f(x, y)", 0..7),
        ("v[0, ..]", 0..8),
        ("-x", 0..2),
        ("sum_j a * b", 0..11),
        ("if a { b } else { c }", 0..21),
        ("if a { b } else if c { d } else { e }", 0..37),
    ] {
        let Ok(Input::Inline(inline)) = super::read(source) else {
            panic!("`{source}` does not parse");
        };
        let Span { start, end } = inline.body.result.span;
        assert_eq!(start.start().column..end.end().column, covered, "{source}");
    }
}

#[test]
fn the_value_of_a_macro_variable_is_one_operand() {
    // `a * $e - $f ^ 2; x: $t` with `b + c`, `-x` and `[f32; 3]`: groups without brackets.
    let group = |source| TokenTree::from(Group::new(Delimiter::None, tokens(source)));
    let source: TokenStream = tokens("a *")
        .into_iter()
        .chain([group("b + c")])
        .chain(tokens("-"))
        .chain([group("-x")])
        .chain(tokens("^ 2; x:"))
        .chain([group("[f32; 3]")])
        .collect();
    let mut diagnostics = Diagnostics::new();
    let Some(Input::Inline(inline)) = crate::parse::parse(source, &mut diagnostics) else {
        panic!("does not parse: {diagnostics:?}");
    };
    assert_eq!(
        inline.to_string(),
        "(- (* a (+ b c)) (^ (neg x) 2)) ; x: [f32; 3]"
    );
}
