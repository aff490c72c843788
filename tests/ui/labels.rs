//! Labels and indices as numbers.

keops::keops! {
    pub fn f<T>(l_i: u32, y_j: T) -> T { sum_j l_i * y_j }
    pub fn g<T>(x_i: T, m_j: u32) -> T { sum_j x_i * i * float(m_j) }
    pub fn h<T>(l_i: u32, y_j: T) -> T { sum_j (if l_i == j { y_j } else { 0 }) }
}

fn main() {}
