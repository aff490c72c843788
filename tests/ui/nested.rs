//! Reductions in reductions.

keops::keops! {
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp(x_i * y_j - max_j(x_i * y_j)) }
    pub fn g<T>(x_i: T, y_j: T) -> T { sum_j y_j * sum_i x_i * y_j }
}

fn main() {}
