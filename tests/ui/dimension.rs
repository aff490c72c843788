//! An array without its length.

keops::keops! {
    pub fn f<T>(x_i: [T], y_j: [T; 3]) -> T { sum_j |x_i - y_j| }
}

fn main() {}
