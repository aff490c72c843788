use super::{check, read, show};
use crate::ast::{Input, Item};

fn item(source: &str) -> Item {
    match read(source) {
        Ok(Input::Items(mut items)) if items.len() == 1 => items.remove(0),
        other => panic!("`{source}` is not one item: {other:?}"),
    }
}

#[test]
fn inline() {
    check(
        &[
            (
                "sum_j exp(-|x_i - y_j|^2); x_i: [f32; 3], y_j: [f32; 3]",
                "(sum_j (exp (neg (^ (norm (- x_i y_j)) 2)))) ; x_i: [f32; 3] ; y_j: [f32; 3]",
            ),
            (
                "sum_j a_j; x_i: [f32; 3] = &cloud, y_j: [f32; 3] = &grid,",
                "(sum_j a_j) ; x_i: [f32; 3] = & cloud ; y_j: [f32; 3] = & grid",
            ),
            (
                "let (d, k) = min_argmin_j(|x_i - y_j|); (sqrt(d), k); x_i: [f32; 3], y_j: [f32; 3]",
                "(let (d k) (min_argmin_j (norm (- x_i y_j)))) (tuple (sqrt d) k) \
                 ; x_i: [f32; 3] ; y_j: [f32; 3]",
            ),
            ("let a = 1; let b = a; b", "(let a 1) (let b a) b"),
            (
                "let mod = 1; let d_ij = mod; d_ij",
                "(let mod 1) (let d_ij mod) d_ij",
            ),
            ("sum_j a;", "(sum_j a)"),
            (
                "a; m_i: [[f64; 2]; 4], c: Complex<f32>",
                "a ; m_i: [[f64; 2]; 4] ; c: Complex<f32>",
            ),
        ],
        show,
    );
}

#[test]
fn a_rust_expression_ends_at_the_next_declaration() {
    for (source, expressions) in [
        (
            "a; x_i: f32 = &cloud.view(), y_j: f32 = f::<A, B>(g)[..], g: f32 = 2.0 * h",
            vec!["&cloud.view()", "f::<A,B>(g)[..]", "2.0*h"],
        ),
        (
            "a; x: u32 = if c { &a } else { &b }, y: f64 = match k { A => &u, B::C => &w },",
            vec!["ifc{&a}else{&b}", "matchk{A=>&u,B::C=>&w}"],
        ),
        (
            "a; x: f32 = &v.iter().map(|p| p.pos).collect::<Vec<_>>(), y: f32",
            vec!["&v.iter().map(|p|p.pos).collect::<Vec<_>>()"],
        ),
        ("a; x: f32 = f(a, b: c), y: f32 = g", vec!["f(a,b:c)", "g"]),
    ] {
        let found = match read(source) {
            Ok(Input::Inline(inline)) => inline.declarations,
            other => panic!("`{source}` is not a formula: {other:?}"),
        };
        let found: Vec<String> = found
            .into_iter()
            .filter_map(|declaration| declaration.expression)
            .map(|tokens| tokens.to_string().replace(' ', ""))
            .collect();
        assert_eq!(found, expressions, "{source}");
    }
}

#[test]
fn items() {
    check(
        &[
            (
                "pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T { \
                 let d2 = |x_i - y_j|^2; sum_j exp(-gamma * d2) * b_j }",
                "(fn gaussian <T> x_i: [T; 3] y_j: [T; 3] b_j: T gamma: T -> T \
                 (let d2 (^ (norm (- x_i y_j)) 2)) (sum_j (* (exp (* (neg gamma) d2)) b_j)))",
            ),
            (
                "fn f<T>(x_i: [[T; 3]; 2], l_j: u32) -> (T, [T; 3], u32) { (a, b, argmin_j(3)) }",
                "(fn f <T> x_i: [[T; 3]; 2] l_j: u32 -> (T, [T; 3], u32) (tuple a b (argmin_j 3)))",
            ),
            (
                "fn f(x_i: Complex<f32>, type: f32) -> bool { any_j(x_i == 1) }",
                "(fn f x_i: Complex<f32> type: f32 -> bool (any_j (== x_i 1)))",
            ),
            (
                "fn f<S>(x: keops::Complex<S>) -> keops::Matrix<S> { x }",
                "(fn f <S> x: Complex<T> -> Matrix<T> x)",
            ),
            (
                "fn f(x: f64,) -> ((f64, u32), [f64; 2]) { x }",
                "(fn f x: f64 -> ((f64, u32), [f64; 2]) x)",
            ),
            (
                "fn f() { 1 } fn g(l_i: [u32; 2]) { f() }",
                "(fn f 1)\n(fn g l_i: [u32; 2] (f))",
            ),
            (
                "fn f(x: [[[[[[[[f32; 1]; 2]; 3]; 4]; 5]; 6]; 7]; 8]) { x }",
                "(fn f x: [[[[[[[[f32; 1]; 2]; 3]; 4]; 5]; 6]; 7]; 8] x)",
            ),
            (
                "fn f<T,>(r#type_i: T) { type_i }",
                "(fn f <T> type_i: T type_i)",
            ),
        ],
        show,
    );
}

/// What KeOps' own tests and pages compute, in this notation.
#[test]
fn the_formulas_of_keops() {
    check(
        &[
            (
                "sum_j square(p - a_j) * exp(x_i + y_j)",
                "(sum_j (* (square (- p a_j)) (exp (+ x_i y_j))))",
            ),
            (
                "sum_j dot(x_i, y_j)^2 * (p[0] * x_i + p[1] * y_j)",
                "(sum_j (* (^ (dot x_i y_j) 2) (+ (* (at p 0) x_i) (* (at p 1) y_j))))",
            ),
            (
                "softmax_j((p - a_j)^2 * exp(-|x_i - y_j|^2), y_j)",
                "(softmax_j (* (^ (- p a_j) 2) (exp (neg (^ (norm (- x_i y_j)) 2)))) y_j)",
            ),
            (
                "logsumexp_j(-log(1 + |x_i - y_j|^2 / s^2), exp(g_j))",
                "(logsumexp_j (neg (log (+ 1 (/ (^ (norm (- x_i y_j)) 2) (^ s 2))))) (exp g_j))",
            ),
            (
                "logsumexp_j(p[0] * f_i + p[1] * g_j)",
                "(logsumexp_j (+ (* (at p 0) f_i) (* (at p 1) g_j)))",
            ),
            (
                "sum_j exp(-sum((l_i * x_i - y_j)^2) / (2 * s))",
                "(sum_j (exp (/ (neg (sum (^ (- (* l_i x_i) y_j) 2))) (* 2 s))))",
            ),
            (
                "logsumexp_j(-1 / (1 + sum(relu(l_i * x_i + y_j)) * s / 9))",
                "(logsumexp_j (/ (neg 1) (+ 1 (/ (* (sum (relu (+ (* l_i x_i) y_j))) s) 9))))",
            ),
            (
                "let d = sum(log(1 + (relu(x_i) * s)^2)); min_argmin_i(cos(d^1.5 + 1) * sin(d * (3.2 + s)))",
                "(let d (sum (log (+ 1 (^ (* (relu x_i) s) 2))))) \
                 (min_argmin_i (* (cos (+ (^ d 1.5) 1)) (sin (* d (+ 3.2 s)))))",
            ),
            (
                "min_argmin_i(sum(exp(-(x_i + y_j)^2)))",
                "(min_argmin_i (sum (exp (neg (^ (+ x_i y_j) 2)))))",
            ),
            (
                "fn f(x_i: [[[[[f64; 4]; 2]; 2]; 3]; 2]) { \
                 sum_j permute(tensordot(x_i, y_j, [4, 0, 2], [1, 4, 2]), [4, 3, 2, 0, 1]) }",
                "(fn f x_i: [[[[[f64; 4]; 2]; 2]; 3]; 2] \
                 (sum_j (permute (tensordot x_i y_j (concat 4 0 2) (concat 1 4 2)) (concat 4 3 2 0 1))))",
            ),
            (
                "exp(-g * |x_i - y_j|^2)",
                "(exp (* (neg g) (^ (norm (- x_i y_j)) 2)))",
            ),
            (
                "sum_j cis(2 * pi * x_i * w_j) * b_j",
                "(sum_j (* (cis (* (* (* 2 pi) x_i) w_j)) b_j))",
            ),
            (
                "sum_j m_j * (y_j - x_i) * rsqrt(|y_j - x_i|^2)^3",
                "(sum_j (* (* m_j (- y_j x_i)) (^ (rsqrt (^ (norm (- y_j x_i)) 2)) 3)))",
            ),
            (
                "sum_j if i == j { zeros(3) } else { m_j * (y_j - x_i) / |y_j - x_i|^3 }",
                "(sum_j (if (== i j) (zeros 3) (/ (* m_j (- y_j x_i)) (^ (norm (- y_j x_i)) 3))))",
            ),
            (
                "let s = dot(q_i, k_j) / 8; let m = max_j(s); let e = exp(s - m); (sum_j e * v_j) / (sum_j e)",
                "(let s (/ (dot q_i k_j) 8)) (let m (max_j s)) (let e (exp (- s m))) \
                 (/ (sum_j (* e v_j)) (sum_j e))",
            ),
            (
                "let k = exp(-|x_i - y_j|^2); sum_j k * v_j / sum_j k",
                "(let k (exp (neg (^ (norm (- x_i y_j)) 2)))) (sum_j (/ (* k v_j) (sum_j k)))",
            ),
            (
                "(sum_j grad(h, p_i), -sum_j grad(h, x_i))",
                "(tuple (sum_j (grad h p_i)) (neg (sum_j (grad h x_i))))",
            ),
            (
                "count_j(|x_i - y_j| < r)",
                "(count_j (< (norm (- x_i y_j)) r))",
            ),
            (
                "sum_j if l_i == m_j { exp(-|x_i - y_j|^2) } else { 0 }",
                "(sum_j (if (== l_i m_j) (exp (neg (^ (norm (- x_i y_j)) 2))) 0))",
            ),
        ],
        show,
    );
}

#[test]
fn attributes_are_sorted() {
    let item = item(
        "/// Gaussian\n#[allow(dead_code)] #[keops(order = 2)] #[doc(hidden)] /// twice\npub(crate) fn f() { 1 }",
    );
    let text = |tokens: &[proc_macro2::TokenStream]| {
        tokens
            .iter()
            .map(|tokens| tokens.to_string().replace(' ', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        text(&item.docs),
        ["#[doc=\"Gaussian\"]", "#[doc(hidden)]", "#[doc=\"twice\"]"]
    );
    assert_eq!(text(&item.attributes), ["#[allow(dead_code)]"]);
    assert_eq!(item.order, 2);
    assert_eq!(item.visibility.to_string().replace(' ', ""), "pub(crate)");
    assert_eq!(item.generic, None);
}

#[test]
fn the_order_is_1_unless_given() {
    assert_eq!(item("fn f() { 1 }").order, 1);
    assert_eq!(item("#[keops(order = 2,)] fn f() { 1 }").order, 2);
}

#[test]
fn an_item_spans_visibility_to_brace() {
    let span = item("#[inline] pub fn f() { 1 }").span;
    assert_eq!((span.start.start().column, span.end.end().column), (10, 26));
}

#[test]
fn dims_are_outermost_first() {
    let item = item("fn f<T>(m_i: [[T; 3]; 2]) { m_i }");
    assert_eq!(item.parameters[0].ty.dims, [2, 3]);
}
