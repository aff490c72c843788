//! A name that is not declared.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 3], gamma: T) -> T { sum_j exp(-gama * |x_i - y_j|^2) }
}

fn main() {}
