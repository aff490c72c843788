//! Sound formulas: arithmetic, functions, components.

use super::cases;

#[test]
fn sums() {
    cases(
        r"
pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T { let d2 = |x_i - y_j|^2; sum_j exp(-gamma * d2) * b_j }
gaussian(x, y, b, gamma) -> T for each i = sum_j(b_j * exp(neg(gamma * sum((x_i - y_j) * (x_i - y_j)))))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i + y_j * 0 }
f(x, y) -> T for each i = x_i * sum_j(1)

pub fn f<T>(x_i: T, y_j: T) -> T { (sum_j y_j) + x_i }
f(x, y) -> T for each i = x_i + sum_j(y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { sum_i x_i * y_j }
f(x, y) -> T for each j = y_j * sum_i(x_i)

pub fn f(x_i: [f64; 2], y_j: f64) -> [f64; 2] { sum_j (y_j - x_i) }
f(x, y) -> [f64; 2] for each i = sum_j(y_j - x_i)

pub fn f(x_i: f32, y_j: f32) { sum_j x_i * y_j }
f(x, y) -> f32 for each i = x_i * sum_j(y_j)

sum_j x_i - y_j; x_i: f32, y_j: f32 = &grid
            ^^^ `y_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `-`: write `sum_j (x_i - y_j)`

sum_j w; x_i: f32, y_j: f32, w: f32
keops!(x, y, w) -> f32 for each i = w * sum_j(1)
",
    );
}

#[test]
fn powers() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j y_j * (x_i - y_j)^3 }
f(x, y) -> T for each i = sum_j(y_j * ((x_i - y_j) * ((x_i - y_j) * (x_i - y_j))))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j ((x_i - y_j)^-2) }
f(x, y) -> T for each i = sum_j(1 / ((x_i - y_j) * (x_i - y_j)))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j y_j * (x_i - y_j)^0 }
f(x, y) -> T for each i = sum_j(y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j ((x_i - y_j)^2.0) }
f(x, y) -> T for each i = sum_j((x_i - y_j) * (x_i - y_j))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j ((x_i - y_j)^0.5) }
f(x, y) -> T for each i = sum_j(pow(x_i - y_j, 0.5))

pub fn f<T>(x_i: T, y_j: T, p: T) -> T { sum_j ((x_i - y_j)^p) }
f(x, y, p) -> T for each i = sum_j(pow(x_i - y_j, p))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j pow(x_i - y_j, 4) }
f(x, y) -> T for each i = sum_j((x_i - y_j) * (x_i - y_j) * ((x_i - y_j) * (x_i - y_j)))

pub fn f<T>(x_i: T, y_j: T) -> T { let n = 3; sum_j ((x_i * y_j + 1)^n) }
f(x, y) -> T for each i = sum_j((1 + x_i * y_j) * ((1 + x_i * y_j) * (1 + x_i * y_j)))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j y_j * 2^10 }
f(x, y) -> T for each i = 1024 * sum_j(y_j)
",
    );
}

#[test]
fn bars() {
    cases(
        r"
pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j| }
f(x, y) -> T for each i = sum_j(sqrt(sum((x_i - y_j) * (x_i - y_j))))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j |x_i - y_j| }
f(x, y) -> T for each i = sum_j(abs(x_i - y_j))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j|^4 }
f(x, y) -> T for each i = sum_j(sum((x_i - y_j) * (x_i - y_j)) * sum((x_i - y_j) * (x_i - y_j)))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j 1 / |x_i - y_j|^3 }
f(x, y) -> T for each i = sum_j(1 / (sqrt(sum((x_i - y_j) * (x_i - y_j))) * (sqrt(sum((x_i - y_j) * (x_i - y_j))) * sqrt(sum((x_i - y_j) * (x_i - y_j))))))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j|^-2 }
f(x, y) -> T for each i = sum_j(1 / sum((x_i - y_j) * (x_i - y_j)))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j |x_i - y_j|^2 }
f(x, y) -> T for each i = sum_j((x_i - y_j) * (x_i - y_j))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j|^1.5 }
f(x, y) -> T for each i = sum_j(pow(sqrt(sum((x_i - y_j) * (x_i - y_j))), 1.5))

pub fn f<T>(x_i: [[T; 2]; 2], y_j: [[T; 2]; 2]) -> T { sum_j |x_i - y_j|^2 }
f(x, y) -> T for each i = sum_j(sum((x_i - y_j) * (x_i - y_j)))
",
    );
}

#[test]
fn functions() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sigmoid(x_i - y_j) }
f(x, y) -> T for each i = sum_j(sigmoid(x_i - y_j))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j sigmoid(x_i - y_j) }
f(x, y) -> [T; 2] for each i = sum_j(sigmoid(x_i - y_j))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j min(x_i, y_j) + max(x_i, 0) * y_j }
                                                                       ^^^ `y_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `+`: write `sum_j (min(x_i, y_j) + max(x_i, 0) * y_j)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (min(x_i, y_j) + max(x_i, 0) * y_j) }
f(x, y) -> T for each i = sum_j(min(x_i, y_j) + y_j * max(0, x_i))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j clamp(x_i * y_j, -1, 1) }
f(x, y) -> [T; 2] for each i = sum_j(if -1 <= x_i * y_j { if 1 < x_i * y_j { 1 } else { x_i * y_j } } else { -1 })

pub fn f<T>(x_i: T, y_j: T, n: T) -> T { sum_j mod(x_i - y_j, n) }
f(x, y, n) -> T for each i = sum_j(x_i - y_j - n * floor((x_i - y_j) / n))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j sqdist(x_i, y_j) + norm(x_i) }
f(x, y) -> T for each i = sum_j(sum((x_i - y_j) * (x_i - y_j))) + sqrt(sum(x_i * x_i))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j normalize(x_i - y_j) }
f(x, y) -> [T; 2] for each i = sum_j((x_i - y_j) * rsqrt(sum((x_i - y_j) * (x_i - y_j))))

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j mean(x_i * y_j) }
f(x, y) -> T for each i = sum_j(sum(x_i * y_j)) / 3

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j ifelse(x_i - y_j, x_i, y_j) }
f(x, y) -> T for each i = sum_j(if 0 <= x_i - y_j { x_i } else { y_j })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sin(pi * x_i) * cos(tau * y_j) }
f(x, y) -> T for each i = sin(3.141592653589793 * x_i) * sum_j(cos(6.283185307179586 * y_j))
",
    );
}

#[test]
fn vectors_and_matrices() {
    cases(
        r"
pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j dot(x_i, y_j) }
f(x, y) -> T for each i = sum_j(sum(x_i * y_j))

pub fn f<T>(m_i: [[T; 3]; 2], y_j: [T; 3]) -> [T; 2] { sum_j m_i @ y_j }
f(m, y) -> [T; 2] for each i = sum_j(contract[kl,l->k](m_i, y_j))

pub fn f<T>(x_i: [T; 2], m_j: [[T; 3]; 2]) -> [T; 3] { sum_j x_i @ m_j }
f(x, m) -> [T; 3] for each i = sum_j(contract[k,kl->l](x_i, m_j))

pub fn f<T>(m_i: [[T; 3]; 2], n_j: [[T; 4]; 3]) -> [[T; 4]; 2] { sum_j m_i @ n_j }
f(m, n) -> [[T; 4]; 2] for each i = sum_j(contract[kl,lm->km](m_i, n_j))

pub fn f<T>(x_i: [T; 2], y_j: [T; 3]) -> [[T; 3]; 2] { sum_j outer(x_i, y_j) }
f(x, y) -> [[T; 3]; 2] for each i = sum_j(contract[k,l->kl](x_i, y_j))

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j sum(x_i * y_j) }
f(x, y) -> T for each i = sum_j(sum(x_i * y_j))

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> [[T; 2]; 3] { sum_j transpose(m_i) * y_j }
f(m, y) -> [[T; 2]; 3] for each i = m_i[0; 1,3] * sum_j(y_j)

pub fn f<T>(x_i: [T; 6], y_j: T) -> [[T; 3]; 2] { sum_j reshape(x_i, [2, 3]) * y_j }
f(x, y) -> [[T; 3]; 2] for each i = x_i[0; 3,1] * sum_j(y_j)

pub fn f<T>(x_i: [[[T; 2]; 2]; 2], y_j: [[[T; 2]; 2]; 2]) -> [[[T; 2]; 2]; 2] { sum_j x_i * y_j }
f(x, y) -> [[[T; 2]; 2]; 2] for each i = x_i * sum_j(y_j)
",
    );
}

#[test]
fn components() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j x_i[0] * y_j[2] }
f(x, y) -> T for each i = x_i[0; ] * sum_j(y_j[2; ])

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 2] { sum_j x_i[1..] * y_j[..2] }
f(x, y) -> [T; 2] for each i = x_i[1; 1] * sum_j(y_j[0; 1])

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> T { sum_j m_i[1, 2] * y_j }
f(m, y) -> T for each i = m_i[5; ] * sum_j(y_j)

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> [T; 3] { sum_j m_i[1] * y_j }
f(m, y) -> [T; 3] for each i = m_i[3; 1] * sum_j(y_j)

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> [T; 2] { sum_j m_i[.., 0] * y_j }
f(m, y) -> [T; 2] for each i = m_i[0; 3] * sum_j(y_j)

pub fn f<T>(m_i: [[T; 3]; 2], y_j: T) -> [[T; 2]; 1] { sum_j m_i[1..2, ..2] * y_j }
f(m, y) -> [[T; 2]; 1] for each i = m_i[3; 0,1] * sum_j(y_j)

pub fn f<T>(x_i: [T; 2], y_j: T) -> [T; 4] { sum_j [x_i, y_j, 1] }
f(x, y) -> [T; 4] for each i = sum_j([x_i, y_j, 1])

pub fn f<T>(m_i: [[T; 2]; 1], n_j: [[T; 2]; 2]) -> [[T; 2]; 3] { sum_j [m_i, n_j] }
f(m, n) -> [[T; 2]; 3] for each i = sum_j([m_i, n_j])

pub fn f<T>(x_i: T, y_j: T) -> [T; 3] { sum_j fill(x_i * y_j, 3) }
f(x, y) -> [T; 3] for each i = sum_j((x_i * y_j)[0; 0])

pub fn f<T>(x_i: T, y_j: T) -> [[T; 2]; 3] { sum_j fill(x_i * y_j, [3, 2]) }
f(x, y) -> [[T; 2]; 3] for each i = sum_j((x_i * y_j)[0; 0,0])

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j if i == j { zeros(3) } else { x_i - y_j } }
f(x, y) -> [T; 3] for each i = sum_j(if i == j { 0 } else { x_i - y_j })

pub fn f<T>(x_i: T, l_j: u32) -> [T; 3] { sum_j x_i * onehot(l_j, 3) }
f(x, l) -> [T; 3] for each i = x_i * sum_j([if l_j == 0 { 1 } else { 0 }, if l_j == 1 { 1 } else { 0 }, if l_j == 2 { 1 } else { 0 }])
",
    );
}

#[test]
fn wide_and_mixed() {
    cases(
        r"
pub fn f<T>(x_i: [T; 990], y_j: [T; 990]) -> (T, u32) { min_argmin_i(sum(exp(-(x_i + y_j)^2))) }
f(x, y) -> T, u32 for each j = min_i(sum(exp(neg((x_i + y_j) * (x_i + y_j))))); argmin_i(sum(exp(neg((x_i + y_j) * (x_i + y_j)))))

pub fn f<T>(p: [T; 2], x_i: [T; 3], y_j: [T; 3]) -> [T; 3] { sum_j dot(x_i, y_j)^2 * (p[0] * x_i + p[1] * y_j) }
f(p, x, y) -> [T; 3] for each i = sum_j(sum(x_i * y_j) * sum(x_i * y_j) * (x_i * p[0; ] + y_j * p[1; ]))

pub fn f<T>(x_i: T, y_j: T, p_i: T) -> (T, T) { let h = exp(-|x_i - y_j|^2) * p_i; (sum_j grad(h, p_i), -sum_j grad(h, x_i)) }
f(x, y, p) -> T, T for each i = sum_j(exp(neg((x_i - y_j) * (x_i - y_j)))); neg(sum_j((x_i - y_j) * exp(neg((x_i - y_j) * (x_i - y_j)))) * (-2 * p_i))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j square(x_i - y_j) - sum_j square(y_j) }
f(x, y) -> T for each i = sum_j((x_i - y_j) * (x_i - y_j)) - sum_j(y_j * y_j)
",
    );
}

#[test]
fn masks() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i > y_j && y_j >= 0 || !(x_i != 1) { x_i } else { y_j } }
f(x, y) -> T for each i = sum_j(if y_j < x_i && 0 <= y_j || !(x_i != 1) { x_i } else { y_j })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (x_i > y_j) * y_j }
f(x, y) -> T for each i = sum_j(y_j * if y_j < x_i { 1 } else { 0 })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i < y_j }
                                               ^^^ `y_j` varies with `j`, outside of `sum_j`
help: `sum_j` ends before `<`: write `sum_j (x_i < y_j)`

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j if x_i > y_j { 0 } else { y_j } }
f(x, y) -> [T; 2] for each i = sum_j(if y_j < x_i { 0 } else { y_j })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i > 0 { 1 } else if x_i < 0 { 2 } else { let t = x_i * y_j; t + 1 } }
f(x, y) -> T for each i = sum_j(if 0 < x_i { 1 } else { if x_i < 0 { 2 } else { 1 + x_i * y_j } })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if (if x_i > 0 { y_j > 1 } else { y_j < 1 }) { 1 } else { x_i } }
f(x, y) -> T for each i = sum_j(if 0 < x_i && 1 < y_j || !(0 < x_i) && y_j < 1 { 1 } else { x_i })

pub fn f<T>(x_i: T, y_j: T, l_i: u32, m_j: u32) -> T { sum_j if l_i == m_j { x_i * y_j } else { 0 } }
f(x, y, l, m) -> T for each i = sum_j(if l_i == m_j { x_i * y_j } else { 0 })

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j if l_j == 3 { x_i } else { float(l_j) } }
f(x, l) -> T for each i = sum_j(if l_j == 3 { x_i } else { float(l_j) })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if i - j < 2 && i != 0 { y_j } else { x_i } }
f(x, y) -> T for each i = sum_j(if i - j < 2 && i != 0 { y_j } else { x_i })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if i == j + 1 || 1 - i == j - 2 { y_j } else { x_i } }
f(x, y) -> T for each i = sum_j(if i == j - -1 || 1 - i == j - 2 { y_j } else { x_i })

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j float(i - j) * y_j }
f(x, y) -> T for each i = sum_j(y_j * float(i - j))

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if j == 7 { inf } else { -inf } }
f(x, y) -> T for each i = sum_j(if j == 7 { inf } else { -inf })

pub fn f<T>(x_i: T, l_j: u32) -> T { sum_j x_i * float(if x_i > 0 { l_j } else { 3 }) }
f(x, l) -> T for each i = x_i * sum_j(float(if 0 < x_i { l_j } else { 3 }))
",
    );
}
