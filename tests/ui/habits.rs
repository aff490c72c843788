//! Rust's habits.

keops::keops! {
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j 2x_i * y_j }
    pub fn g<T>(x_i: T, y_j: T) -> T { sum_j x_i.exp() * y_j }
    pub fn h<T>(x_i: T, y_j: T) -> T { sum_j x_i % y_j }
    pub fn k<T>(x_i: T, y_j: T) -> T { sum_j 1f32 * x_i * y_j }
    pub fn l<T>(x_i: T, y_j: T) -> T { sum_j (if 0 < x_i < y_j { 1 } else { 0 }) }
}

fn main() {}
