//! Types that a formula does not have.

keops::keops! {
    pub fn f<T>(x_i: Vec<T>, y_j: &[T; 3]) -> T { sum_j |y_j| }
    pub fn g(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j |x_i - y_j| }
    pub fn h<T>(x_i: [i32; 3], y_j: [T; n]) -> T { sum_j |y_j| }
}

fn main() {}
