//! No variable of the axis.

keops::keops! {
    pub fn f<T>(x_i: T, y: T) -> T { sum_j x_i * y }
    pub fn g<T>(x: T, y_j: T) -> T { sum_j x * y_j }
}

fn main() {}
