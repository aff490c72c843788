//! Operands of two shapes.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { sum_j exp(-|x_i - y_j|^2) }
}

fn main() {}
