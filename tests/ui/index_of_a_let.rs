//! A `let` with the wrong index.

keops::keops! {
    pub fn k<T>(x_i: T, y_j: T) -> T { let d_i = x_i - y_j; sum_j d_i }
}

fn main() {}
