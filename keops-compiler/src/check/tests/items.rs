//! Items that call items.

use super::cases;

#[test]
fn calls() {
    cases(
        r"
fn k<T>(x_i: T, y_j: T) -> Matrix<T> { exp(-|x_i - y_j|) } pub fn f<T>(x_i: T, y_j: T, v_j: T) -> T { sum_j k(x_i, y_j) * v_j }
k(x, y) -> T for each pair = exp(neg(abs(x_i - y_j)))
f(x, y, v) -> T for each i = sum_j(v_j * exp(neg(abs(x_i - y_j))))

fn k<T>(x_i: T, y_j: T) -> Matrix<T> { exp(x_i) - y_j } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(y_j, x_i + 1) }
k(x, y) -> T for each pair = exp(x_i) - y_j
f(x, y) -> T for each i = sum_j(exp(y_j) - (1 + x_i))

fn k<T>(x_i: T, y_j: T) -> Matrix<T> { exp(x_i) - y_j } pub fn f(x_i: f32, y_j: f32) -> f32 { sum_j k(y_j, x_i) }
k(x, y) -> T for each pair = exp(x_i) - y_j
f(x, y) -> f32 for each i = sum_j(exp(y_j) - x_i)

fn mass<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j * y_j } pub fn f<T>(x_i: T, y_j: T, v_j: T) -> T { (sum_j exp(x_i * y_j) * v_j) / mass(exp(x_i), y_j) }
mass(x, y) -> T for each i = x_i * sum_j(y_j * y_j)
f(x, y, v) -> T for each i = sum_j(v_j * exp(x_i * y_j)) / (exp(x_i) * sum_j(y_j * y_j))

fn pair<T>(x_i: T, y_j: T) -> (T, u32) { min_argmin_j(x_i * y_j) } pub fn f<T>(x_i: T, y_j: T) -> T { let (m, k) = pair(x_i, y_j); m }
pair(x, y) -> T, u32 for each i = min_j(x_i * y_j); argmin_j(x_i * y_j)
f(x, y) -> T for each i = min_j(x_i * y_j)

fn k<T>(x_i: T, y_j: T, l_j: u32) -> Matrix<T> { if l_j == 2 { grad(x_i^2 * y_j, x_i) } else { 0 } } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(exp(x_i), y_j, 3) }
k(x, y, l) -> T for each pair = if l_j == 2 { 2 * (x_i * y_j) } else { 0 }
f(x, y) -> T for each i = sum_j(if 3 == 2 { 2 * (y_j * exp(x_i)) } else { 0 })

fn all<T>(x_i: [T; 2], y_j: [T; 2], m: [[T; 2]; 2]) -> Matrix<T> { if i == j || !(x_i[0] > 0) && y_j[0] > 0 { sum(clamp(m @ [x_i[0], float(i - j)], 0, 1)) } else { sigmoid(y_j[1]) } } pub fn f<T>(x_i: [T; 2], y_j: [T; 2], m: [[T; 2]; 2]) -> T { sum_j all(x_i, y_j, m) }
all(x, y, m) -> T for each pair = if i == j || !(0 < x_i[0; ]) && 0 < y_j[0; ] { sum(if 0 <= contract[kl,l->k](m, [x_i[0; ], float(i - j)]) { if 1 < contract[kl,l->k](m, [x_i[0; ], float(i - j)]) { 1 } else { contract[kl,l->k](m, [x_i[0; ], float(i - j)]) } } else { 0 }) } else { sigmoid(y_j[1; ]) }
f(x, y, m) -> T for each i = sum_j(if i == j || !(0 < x_i[0; ]) && 0 < y_j[0; ] { sum(if 0 <= contract[kl,l->k](m, [x_i[0; ], float(i - j)]) { if 1 < contract[kl,l->k](m, [x_i[0; ], float(i - j)]) { 1 } else { contract[kl,l->k](m, [x_i[0; ], float(i - j)]) } } else { 0 }) } else { sigmoid(y_j[1; ]) })
",
    );
}

#[test]
fn wrong_calls() {
    cases(
        r"
fn k<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { dot(x_i, y_j) } pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j k(x_i, y_j) }
                                                                                                                      ^^^ `x_i` of `k` is `[T; 3]`, and `x_i` is `[T; 2]`
help: give a `[T; 3]`
                                                                                                                           ^^^ `y_j` of `k` is `[T; 3]`, and `y_j` is `[T; 2]`
help: give a `[T; 3]`

fn k<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { dot(x_i, y_j) } pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j k(x_i) }
                                                                                                                    ^^^^^^ `k` takes 2 arguments, not 1
help: write `k(x_i, y_j)`

fn k<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { dot(x_i, y_j) } pub fn f<T>(x_i: T, y_j: [T; 3]) -> T { sum_j k(x_i, y_j) }
                                                                                                                 ^^^ `x_i` of `k` is `[T; 3]`, and `x_i` is `T`
help: repeat it: `fill(x_i, 3)`

fn k<T>(x_i: T, l_j: u32) -> Matrix<T> { x_i * float(l_j) } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(x_i, y_j) }
                                                                                                            ^^^ `l_j` of `k` is `u32`, and `y_j` is `T`
help: give a `u32`

fn k<T>(x_i: T, l_j: u32) -> Matrix<T> { x_i * float(l_j) } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(x_i, j) * y_j }
                                                                                                            ^ `l_j` of `k` is `u32`, and `j` is an index
help: an index is not a label: declare `l_j` as a number, and write `float(…)`

fn k<T>(x_i: T, l_j: u32) -> Matrix<T> { x_i * float(l_j) } pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j k(l_j, l_j) * x_i }
                                                                                                         ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

fn k(x_i: f32, y_j: f32) -> Matrix<f32> { x_i * y_j } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(x_i, y_j) }
                                                                                               ^^^^^^^^^^^ `k` computes in `f32`, and this formula in `T`
help: write `k` for both: `fn k<T>(…)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(x_i, y_j) } fn k<T>(x_i: T, y_j: T) -> Matrix<T> { x_i * y_j }
                                         ^ unknown function `k`
help: an item can call those above it: put that one first

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j f(x_i, y_j) }
                                         ^ unknown function `f`
help: an item can call those above it: put that one first

fn k<T>(x_i: T, y_j: T) -> Matrix<T> { x_i * z } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j k(x_i, y_j) }
                                             ^ unknown name `z`
help: declare it, or define it by `let z = …;`

fn k<T>(x_i: T, y_j: T) -> Matrix<T> { x_i * y_j } fn k<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
                                                      ^ `k` is defined twice
help: give one of the two another name

fn m<T>(x_i: T, y_j: T) -> T { max_j(x_i * y_j) } pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp(y_j - m(x_i, y_j)) }
                                                                                                     ^^^^^^^^^^^ `m` inside `sum_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the reduction by `sum_j`

fn m<T>(x_i: T, y_j: T) -> T { max_j(x_i * y_j) } pub fn f<T>(x_i: T, y_j: T) -> T { m(y_j, y_j) }
                                                                                       ^^^ `y_j` varies with `j`, which `m` reduces, and `x_i` does not
help: give a value that does not vary with `j`

fn m<T>(x_i: T, y_j: T) -> T { max_i(x_i * y_j) } pub fn f<T>(x_i: T, y_j: T) -> T { m(x_i, y_j) + max_j(y_j) }
                                                                                                   ^^^^^^^^^^ `m` and `max_j` in one formula: one pass goes over one axis
help: make two formulas: one with a row for each `j`, one for each `i`
                                                                                     ^^^^^^^^^^^ the reduction over `i`

fn m<T>(x_i: T, y_j: T) -> (T, u32) { min_argmin_j(x_i * y_j) } pub fn f<T>(x_i: T, y_j: T) -> T { 2 * m(x_i, y_j) }
                                                                                                       ^^^^^^^^^^^ a tuple can only be taken apart or be the result
help: take it apart: `let (a0, a1) = …;`
",
    );
}
