//! Vectors and tensors: what their operations take.

use super::cases;

#[test]
fn rows_are_told_apart_by_count_and_shape() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j min(x_i, y_j)[0] + 0 * min(y_j) }
f(x, y) -> T for each i = sum_j(min(x_i, y_j)[0; ])

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j cross(x_i, y_j) }
                                                              ^^^ `b` of `cross(a, b)` is `[T; 3]`, and `y_j` is `[T; 2]`
help: give `[T; 3]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j det(x_i) * y_j }
                                                       ^^^ `m` of `det(m)` is `[[T; 1]; 1]`, `[[T; 2]; 2]`, `[[T; 3]; 3]` or `[[T; 4]; 4]`, and `x_i` is `[T; 3]`
help: give `[[T; 1]; 1]`, `[[T; 2]; 2]`, `[[T; 3]; 3]` or `[[T; 4]; 4]`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 2]) -> T { sum_j trace(m_i) * y_j }
                                                              ^^^ `m` of `trace(m)` is a square matrix, and `m_i` is `[[T; 3]; 2]`
help: give a square matrix

pub fn f<T>(m_i: [[T; 5]; 5], y_j: [T; 2]) -> T { sum_j inverse(m_i) * y_j[0] }
                                                                ^^^ `m` of `inverse(m)` is `[[T; 1]; 1]`, `[[T; 2]; 2]`, `[[T; 3]; 3]` or `[[T; 4]; 4]`, and `m_i` is `[[T; 5]; 5]`
help: give `[[T; 1]; 1]`, `[[T; 2]; 2]`, `[[T; 3]; 3]` or `[[T; 4]; 4]`

pub fn f<T>(m_i: [[T; 2]; 2], y_j: [T; 3]) -> T { sum_j weightedsqnorm(m_i, y_j) }
                                                                            ^^^ operands of `weightedsqnorm(s, v)` do not fit: `y_j` is `[T; 3]`
help: give as many components as the others have

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j weightedsqdist(x_i, y_j, 1, 2) }
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `weightedsqdist` takes 3 arguments, not 4
help: write `weightedsqdist(s, a, b)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j norminf(x_i) * softmax(y_j) }
                                                 ^^^ `v` of `norminf(v)` is a vector, and `x_i` is `T`
help: give a vector
                                                                ^^^ `v` of `softmax(v)` is a vector, and `y_j` is `T`
help: give a vector, or write `softmax_j(…)` to reduce over rows

pub fn f<T>(x_i: T, y_j: [T; 3]) -> T { sum_j _shift(y_j) * x_i }
                                              ^^^^^^ unknown function `_shift`
help: define it above, as an item: `fn _shift<T>(…) -> T { … }`
",
    );
}

#[test]
fn axes() {
    cases(
        r"
pub fn f<T>(t_i: [[[T; 4]; 3]; 2], y_j: T) -> [[[T; 3]; 2]; 4] { sum_j permute(t_i, [2, 0, 1]) * y_j }
f(t, y) -> [[[T; 3]; 2]; 4] for each i = t_i[0; 1,12,4] * sum_j(y_j)

pub fn f<T>(t_i: [[[T; 4]; 3]; 2], y_j: T) -> T { sum_j permute(t_i, [2, 0]) * y_j }
                                                                     ^^^^^^ these are 2 axes, and `t_i` is `[[[T; 4]; 3]; 2]`
help: name each of its axes once, for instance `[2, 1, 0]`

pub fn f<T>(t_i: [[[T; 4]; 3]; 2], y_j: T) -> T { sum_j permute(t_i, [2, 0, 3]) * y_j }
                                                                            ^ there is no axis 3: `t_i` is `[[[T; 4]; 3]; 2]`
help: write axes in brackets, each once, from 0 to 2

pub fn f<T>(t_i: [[[T; 4]; 3]; 2], y_j: T) -> T { sum_j permute(t_i, [2, 0, 0]) * y_j }
                                                                            ^ axis 0 is named twice
help: write axes in brackets, each once, from 0 to 2

pub fn f<T>(t_i: [[[T; 4]; 3]; 2], y_j: T) -> T { sum_j permute(t_i, y_j) }
                                                                     ^^^ axes are a list of integer literals
help: write axes in brackets, each once, from 0 to 2

pub fn f<T>(a_i: [[T; 3]; 2], b_j: [[T; 3]; 2]) -> T { sum_j tensordot(a_i, b_j, [0, 1], [0]) }
                                                                                 ^^^^^^ these are 2 axes, and those of the second operand 1
help: name as many axes of both: they go in pairs
                                                                                         ^^^ those of the second operand

pub fn f<T>(a_i: [[T; 3]; 2], b_j: [[T; 3]; 2]) -> T { sum_j tensordot(a_i, b_j, [0], [1]) }
                                                                                 ^^^ axis 0 of `[[T; 3]; 2]` has size 2, and axis 1 of `[[T; 3]; 2]` size 3
help: axes that go together have one size
                                                                                      ^^^ size 3

pub fn f<T>(a_i: [[T; 3]; 2], b_j: [T; 2]) -> T { sum_j kron(a_i, b_j) }
                                                        ^^^^^^^^^^^^^^ `kron` takes two vectors, or two matrices, not `[[T; 3]; 2]` and `[T; 2]`
help: give both as many dimensions; `outer(a, b)` goes for any two

pub fn f<T>(a_i: [[T; 3]; 2], b_j: [T; 2]) -> T { sum_j diagonal(a_i) * b_j }
                                                                 ^^^ `diagonal` takes a square matrix, and `a_i` is `[[T; 3]; 2]`
help: give a matrix with as many rows as columns
",
    );
}

#[test]
fn literals() {
    cases(
        r"
pub fn f<T>(x_i: T, t_j: [T; 4], k: T) -> T { sum_j bspline(t_j, x_i, k) }
                                                                      ^ `k` of `bspline` is an integer literal
help: write an integer from 0 to 64

pub fn f<T>(x_i: T, t_j: [T; 4]) -> T { sum_j bspline(t_j, x_i, 3) }
                                              ^^^^^^^^^^^^^^^^^^^^ `bspline` with `k` = 3 takes at least 5 components of `knots`, and `t_j` has 4
help: give a longer `knots`, or a smaller `k`

pub fn f<T>(x_i: [T; 2], t_j: [T; 4]) -> T { sum_j bspline(t_j, x_i, 1) }
                                                                ^^^ `x` of `bspline(knots, x, k)` is a scalar, and `x_i` is `[T; 2]`
help: give a scalar

pub fn f<T>(x_i: [T; 40], y_j: [T; 40]) -> T { sum_j softdtw(x_i, y_j, 1) }
                                                     ^^^^^^^^^^^^^^^^^^^^ `softdtw` of 40 and 40 components is too large
help: their product is at most 1024

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j Elem(x_i, 3) * y_j }
                                                        ^ out of bounds: `x_i` has 3 components
help: components are numbered from 0 to 2

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j Elem(x_i, y_j) }
                                                        ^^^ a place is an integer literal
help: write a number from 0 on

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j ExtractT(x_i, 2, 4) * y_j }
                                                               ^ 4 components do not hold 5
help: write at least 5
",
    );
}

#[test]
fn places() {
    cases(
        r"
pub fn f<T>(x_i: [T; 2], y_j: T) -> u32 { let m = max_j(y_j); argmin(x_i) }
f(x, y) -> u32 for each i = if x_i[1; ] < x_i[0; ] || x_i[0; ] != x_i[0; ] && x_i[1; ] == x_i[1; ] { 1 } else { 0 }

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j argmax(x_i) * y_j }
                                              ^^^^^^^^^^^ `argmax(x_i)` is an index, not a number
help: write `float(argmax(x_i))`

pub fn f<T>(x_i: [T; 2], y_j: T) -> T { sum_j if argmax(x_i) == 1 { y_j } else { 0 } }
f(x, y) -> T for each i = sum_j(if if x_i[0; ] < x_i[1; ] || x_i[0; ] != x_i[0; ] && x_i[1; ] == x_i[1; ] { 1 } else { 0 } == 1 { y_j } else { 0 })
",
    );
}

#[test]
fn linear_maps() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j trace_of(x_i * x_i * y_j, x_i) }
                                                            ^^^^^^^^^^^^^^^ `x_i * x_i * y_j` is not linear in `x_i`
help: write `divergence(x_i * x_i * y_j, x_i)` for the trace of its derivative

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j trace_of(x_i + y_j, x_i) }
                                                            ^^^^^^^^^ `x_i + y_j` is not linear in `x_i`
help: write `divergence(x_i + y_j, x_i)` for the trace of its derivative

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j trace_of(y_j[0] * (if y_j > 0 { x_i } else { 2 * x_i }), x_i) }
f(x, y) -> T for each i = sum_j(sum([(y_j[0; ] * if 0 < y_j { [1, 0] } else { 2 * [1, 0] })[0; ], (y_j[0; ] * if 0 < y_j { [0, 1, 0] } else { 2 * [0, 1, 0] })[1; ], (y_j[0; ] * if 0 < y_j { [0, 1] } else { 2 * [0, 1] })[2; ]]))

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j adjoint_of(|x_i| * y_j, x_i, y_j) }
                                                                   ^^^^^^^^^^^ `|x_i| * y_j` is not linear in `x_i`
help: write `vjp(|x_i| * y_j, x_i, y_j)` for the adjoint of its derivative

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j trace_of(y_j * x_i[0], x_i) }
                                                            ^^^^^^^^^^^^ the value has the shape of the variable, `[T; 3]`, and `y_j * x_i[0]` is `[T; 2]`
help: give a `[T; 3]`

pub fn f<T>(x_i: [[[[[T; 2]; 2]; 2]; 2]; 2], y_j: T) -> T { sum_j sum(jacobian(x_i * y_j, x_i)) }
                                                                      ^^^^^^^^^^^^^^^^^^^^^^^^ the result has 10 dimensions
help: at most 8 are possible: reshape the value first
",
    );
}
