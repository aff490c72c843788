//! No reduction.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { exp(-|x_i - y_j|^2) }
}

fn main() {}
