use super::cases;
#[test]
fn a() { cases(r"
pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T { let d2 = |x_i - y_j|^2; sum_j exp(-gamma * d2) * b_j }
"); }
