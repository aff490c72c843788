//! Labels, indices, masks and numbers.

use super::cases;

#[test]
fn labels() {
    cases(
        r"
pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j x_i * l_j }
                                                 ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j exp(-l_j) * x_i }
                                                ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j x_i + l_j + 1 }
                                                 ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j (l_j - 1) * x_i }
                                            ^^^ `l_j` is a label, not a number
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if l_j == 0.5 { x_i } else { 0 } }
                                                     ^^^ `0.5` is not a label
help: write an integer from 0 to 4294967295

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if l_j == -1 { x_i } else { 0 } }
                                                     ^^ `-1` is not a label
help: write an integer from 0 to 4294967295

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if l_j == x_i { x_i } else { 0 } }
                                              ^^^^^^^^^^ `l_j` is a label and `x_i` is a number: they do not compare
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if x_i < l_j { x_i } else { 0 } }
                                              ^^^^^^^^^ `x_i` is a number and `l_j` is a label: they do not compare
help: write `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if i == l_j { x_i } else { 0 } }
                                              ^^^^^^^^ `i` is an index and `l_j` is a label: they do not compare
help: write `float(i)` and `float(l_j)`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if x_i > 0 { x_i } else { l_j } }
                                                        ^^^ `x_i` is a number and `l_j` is a label: an `if` has branches of one type
help: write `float(l_j)`
                                                                     ^^^ this one is a label

pub fn f<T>(x_i: T, l_j: [u32; 2]) -> T { sum_j sum(sqrt(l_j)) * x_i }
                                                         ^^^ `l_j` is a label, not a number
help: write `float(l_j)`
",
    );
}

#[test]
fn indices() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i * i }
                                               ^ `i` is an index, not a number
help: write `float(i)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i * (i + j) }
                                                ^ `i` is an index, not a number
help: write `float(i)`
                                                    ^ `j` is an index, not a number
help: write `float(j)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j -i * y_j }
                                          ^ `i` is an index, not a number
help: write `float(i)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if i == 1.5 { y_j } else { 0 } }
                                                 ^^^ `1.5` is not an index
help: write an integer from -2147483648 to 2147483647

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if i < y_j { y_j } else { 0 } }
                                            ^^^^^^^ `i` is an index and `y_j` is a number: they do not compare
help: write `float(i)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if |i - j| < 3 { y_j } else { 0 } }
                                             ^^^^^ `i - j` is an index, not a number
help: write `float(i - j)`

pub fn f<T>(x_i: T, y_j: T) -> (T, u32) { (sum_j y_j, i - argmin_j(y_j)) }
                                                      ^^^^^^^^^^^^^^^^^ a difference of indices is signed: it cannot be a result
help: write `float(…)` around it
",
    );
}

#[test]
fn conditions() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i { y_j } else { 0 } }
                                            ^^^ `x_i` is a number, not a condition
help: compare it, for instance `x_i != 0`

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if l_j { x_i } else { 0 } }
                                              ^^^ `l_j` is a label, not a condition
help: compare it, for instance `l_j != 0`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i > 0 && y_j { y_j } else { 0 } }
                                                       ^^^ `y_j` is a number, not a condition
help: compare it, for instance `y_j != 0`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j !(x_i - y_j) }
                                          ^^^^^^^^^^^ `x_i - y_j` is a number, not a condition
help: compare it, for instance `x_i - y_j != 0`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i > 0 { (x_i, y_j) } else { 0 } }
                                                      ^^^^^^^^^^ a tuple can only be taken apart or be the result
help: take it apart: `let (a0, a1) = …;`
",
    );
}

#[test]
fn floating_types() {
    cases(
        r"
pub fn f(x_i: f32, y_j: f64) -> f32 { sum_j x_i * y_j }
                        ^^^ a formula has one floating type: `f32`, and here `f64`
help: write `f32`

pub fn f<T>(x_i: T, y_j: f32) -> f64 { sum_j x_i * y_j }
                         ^^^ a formula has one floating type: `T`, and here `f32`
help: write `T`
                                 ^^^ a formula has one floating type: `T`, and here `f64`
help: write `T`

pub fn f(x_i: f32, y_j: f32) -> f64 { sum_j x_i * y_j }
                                ^^^ a formula has one floating type: `f32`, and here `f64`
help: write `f32`

sum_j x_i * y_j; x_i: f32, y_j: f64
                                ^^^ a formula has one floating type: `f32`, and here `f64`
help: write `f32`

pub fn f<S>(x_i: [S; 3], y_j: [S; 2]) -> S { sum_j x_i * y_j }
                                                   ^^^ operands of `*` have different shapes: `[S; 3]` and `[S; 2]`
help: take as many components of both: `x_i[..2]`
                                                         ^^^ this one is `[S; 2]`
",
    );
}

#[test]
fn declarations() {
    cases(
        r"
pub fn f<T>(x_i: [T], y_j: T) -> T { sum_j x_i * y_j }
                 ^^^ this array type has no length
help: write `[T; 3]`

pub fn f<T>(d_ij: T, y_j: T) -> T { sum_j d_ij * y_j }
            ^^^^ `d_ij`: a variable has at most one index
help: compute it from variables such as `d_i` and `d_j`

pub fn f<T>(i: T, y_j: T) -> T { sum_j i * y_j }
            ^ `i` is the row number in the first cloud, and not a variable
help: use `i` without declaring it, or choose another name

pub fn f<T>(min_j: T, x_i: T) -> T { sum_j min_j * x_i }
            ^^^^^ `min_j` is the name of a reduction
help: choose another name
                                           ^^^^^ `min_j` is a reduction
help: write `min_j(…)`
",
    );
}

#[test]
fn what_is_no_variable() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: bool) -> T { sum_j x_i }
                         ^^^^ `bool` is only a type of results
help: pass a label, of type `u32`, and compare it
",
    );
}
