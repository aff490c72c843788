//! Prefixes that can be read in two ways.

keops::keops! {
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (x_i - y_j)^2 }
    pub fn g<T>(x_i: T, y_j: T) -> T { x_i / sum_j y_j * x_i }
}

fn main() {}
