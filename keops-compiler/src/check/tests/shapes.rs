//! Shapes that do not go together.

use super::cases;

#[test]
fn element_wise() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j |x_i - y_j|^2 }
                                                    ^^^ operands of `-` have different shapes: `[T; 3]` and `[T; 2]`
help: take as many components of both: `x_i[..2]`
                                                          ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 2], y_j: [T; 3]) -> T { sum_j |2 * x_i - exp(y_j)| }
                                                    ^^^^^^^ operands of `-` have different shapes: `[T; 2]` and `[T; 3]`
help: take as many components of both: `exp(y_j)[..2]`
                                                              ^^^^^^^^ this one is `[T; 3]`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 3]) -> [T; 2] { sum_j m_i * y_j }
                                                             ^^^ operands of `*` have different shapes: `[[T; 3]; 2]` and `[T; 3]`
help: write `m_i @ y_j` for the matrix product
                                                                   ^^^ this one is `[T; 3]`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 2]) -> [T; 3] { sum_j y_j * m_i }
                                                             ^^^ operands of `*` have different shapes: `[T; 2]` and `[[T; 3]; 2]`
help: write `y_j @ m_i` for the matrix product
                                                                   ^^^ this one is `[[T; 3]; 2]`

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 4]; 3]) -> T { sum_j m_i * n_j }
                                                             ^^^ operands of `*` have different shapes: `[[T; 3]; 2]` and `[[T; 4]; 3]`
help: write `m_i @ n_j` for the matrix product
                                                                   ^^^ this one is `[[T; 4]; 3]`

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 2]; 3]) -> T { sum_j m_i + n_j * 2 }
                                                       ^^^^^^^^^ operands of `+` have different shapes: `[[T; 3]; 2]` and `[[T; 2]; 3]`
help: give both the same shape; a scalar goes with any
                                                                   ^^^^^^^ this one is `[[T; 2]; 3]`

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 2]; 3]) -> T { sum_j sum(m_i / n_j) }
                                                                 ^^^ operands of `/` have different shapes: `[[T; 3]; 2]` and `[[T; 2]; 3]`
help: give both the same shape; a scalar goes with any
                                                                       ^^^ this one is `[[T; 2]; 3]`

pub fn f(x_i: [f32; 3], y_j: [f32; 2]) -> f32 { sum_j sum(x_i * y_j) }
                                                          ^^^ operands of `*` have different shapes: `[f32; 3]` and `[f32; 2]`
help: take as many components of both: `x_i[..2]`
                                                                ^^^ this one is `[f32; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j |x_i|^y_j }
                                         ^ the result is `[T; 2]`, not `T`
help: write `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j sum(x_i^y_j) }
                                                       ^^^ operands of `^` have different shapes: `[T; 3]` and `[T; 2]`
help: take as many components of both: `x_i[..2]`
                                                           ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j if x_i < y_j { 1 } else { 0 } }
                                                      ^^^ operands of `<` have different shapes: `[T; 3]` and `[T; 2]`
help: take as many components of both: `x_i[..2]`
                                                            ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j if x_i > 0 { y_j } else { 0 } }
                                                      ^^^^^^^ condition and branches of `if` have different shapes: `[bool; 3]` and `[T; 2]`
help: take as many components of both: `(x_i > 0)[..2]`
                                                                ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j sum(if j == 0 { y_j } else { x_i }) }
                                                                   ^^^ branches of `if` have different shapes: `[T; 2]` and `[T; 3]`
help: take as many components of both: `x_i[..2]`
                                                                                ^^^ this one is `[T; 3]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j (x_i > 0 && y_j > 0) }
                                                    ^^^^^^^ operands of `&&` have different shapes: `[bool; 3]` and `[bool; 2]`
help: take as many components of both: `(x_i > 0)[..2]`
                                                               ^^^^^^^ this one is `[bool; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j sum(min(x_i, y_j)) }
                                                           ^^^ arguments of `min` have different shapes: `[T; 3]` and `[T; 2]`
help: take as many components of both: `x_i[..2]`
                                                                ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j sum(clamp(x_i, 0, y_j)) }
                                                       ^^^^^^^^^^^^^^^^^^ `clamp(x, lo, hi)`: operands of `>` have different shapes: `[T; 3]` and `[T; 2]`
help: `clamp(x, lo, hi)` is `if x >= lo { if x > hi { hi } else { x } } else { lo }`

pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j sqdist(x_i, y_j) }
                                                   ^^^^^^^^^^^^^^^^ `sqdist(a, b)`: operands of `-` have different shapes: `[T; 3]` and `[T; 2]`
help: `sqdist(a, b)` is `sqnorm(a - b)`

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j norm(y_j) }
f(x, y) -> T for each i = sum_j(sqrt(y_j * y_j))

pub fn f(x_i: [f64; 3], y_j: f64) -> f64 { sum_j sqdist(x_i, y_j * x_i[..2]) }
                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `sqdist(a, b)`: operands of `-` have different shapes: `[f64; 3]` and `[f64; 2]`
help: `sqdist(a, b)` is `sqnorm(a - b)`
",
    );
}

#[test]
fn contractions() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j dot(x_i, y_j) }
                                                       ^^^ operands of `dot` do not fit: `[T; 3]` and `[T; 2]`
help: the length of the first (3) must be the length of the second (2)
                                                            ^^^ this one is `[T; 2]`

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j dot(x_i, y_j) }
                                                  ^^^^^^^^ `dot` does not take `[T; 3]` and `T`
help: give both the same shape

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j x_i @ y_j }
                                                   ^^^^^^^^^ `@` does not take `[T; 3]` and `[T; 3]`
help: write `dot(a, b)` for the product of two vectors

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j y_j @ x_i }
                                              ^^^^^^^^^ `@` does not take `T` and `[T; 3]`
help: write `*` for a product with a scalar

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 2]) -> T { sum_j m_i @ y_j }
                                                        ^^^ operands of `@` do not fit: `[[T; 3]; 2]` and `[T; 2]`
help: the number of columns of the first (3) must be the length of the second (2)
                                                              ^^^ this one is `[T; 2]`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 3]) -> T { sum_j y_j @ m_i }
                                                        ^^^ operands of `@` do not fit: `[T; 3]` and `[[T; 3]; 2]`
help: the length of the first (3) must be the number of rows of the second (2)
                                                              ^^^ this one is `[[T; 3]; 2]`

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 3]; 2]) -> T { sum_j m_i @ n_j }
                                                             ^^^ operands of `@` do not fit: `[[T; 3]; 2]` and `[[T; 3]; 2]`
help: the number of columns of the first (3) must be the number of rows of the second (2)
                                                                   ^^^ this one is `[[T; 3]; 2]`

pub fn f<T>(x_i: [[[T; 2]; 2]; 2], y_j: [T; 2]) -> T { sum_j sum(y_j @ x_i) }
                                                                 ^^^^^^^^^ `@` does not take `[T; 2]` and `[[[T; 2]; 2]; 2]`
help: write `tensordot(a, b, [axes of a], [axes of b])`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 2]) -> T { sum_j sum(outer(m_i, y_j)) }
f(m, y) -> T for each i = sum_j(sum(contract[kl,m->klm](m_i, y_j)))

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j dot(x_i) * y_j[0] }
                                                   ^^^^^^^^ `dot` takes 2 arguments, not 1
help: write `dot(a, b)`
",
    );
}

#[test]
fn subscripts() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j x_i[3] * y_j }
                                                  ^ `3` is out of bounds: `x_i` has 3 components
help: write an integer from 0 to 2

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j sum(x_i[1..4]) * y_j }
                                                      ^^^^ `1..4` is out of bounds: `x_i` has 3 components
help: write an end of at most 3

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j sum(x_i[2..2]) * y_j }
                                                      ^^^^ `2..2` picks nothing: `x_i` has 3 components
help: the end is not included: `x_i[..3]` is all

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j sum(x_i[3..]) * y_j }
                                                      ^^^ `3..` picks nothing: `x_i` has 3 components
help: the end is not included: `x_i[..3]` is all

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j x_i[0, 1] * y_j }
                                                     ^ too many subscripts: `x_i` is `[T; 3]`
help: a vector has one subscript

pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j y_j[0] * x_i[1] }
                                                  ^ too many subscripts: `y_j` is `T`
help: a scalar has no components: write `y_j`

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> T { sum_j m_i[2, 3] * y_j }
                                                       ^ `2` is out of bounds: `m_i` has 2 entries along this dimension
help: write an integer from 0 to 1
                                                          ^ `3` is out of bounds: `m_i` has 3 entries along this dimension
help: write an integer from 0 to 2

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> T { sum_j m_i[0, 1, 1] * y_j }
                                                             ^ too many subscripts: `m_i` is `[[T; 3]; 2]`
help: it has 2 dimensions, so at most 2 subscripts

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j ((x_i - y_j)[5]) }
                                                                ^ `5` is out of bounds: `x_i - y_j` has 3 components
help: write an integer from 0 to 2
",
    );
}

#[test]
fn lists() {
    cases(
        r"
pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 3]) -> T { sum_j [y_j, m_i] }
                                                         ^^^ parts of a list do not fit: `[T; 3]` and `[[T; 3]; 2]`
help: a list has scalars and vectors, or matrices with rows of one length
                                                              ^^^ this one is `[[T; 3]; 2]`

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 2]; 2]) -> T { sum_j [m_i, n_j] }
                                                              ^^^ parts of a list do not fit: `[[T; 3]; 2]` and `[[T; 2]; 2]`
help: a list has scalars and vectors, or matrices with rows of one length
                                                                   ^^^ this one is `[[T; 2]; 2]`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j sum([x_i, l_j]) }
                                                ^^^ `x_i` is a number and `l_j` is a label: a list has parts of one type
help: write `float(l_j)`
                                                     ^^^ this one is a label

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(fill([x_i, y_j], 3)) }
                                                  ^^^^^^^^^^ `fill` repeats a scalar, and `[x_i, y_j]` is `[T; 2]`
help: repeat one component: `[x_i, y_j][0]`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(fill(x_i, y_j)) }
                                                       ^^^ a dimension is an integer literal, at least 1
help: write for instance `3`, or `[2, 3]` for a matrix

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(y_j * zeros(0)) * x_i }
                                                         ^ a dimension is an integer literal, at least 1
help: write for instance `3`, or `[2, 3]` for a matrix

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(y_j * zeros(2.5)) * x_i }
                                                         ^^^ a dimension is an integer literal, at least 1
help: write for instance `3`, or `[2, 3]` for a matrix

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(y_j * zeros([4000, 4000])) * x_i }
                                                         ^^^^^^^^^^^^ this shape is too large
help: write at most 8 dimensions and 65536 components

pub fn f<T>(x_i: [T; 6], y_j: T) -> T { sum_j sum(reshape(x_i, [2, 2])) * y_j }
                                                               ^^^^^^ 4 components are wanted, and `x_i` has 6
help: write dimensions whose product is 6 components

pub fn f<T>(x_i: [T; 6], y_j: T) -> T { sum_j sum(transpose(x_i)) * y_j }
                                                            ^^^ `transpose` takes a matrix, and `x_i` is `[T; 6]`
help: leave it out: a scalar or a vector is its own transpose

pub fn f<T>(x_i: [[[T; 2]; 2]; 2], y_j: T) -> T { sum_j sum(transpose(x_i)) * y_j }
f(x, y) -> T for each i = sum(x_i[0; 1,2,4]) * sum_j(y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(onehot(y_j, 3)) * x_i }
                                                    ^^^ `onehot` takes a label, and `y_j` is `T`
help: declare the label as `u32`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j sum(onehot(l_j, [2, 2])) * x_i }
                                                           ^^^^^^ `onehot` gives a vector
help: write its length: `onehot(l, 4)`
",
    );
}
