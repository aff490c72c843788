//! A j-variable outside of the reduction.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) + b_j }
}

fn main() {}
