//! Two floating types.

keops::keops! {
    pub fn f<T>(x_i: [T; 3], y_j: [f32; 3]) -> T { sum_j |x_i - y_j| }
}

fn main() {}
