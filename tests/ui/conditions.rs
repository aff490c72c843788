//! Numbers as conditions, branches of two shapes.

keops::keops! {
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (if x_i { y_j } else { 0 }) }
    pub fn g<T>(x_i: T, y_j: T) -> [T; 2] { sum_j (if x_i < y_j { [y_j, 1] } else { [x_i, 1, 2] }) }
}

fn main() {}
