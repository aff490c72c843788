//! Components that are not there.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j x_i[3] * y_j[0] }
}

fn main() {}
