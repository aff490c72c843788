//! The type after the arrow.

use super::cases;

#[test]
fn types() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: T) -> T { sum_j x_i * y_j }
                                    ^ the result is `[T; 3]`, not `T`
help: write `[T; 3]`

pub fn f<T>(x_i: T, y_j: T) -> [T; 3] { sum_j x_i * y_j }
                               ^^^^^^ the result is `T`, not `[T; 3]`
help: write `T`

pub fn f<T>(x_i: T, y_j: T) -> u32 { sum_j x_i * y_j }
                               ^^^ the result is `T`, not `u32`
help: write `T`

pub fn f<T>(x_i: T, y_j: T) -> T { argmin_j(x_i * y_j) }
                               ^ the result is `u32`, not `T`
help: write `u32`

pub fn f<T>(x_i: T, y_j: T) -> bool { sum_j x_i * y_j }
                               ^^^^ the result is `T`, not `bool`
help: write `T`

pub fn f<T>(x_i: T, y_j: T) -> bool { max_j(x_i * y_j) > 0 }
f(x, y) -> bool for each i = 0 < max_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) { max_j(x_i * y_j) > 0 }
f(x, y) -> bool for each i = 0 < max_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { max_j(x_i * y_j) > 0 }
f(x, y) -> T for each i = if 0 < max_j(x_i * y_j) { 1 } else { 0 }

pub fn f<T>(x_i: T, y_j: T) -> [bool; 2] { [max_j(x_i * y_j), x_i] > 0 }
f(x, y) -> [bool; 2] for each i = 0 < [max_j(x_i * y_j), x_i]

pub fn f<T>(x_i: T, y_j: T, l_i: u32) -> (u32, u32) { (argmin_j(x_i * y_j), l_i) }
f(x, y, l) -> u32, u32 for each i = argmin_j(x_i * y_j); l_i

pub fn f<T>(x_i: T, y_j: T) -> (T, u32) { (sum_j x_i * y_j, i) }
f(x, y) -> T, u32 for each i = x_i * sum_j(y_j); i
",
    );
}

#[test]
fn counts() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> (T, T) { sum_j x_i * y_j }
                               ^^^^^^ the formula has 1 result, not 2
help: write `T`

pub fn f<T>(x_i: T, y_j: T) -> T { (sum_j x_i * y_j, x_i) }
                               ^ the formula has 2 results, not 1
help: write `(T, T)`

pub fn f<T>(x_i: T, y_j: T) -> (T, T, T) { min_argmin_j(x_i * y_j) }
                               ^^^^^^^^^ the formula has 2 results, not 3
help: write `(T, u32)`

pub fn f<T>(x_i: T, y_j: T) -> (T, [T; 2]) { min_argmin_j(x_i * y_j) }
                                   ^^^^^^ the result is `u32`, not `[T; 2]`
help: write `u32`

pub fn f<T>(x_i: T, y_j: T) { (sum_j x_i * y_j, (x_i, argmax_j(y_j))) }
f(x, y) -> T, T, u32 for each i = x_i * sum_j(y_j); x_i; argmax_j(y_j)
",
    );
}
