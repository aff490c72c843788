//! Reductions: which there are, over which axis, one inside the other, and what is outside.

use super::cases;

#[test]
fn each_reduction() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { min_j(x_i * y_j) }
f(x, y) -> T for each i = min_j(x_i * y_j)

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { max_j(x_i * y_j) }
f(x, y) -> [T; 2] for each i = max_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> u32 { argmin_j(x_i * y_j) }
f(x, y) -> u32 for each i = argmin_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> u32 { argmax_i(x_i * y_j) }
f(x, y) -> u32 for each j = argmax_i(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> (T, u32) { min_argmin_j(x_i * y_j) }
f(x, y) -> T, u32 for each i = min_j(x_i * y_j); argmin_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> (T, u32) { let (m, k) = max_argmax_j(x_i * y_j); (m + x_i, k) }
f(x, y) -> T, u32 for each i = x_i + max_j(x_i * y_j); argmax_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { logsumexp_j(-|x_i - y_j|) }
f(x, y) -> T for each i = logsumexp_j(neg(abs(x_i - y_j)))

pub fn f<T>(x_i: T, y_j: T, w_j: T) -> T { logsumexp_j(-|x_i - y_j|, w_j) }
f(x, y, w) -> T for each i = logsumexp_j(neg(abs(x_i - y_j)), w_j)

pub fn f<T>(x_i: T, y_j: T, w_j: [T; 2]) -> [T; 2] { logsumexp_j(-|x_i - y_j|, w_j) }
f(x, y, w) -> [T; 2] for each i = logsumexp_j(neg(abs(x_i - y_j)), w_j)

pub fn f<T>(x_i: T, y_j: T) -> T { mean_j(x_i * y_j) }
f(x, y) -> T for each i = x_i * sum_j(y_j) / sum_j(1)

pub fn f<T>(x_i: T, y_j: T) -> (bool, bool) { (any_j(x_i < y_j), all_j(x_i < y_j)) }
f(x, y) -> bool, bool for each i = 0 < max_j(if x_i < y_j { 1 } else { 0 }); 0 < min_j(if x_i < y_j { 1 } else { 0 })

pub fn f(x_i: u32, y_j: u32) -> u32 { count_j(x_i == y_j) }
f(x, y) -> u32 for each i = count_j(if x_i == y_j { 1 } else { 0 })

pub fn f<T>(x_i: T, y_j: T) -> ([T; 3], [u32; 3]) { kmin_argkmin_j(3, x_i * y_j) }
f(x, y) -> [T; 3], [u32; 3] for each i = kmin_j(3, x_i * y_j); argkmin_j(3, x_i * y_j)

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [[T; 2]; 5] { kmax_j(5, x_i * y_j) }
f(x, y) -> [[T; 2]; 5] for each i = kmax_j(5, x_i * y_j)

pub fn f<T>(x_i: T, y_j: T, v_j: [T; 3]) -> [T; 3] { softmax_j(x_i * y_j, v_j) }
f(x, y, v) -> [T; 3] for each i = softmax_j(x_i * y_j, v_j)

pub fn f<T>(x_i: T, y_j: T, n: T) -> [T; 3] { kmin_j(n, x_i * y_j) }
                                                     ^ the first argument of `kmin_j` says how many entries it selects
help: write an integer from 1 to 1024

pub fn f<T>(x_i: T, y_j: T) -> bool { any_j(x_i * y_j) }
                                            ^^^^^^^^^ `x_i * y_j` is a number, not a condition
help: compare it, for instance `x_i * y_j != 0`

pub fn f<T>(x_i: T, y_j: T) -> T { max_j(x_i > y_j) }
f(x, y) -> T for each i = max_j(if y_j < x_i { 1 } else { 0 })
",
    );
}

#[test]
fn one_pass() {
    cases(
        r"
pub fn nadaraya_watson<T>(x_i: [T; 2], y_j: [T; 2], v_j: T) -> (T, T) { let k = exp(-|x_i - y_j|^2); let mass = sum_j k; ((sum_j k * v_j) / mass, log(mass)) }
nadaraya_watson(x, y, v) -> T, T for each i = sum_j(v_j * exp(neg(sum((x_i - y_j) * (x_i - y_j))))) / sum_j(exp(neg(sum((x_i - y_j) * (x_i - y_j))))); log(sum_j(exp(neg(sum((x_i - y_j) * (x_i - y_j))))))

pub fn nw<T>(x_i: [T; 2], y_j: [T; 2], v_j: T) -> T { let k = exp(-|x_i - y_j|^2); sum_j k * v_j / sum_j k }
nw(x, y, v) -> T for each i = sum_j(v_j * exp(neg(sum((x_i - y_j) * (x_i - y_j))))) / sum_j(exp(neg(sum((x_i - y_j) * (x_i - y_j)))))

pub fn f<T>(x_i: T, y_j: T) -> ((T, T), T) { let a = sum_j x_i * y_j; let b = max_j(y_j - x_i); ((a, b), a - b) }
f(x, y) -> T, T, T for each i = x_i * sum_j(y_j); max_j(y_j - x_i); x_i * sum_j(y_j) - max_j(y_j - x_i)

pub fn f<T>(x_i: T, y_j: T) -> T { let (a, b) = (min_j(x_i * y_j), max_j(x_i * y_j)); b - a }
f(x, y) -> T for each i = max_j(x_i * y_j) - min_j(x_i * y_j)

pub fn f<T>(a_j: T, x_i: T, b_j: T) -> T { sum_j a_j * sum_j b_j }
f(a, x, b) -> T for each i = sum_j(b_j) * sum_j(a_j)

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i * x_i * y_j / (x_i + 1) }
f(x, y) -> T for each i = x_i * x_i * sum_j(y_j) / (1 + x_i)

pub fn f<T>(x_i: T, y_j: T, l_i: u32) -> T { if l_i == 2 { sum_j x_i * y_j } else { x_i } }
f(x, y, l) -> T for each i = if l_i == 2 { x_i * sum_j(y_j) } else { x_i }
",
    );
}

#[test]
fn nested() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp(x_i * y_j - max_j(x_i * y_j)) }
                                                         ^^^^^^^^^^^^^^^^ `max_j` inside `sum_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the reduction by `sum_j`

pub fn f<T>(x_i: T, y_j: T) -> T { let s = x_i * y_j; let m = max_j(s); sum_j exp(s - m) }
                                                              ^^^^^^^^ `max_j` inside `sum_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                                                        ^^^^^^^^^^^^^^^^ the reduction by `sum_j`

pub fn f<T>(x_i: T, y_j: T) -> T { min_j(y_j * sum_j y_j) }
                                               ^^^^^^^^^ `sum_j` inside `min_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^ the reduction by `min_j`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (y_j + sum_j x_i * y_j) }
                                                ^^^^^^^^^^^^^^^ `sum_j` inside `sum_j` needs two passes
help: pass the first result as an argument, for instance `m_i`, or use `softmax_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the reduction by `sum_j`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j y_j * sum_i x_i * y_j }
                                               ^^^^^^^^^^^^^^^ `sum_i` inside `sum_j` goes over the other axis
help: make it a formula of its own, and pass its result as an argument, for instance `m_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the reduction by `sum_j`

pub fn f<T>(x_i: T, y_j: T) -> T { max_j(sum_i x_i * y_j) }
                                         ^^^^^^^^^^^^^^^ `sum_i` inside `max_j` goes over the other axis
help: make it a formula of its own, and pass its result as an argument, for instance `m_j`
                                   ^^^^^^^^^^^^^^^^^^^^^^ the reduction by `max_j`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp(sum_j exp(sum_j y_j * x_i)) }
f(x, y) -> T for each i = sum_j(1) * exp(exp(x_i * sum_j(y_j)) * sum_j(1))
",
    );
}

#[test]
fn two_axes() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { (sum_j x_i * y_j) + sum_i x_i }
                                                       ^^^^^^^^^ `sum_j` and `sum_i` in one formula: one pass goes over one axis
help: make two formulas: one with a row for each `i`, one for each `j`
                                   ^^^^^^^^^^^^^^^^^ the reduction over `j`

pub fn f<T>(x_i: T, y_j: T) -> (T, T) { (max_j(x_i * y_j), max_i(x_i * y_j)) }
                                                           ^^^^^^^^^^^^^^^^ `max_j` and `max_i` in one formula: one pass goes over one axis
help: make two formulas: one with a row for each `i`, one for each `j`
                                         ^^^^^^^^^^^^^^^^ the reduction over `j`
",
    );
}

#[test]
fn outside() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T, b_j: T) -> T { sum_j x_i * y_j + b_j }
                                                             ^^^ `b_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `+`: write `sum_j (x_i * y_j + b_j)`

pub fn f<T>(x_i: T, y_j: T, b_j: T) -> T { sum_j exp(x_i) - b_j }
                                                            ^^^ `b_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `-`: write `sum_j (exp(x_i) - b_j)`

pub fn f<T>(x_i: T, y_j: T, b_j: T) -> T { b_j * sum_j x_i * y_j }
                                           ^^^ `b_j` varies with `j`, outside of `sum_j`
help: write `sum_j b_j * x_i * y_j`

pub fn f<T>(x_i: T, y_j: T, b_j: T) -> T { (sum_j x_i * y_j) / b_j }
                                                               ^^^ `b_j` varies with `j`, outside of `sum_j`
help: write `sum_j x_i * y_j / b_j`

pub fn f<T>(x_i: T, y_j: T, b_j: T) -> T { b_j - sum_j x_i * y_j }
                                           ^^^ `b_j` varies with `j`, outside of `sum_j`
help: write `sum_j (b_j - x_i * y_j)`

pub fn f<T>(x_i: T, y_j: T) -> T { let d = x_i - y_j; max_j(d) + d }
                                                                 ^ `d` varies with `j`, outside of `max_j`
help: put all that varies with `j` into the reduction: `max_j(…)`

pub fn f<T>(x_i: T, y_j: T) -> (T, T) { (sum_j x_i * y_j, exp(-y_j)) }
                                                               ^^^ `y_j` varies with `j`, outside of `sum_j`
help: put all that varies with `j` into the reduction: `sum_j(…)`

pub fn f<T>(x_i: T, y_j: T) -> T { let d = x_i - y_j; (sum_j d) * if i == j { 0 } else { x_i } }
                                                                          ^ `j` is used outside of `sum_j`
help: write `sum_j d * if i == j { 0 } else { x_i }`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_i x_i * y_j + x_i }
                                                     ^^^ `x_i` varies with `i`, outside of `sum_i`
help: `sum_i` ends before `+`: write `sum_i (x_i * y_j + x_i)`

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { [max_j(x_i[0]), y_j[1]] }
                                                                  ^^^ `y_j` varies with `j`, outside of `max_j`
help: put all that varies with `j` into the reduction: `max_j(…)`

sum_j exp(-|x_i - y_j|^2) + y_j[0]; x_i: [f32; 2], y_j: [f32; 2]
                            ^^^ `y_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `+`: write `sum_j (exp(-|x_i - y_j|^2) + y_j[0])`
",
    );
}

#[test]
fn none() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { exp(-|x_i - y_j|) }
                                   ^^^^^^^^^^^^^^^^^ no reduction: this is a value for each pair
help: write `sum_j …` to reduce it, or `-> Matrix<T>` for a kernel matrix

pub fn f<T>(x_i: T, y_j: T) { x_i * x_i }
                              ^^^^^^^^^ no reduction: this is a value for each `i`
help: write `sum_j …` to reduce it, or `-> Matrix<T>` for a kernel matrix

pub fn f<T>(x_i: T, y_j: T) -> T { y_j }
                                   ^^^ no reduction: this is a value for each `j`
help: write `sum_j …` to reduce it, or `-> Matrix<T>` for a kernel matrix

pub fn f<T>(x_i: T, y_j: T) -> T { 3 }
                                   ^ no reduction: this is a single value
help: write `sum_j …` to reduce it, or `-> Matrix<T>` for a kernel matrix

exp(x_i * y_j); x_i: f32, y_j: f32
^^^^^^^^^^^^^^ no reduction: this is a value for each pair
help: write `sum_j …` to reduce it, or name it for a kernel matrix: `fn k(…) -> Matrix<f32> { … }`
",
    );
}

#[test]
fn no_rows() {
    cases(
        r"
pub fn f<T>(x_i: T) -> T { sum_j x_i }
                           ^^^^^^^^^ no variable is indexed by `j`: `sum_j` has no rows to go over
help: declare one whose name ends in `_j`, such as `y_j`

pub fn f<T>(y_j: T) -> T { sum_j y_j }
                           ^^^^^^^^^ no variable is indexed by `i`: the result has no rows
help: declare one whose name ends in `_i`, such as `x_i`

pub fn f<T>(y_j: T) -> T { sum_i y_j }
                           ^^^^^^^^^ no variable is indexed by `i`: `sum_i` has no rows to go over
help: declare one whose name ends in `_i`, such as `x_i`

pub fn f<T>(y: T) -> Matrix<T> { y }
                                 ^ no variable is indexed by `i`: a kernel matrix is of two clouds
help: declare one whose name ends in `_i`, such as `x_i`
                                 ^ no variable is indexed by `j`: a kernel matrix is of two clouds
help: declare one whose name ends in `_j`, such as `y_j`
",
    );
}

#[test]
fn matrices() {
    cases(
        r"
pub fn k<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { exp(-|x_i - y_j|^2) }
k(x, y) -> T for each pair = exp(neg(sum((x_i - y_j) * (x_i - y_j))))

pub fn k(x_i: f32, y_j: f32, s: f32) -> Matrix<f32> { x_i > s * y_j }
k(x, y, s) -> f32 for each pair = if y_j * s < x_i { 1 } else { 0 }

pub fn k<T>(x_i: [T; 3], y_j: [T; 3]) -> Matrix<T> { x_i - y_j }
                                                     ^^^^^^^^^ an entry of a kernel matrix is a scalar, not `[T; 3]`
help: make it one, for instance by `sum(…)` or `|…|`

pub fn k<T>(x_i: T, y_j: T) -> Matrix<T> { sum_j x_i * y_j }
                                           ^^^^^^^^^^^^^^^ a kernel matrix has an entry for each pair, and `sum_j` reduces them
help: leave it out, or write the type of one result for each `i` after `->`

pub fn k<T>(x_i: T, y_j: T) -> Matrix<T> { (x_i, y_j) }
                                           ^^^^^^^^^^ a tuple can only be taken apart or be the result
help: take it apart: `let (a0, a1) = …;`

pub fn k<T>(x_i: T, y_j: T) -> Matrix<u32> { x_i * y_j }
                               ^^^^^^ a kernel matrix has scalar entries
help: write `Matrix<T>`, `Matrix<f32>` or `Matrix<f64>`

pub fn k<T>(x_i: T, y_j: T) -> (Matrix<T>, T) { (x_i * y_j, sum_j y_j) }
                                ^^^^^^^^^ a kernel matrix cannot be part of a tuple
help: make it a formula of its own: `-> Matrix<…>`

pub fn k<T>(x_i: T, b_j: T) -> Matrix<T> { x_i * b_j }
                    ^^^ a kernel matrix has no variable `b`: that is the right-hand side of `.solve`
help: choose another name

pub fn k(x_i: f32, y_j: f32) -> Matrix<f64> { x_i * y_j }
                                ^^^^^^^^^^^ a formula has one floating type: `f32`, and here `f64`
help: write `f32`

pub fn k<T>(x_i: T, l_j: u32) -> Matrix<T> { l_j }
                                             ^^^ `l_j` is a label, not a number
help: write `float(l_j)`
",
    );
}

#[test]
fn arguments() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { min_j(x_i, y_j) }
                                   ^^^^^^^^^^^^^^^ `min_j` takes 1 argument, not 2
help: write `min_j(x)`

pub fn f<T>(x_i: T, y_j: T) -> T { logsumexp_j(x_i, y_j, 1) }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^ `logsumexp_j` takes 1 or 2 arguments, not 3
help: write `logsumexp_j(x)` or `logsumexp_j(x, w)`

pub fn f<T>(x_i: [T; 2], y_j: [T; 3]) -> T { logsumexp_j(x_i, y_j) }
                                                         ^^^ arguments of `logsumexp_j` have different shapes: `[T; 2]` and `[T; 3]`
help: take as many components of both: `y_j[..2]`
                                                              ^^^ this one is `[T; 3]`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j x_i * max_j(l_j) }
                                                       ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j l_j }
                                           ^^^ `l_j` is a label, not a number
help: write `float(l_j)`
",
    );
}
