//! A function that is not there.

keops::keops! {
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j expp(x_i * y_j) }
}

fn main() {}
