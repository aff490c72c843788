//! Empty axes, sizes, NaN and infinities, ties, singular points.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{Error, NO_INDEX, every, keops};
use keops_tests::{agree, cloud, noise};

keops! {
    /// Sum.
    pub fn total<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
    /// Log-sum-exp.
    pub fn lse<T>(x_i: T, y_j: T) -> T { logsumexp_j(x_i + y_j) }
    /// Weighted.
    pub fn lsew<T>(x_i: T, y_j: T, w_j: T) -> T { logsumexp_j(x_i + y_j, w_j) }
    /// Selections.
    pub fn select<T>(x_i: T, y_j: T) -> (T, u32, T, u32) {
        let (a, k) = min_argmin_j(x_i + y_j);
        let (b, l) = max_argmax_j(x_i + y_j);
        (a, k, b, l)
    }
    /// Masked least.
    pub fn masked<T>(x_i: T, y_j: T) -> (T, u32) { min_argmin_j(if y_j > x_i { y_j } else { inf }) }
    /// Masked sum.
    pub fn masked_sum<T>(x_i: T, y_j: T) -> T { sum_j (if y_j > x_i { y_j } else { 0 }) }
    /// Numbers before NaN.
    pub fn numbers<T>(x_i: T, y_j: T) -> [T; 4] { [min(x_i, 2), max(x_i, 2), relu(x_i), clamp(x_i, 0, 1)] + 0 * sum_j y_j }
    /// Squares and norms.
    pub fn norms<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j| }
    /// Cube of norm.
    pub fn norms3<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j |x_i - y_j|^3 }
    /// Roots.
    pub fn roots<T>(x_i: T, y_j: T) -> T { sum_j (sqrt(x_i * y_j) + rsqrt(x_i * y_j)) }
    /// Directions.
    pub fn directions<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { sum_j normalize(x_i - y_j) }
    /// A branch.
    pub fn safe<T>(x_i: T, y_j: T) -> T { sum_j (if y_j != 0 { x_i / y_j } else { 0 }) }
    /// Powers.
    pub fn powers<T>(x_i: T, y_j: T) -> [T; 3] { sum_j [x_i^0, x_i^-1, (0 * x_i - 2)^0.5] + 0 * y_j }
    /// Subnormal.
    pub fn tiny<T>(x_i: T, y_j: T) -> T { sum_j exp(x_i + y_j) }
    /// One-hot.
    pub fn hot<T>(l_j: u32, x_i: T) -> [T; 3] { sum_j onehot(l_j, 3) + 0 * x_i }
}

#[test]
fn empty_axes() -> Result<(), Error> {
    let none: Vec<f64> = Vec::new();
    let one = [0.5];
    assert_eq!(total(&one, &none).run()?, [0.0]);
    assert_eq!(total(&none, &one).run()?, none);
    assert_eq!(total(&none, &none).run()?, none);
    assert_eq!(total(&one, &none).grad_y(&one).run()?, none);
    assert_eq!(total(&one, &none).grad_x(&one).run()?, [0.0]);
    assert_eq!(total(&none, &one).grad_y(&none).run()?, [0.0]);
    assert_eq!(lse(&one, &none).run()?, [f64::NEG_INFINITY]);
    assert_eq!(lse(&one, &none).grad_x(every(1.0)).run()?, [0.0]);
    assert_eq!(lse(&none, &one).grad_y(&none).run()?, [0.0]);
    assert_eq!(
        select(&one, &none).run()?,
        (
            vec![f64::INFINITY],
            vec![NO_INDEX],
            vec![f64::NEG_INFINITY],
            vec![NO_INDEX]
        )
    );
    assert_eq!(
        select(&one, &none).grad_x((every(1.0), every(1.0))).run()?,
        [0.0]
    );
    assert_eq!(select(&none, &one).grad_y((&none, &none)).run()?, [0.0]);
    assert_eq!(norms(&[[1.0, 2.0]], &Vec::<[f64; 2]>::new()).run()?, [0.0]);
    Ok(())
}

#[test]
fn sizes() -> Result<(), Error> {
    for m in [1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 129, 255, 257, 1025] {
        for n in [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000] {
            let (x, y) = (noise(m, 1), noise(n, 2));
            let s: f64 = y.iter().sum();
            let want: Vec<f64> = x.iter().map(|x| x * s).collect();
            agree("total", &total(&x, &y).run()?, &want, 1e-13);
            let (a, k, b, l) = select(&x, &y).run()?;
            for i in 0..m {
                let at = (0..n).min_by(|p, q| (x[i] + y[*p]).total_cmp(&(x[i] + y[*q])));
                assert_eq!(k[i], at.map_or(NO_INDEX, |k| k as u32));
                assert_eq!(a[i], at.map_or(f64::INFINITY, |k| x[i] + y[k]));
                let at = (0..n)
                    .rev()
                    .max_by(|p, q| (x[i] + y[*p]).total_cmp(&(x[i] + y[*q])));
                assert_eq!(l[i], at.map_or(NO_INDEX, |k| k as u32));
                assert_eq!(b[i], at.map_or(f64::NEG_INFINITY, |k| x[i] + y[k]));
            }
        }
    }
    Ok(())
}

#[test]
fn not_numbers_and_infinities() -> Result<(), Error> {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert!(total(&[1.0], &[1.0, nan]).run()?[0].is_nan());
    assert_eq!(total(&[1.0], &[1.0, inf]).run()?, [inf]);
    assert!(total(&[1.0], &[-inf, inf]).run()?[0].is_nan());
    assert_eq!(lse(&[0.0], &[-inf, -inf]).run()?, [-inf]);
    assert_eq!(lse(&[0.0], &[-inf, -inf]).grad_y(&[1.0]).run()?, [0.0, 0.0]);
    assert_eq!(lse(&[0.0], &[-inf, 2.0]).run()?, [2.0]);
    assert_eq!(lse(&[0.0], &[-inf, 2.0]).grad_y(&[1.0]).run()?, [0.0, 1.0]);
    assert_eq!(lse(&[0.0], &[inf, 2.0]).run()?, [inf]);
    assert!(lse(&[0.0], &[nan, 2.0]).run()?[0].is_nan());
    agree(
        "large",
        &lse(&[1000.0], &[1000.0, 1000.0]).run()?,
        &vec![2000.0 + 2f64.ln()],
        1e-14,
    );
    agree(
        "small",
        &lse(&[-1000.0], &[-1000.0, -1000.0]).run()?,
        &vec![-2000.0 + 2f64.ln()],
        1e-14,
    );
    assert_eq!(lsew(&[0.0], &[1.0, 1.0], &[0.0, 0.0]).run()?, [-inf]);
    assert_eq!(lsew(&[0.0], &[1.0, 1.0], &[1.0, -1.0]).run()?, [-inf]);
    assert!(lsew(&[0.0f64], &[1.0, 1.0], &[1.0, -2.0]).run()?[0].is_nan());
    assert_eq!(
        select(&[0.0], &[nan, 3.0, -inf, inf]).run()?,
        (vec![-inf], vec![2], vec![inf], vec![3])
    );
    assert_eq!(
        select(&[0.0], &[nan, nan]).run()?,
        (vec![inf], vec![NO_INDEX], vec![-inf], vec![NO_INDEX])
    );
    assert_eq!(
        select(&[0.0], &[inf]).run()?,
        (vec![inf], vec![NO_INDEX], vec![inf], vec![0])
    );
    assert_eq!(
        select(&[0.0], &[nan, 1.0])
            .grad_y((every(1.0), every(10.0)))
            .run()?,
        [0.0, 11.0]
    );
    assert_eq!(
        select(&[0.0], &[nan, nan])
            .grad_y((every(1.0), every(10.0)))
            .run()?,
        [0.0, 0.0]
    );
    assert_eq!(
        select(&[nan, 0.0], &[1.0, 2.0])
            .grad_x((every(1.0), every(10.0)))
            .run()?,
        [0.0, 11.0]
    );
    assert_eq!(
        masked(&[0.0, 5.0], &[1.0, -1.0, 3.0]).run()?,
        (vec![1.0, inf], vec![0, NO_INDEX])
    );
    assert_eq!(
        masked(&[0.0, 5.0], &[1.0, -1.0, 3.0])
            .grad_y(every(1.0))
            .run()?,
        [1.0, 0.0, 0.0]
    );
    assert_eq!(masked_sum(&[0.0, 5.0], &[1.0, nan, 3.0]).run()?, [4.0, 0.0]);
    assert_eq!(numbers(&[nan], &[1.0]).run()?[0], [2.0, 2.0, 0.0, 0.0]);
    assert_eq!(tiny(&[-700.0], &[-20.0]).run()?, [0.0]);
    assert_eq!(tiny(&[-90.0f32], &[-10.0]).run()?, [0.0]);
    assert_eq!(tiny(&[800.0], &[-inf, 0.0]).run()?, [inf]);
    Ok(())
}

#[test]
fn ties() -> Result<(), Error> {
    let y = [2.0, 1.0, 1.0, 3.0, 3.0];
    assert_eq!(
        select(&[0.0], &y).run()?,
        (vec![1.0], vec![1], vec![3.0], vec![3])
    );
    assert_eq!(
        select(&[0.0], &y).grad_y((every(1.0), every(10.0))).run()?,
        [0.0, 1.0, 0.0, 10.0, 0.0]
    );
    let many = vec![1.0f32; 1000];
    assert_eq!(select(&[0.0], &many).run()?.1, [0]);
    Ok(())
}

#[test]
fn singular_points() -> Result<(), Error> {
    let x = [[1.0, 2.0]];
    assert_eq!(norms(&x, &x).grad_x(&[1.0]).run()?, [[0.0, 0.0]]);
    assert_eq!(norms3(&x, &x).grad_y(&[1.0]).run()?, [[0.0, 0.0]]);
    assert_eq!(directions(&x, &x).run()?, [[0.0, 0.0]]);
    assert_eq!(
        directions(&x, &x).grad_x(&[[1.0, 1.0]]).run()?,
        [[0.0, 0.0]]
    );
    assert_eq!(roots(&[0.0], &[1.0]).run()?, [0.0]);
    assert_eq!(roots(&[0.0], &[1.0]).grad_x(&[1.0]).run()?, [0.0]);
    assert_eq!(safe(&[1.0], &[0.0, 2.0]).run()?, [0.5]);
    assert_eq!(
        safe(&[1.0], &[0.0, 2.0]).grad_y(&[1.0]).run()?,
        [0.0, -0.25]
    );
    let p = powers(&[0.0], &[1.0]).run()?;
    assert_eq!(p[0][..2], [1.0, f64::INFINITY]);
    assert!(p[0][2].is_nan());
    assert_eq!(
        hot(&[0, 2, 7, u32::MAX, 2], &[1.0]).run()?,
        [[1.0, 0.0, 2.0]]
    );
    Ok(())
}

#[test]
fn long_sums() -> Result<(), Error> {
    let n = 1_000_000;
    let y = vec![0.1f32; n];
    let got = total(&[1.0f32], &y).run()?[0] as f64;
    let want = n as f64 * 0.1f32 as f64;
    assert!((got - want).abs() < 1e-6 * want, "{got} {want}");
    Ok(())
}

#[test]
fn the_same_bits_for_any_split() -> Result<(), Error> {
    let x: Vec<[f64; 2]> = cloud(3000, 1);
    let y: Vec<[f64; 2]> = cloud(500, 2);
    let all = norms(&x, &y).run()?;
    assert_eq!(norms(&x[100..1100], &y).run()?, all[100..1100]);
    Ok(())
}
