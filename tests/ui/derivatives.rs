//! Derivatives of and by what has none.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j grad(x_i - y_j, x_i) }
    pub fn g<T>(x_i: [T; 3], l_j: u32) -> T { sum_j grad(|x_i|^2 * float(l_j), l_j) }
}

fn main() {}
