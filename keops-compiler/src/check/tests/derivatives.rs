//! Derivatives inside a formula.

use super::cases;

#[test]
fn each() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> [T; 3] { sum_j grad(exp(-|x_i - y_j|^2), x_i) * b_j }
f(x, y, b) -> [T; 3] for each i = -2 * sum_j((x_i - y_j) * (b_j * exp(neg(sum((x_i - y_j) * (x_i - y_j))))))

pub fn f<T>(x_i: T, y_j: T, s: T) -> T { sum_j grad(exp(s * x_i * y_j), s) }
f(x, y, s) -> T for each i = x_i * sum_j(y_j * exp(y_j * (x_i * s)))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j vjp(x_i * y_j, x_i, y_j) }
f(x, y) -> [T; 2] for each i = sum_j(y_j * y_j)

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j vjp(x_i * y_j, x_i, 2) }
f(x, y) -> [T; 2] for each i = 2 * sum_j(y_j)

pub fn f<T>(x_i: [T; 2], y_j: [T; 2], u_i: [T; 2]) -> T { sum_j jvp(|x_i - y_j|^2, x_i, u_i) }
f(x, y, u) -> T for each i = 2 * sum_j(sum(u_i * (x_i - y_j)))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j laplacian(|x_i - y_j|^2, x_i) }
f(x, y) -> T for each i = ((2 * [1, 0])[0; ] + (2 * [0, 1])[1; ]) * sum_j(1)

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j divergence(x_i * y_j, x_i) }
f(x, y) -> T for each i = sum_j((y_j * [1, 0])[0; ] + (y_j * [0, 1])[1; ])

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j grad(grad(x_i^3 * y_j, x_i), x_i) }
f(x, y) -> T for each i = sum_j(x_i * y_j + (x_i * y_j + (2 * (x_i * y_j) + y_j * (2 * x_i))))

pub fn f<T>(x_i: T, y_j: T) -> T { grad(sum_j x_i * x_i * y_j, x_i) }
f(x, y) -> T for each i = 2 * (x_i * sum_j(y_j))

pub fn f<T>(x_i: T, y_j: T, e_j: T) -> T { jvp(sum_j x_i * y_j, y_j, e_j) }
f(x, y, e) -> T for each i = x_i * sum_j(e_j)
",
    );
}

#[test]
fn faults() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j grad(x_i * y_j, x_i) }
                                                        ^^^^^^^^^ `grad` is of a scalar, and `x_i * y_j` is `[T; 3]`
help: make it one, for instance `sum(x_i * y_j)`

pub fn f<T>(x_i: T, y_j: T) -> T { let d = x_i * 2; sum_j grad(d * y_j, d) }
                                                                        ^ a derivative is taken by a variable, and `d` is a `let`
help: write one of `x_i`, `y_j`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j grad(x_i * y_j, x_i * y_j) }
                                                         ^^^^^^^^^ a derivative is taken by a variable, and `x_i * y_j` is not one
help: write one of `x_i`, `y_j`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j grad(x_i * float(l_j), l_j) }
                                                                  ^^^ a derivative is taken by a number, and `l_j` is a label
help: write one of `x_i`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j grad(x_i * y_j, x) }
                                                         ^ unknown name `x`
help: did you mean `x_i`?

pub fn f<T>(x_i: T, y_j: T) -> T { grad(sum_j x_i * y_j, y_j) }
                                                         ^^^ every row of the result depends on every row of `y_j`: `j` is reduced
help: make the reduction a formula of its own, and use its `.grad_y(…)`
                                        ^^^^^^^^^^^^^^^ a reduction over `j`

pub fn f<T>(x_i: T, y_j: T) -> T { vjp(max_j(x_i * y_j), y_j, 1) }
                                                         ^^^ every row of the result depends on every row of `y_j`: `j` is reduced
help: make the reduction a formula of its own, and use its `.grad_y(…)`
                                       ^^^^^^^^^^^^^^^^ a reduction over `j`

pub fn f<T>(x_i: [T; 2], y_j: [T; 3]) -> [T; 2] { sum_j vjp(x_i * 2, x_i, y_j) }
                                                                          ^^^ the cotangent has the shape of the value, `[T; 2]`, and `y_j` is `[T; 3]`
help: give a `[T; 2]`

pub fn f<T>(x_i: [T; 2], y_j: [T; 3]) -> [T; 2] { sum_j jvp(x_i * 2, x_i, y_j) }
                                                                          ^^^ the tangent has the shape of the variable, `[T; 2]`, and `y_j` is `[T; 3]`
help: give a `[T; 2]`

pub fn f<T>(x_i: [T; 2], y_j: T) -> T { sum_j divergence(|x_i| * y_j, x_i) }
                                                         ^^^^^^^^^^^ the vector has the shape of the variable, `[T; 2]`, and `|x_i| * y_j` is `T`
help: give a `[T; 2]`

pub fn f<T>(x_i: [T; 2], y_j: T) -> T { sum_j laplacian(x_i * y_j, x_i) }
                                                        ^^^^^^^^^ `laplacian` is of a scalar, and `x_i * y_j` is `[T; 2]`
help: make it one, for instance `sum(x_i * y_j)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (y_j + grad(logsumexp_j(x_i * y_j), x_i)) }
                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `grad` inside `sum_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the reduction by `sum_j`
",
    );
}
