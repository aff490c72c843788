//! Options that are not there.

keops::keops! {
    #[keops(order = 3)]
    pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
    #[keops(fast)]
    pub fn g<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
}

fn main() {}
