//! Names that cannot be.

keops::keops! {
    pub fn f<T>(x_i: T, w_ij: T) -> T { sum_j x_i }
    pub fn g<T>(x_i: T, j: T) -> T { sum_j x_i }
    pub fn h<T>(x_i: T, y_j: T) -> T { let sum_j = 1; sum_j x_i }
}

fn main() {}
