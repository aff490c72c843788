//! Sums relative to a shift: entries that rise and fall by more than the shift stands, in every order.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{Accumulate, Device, Level, keops};

keops! {
    fn lse<T>(x_i: T, y_j: T) -> T { logsumexp_j(x_i + y_j) }

    fn weighted<T>(x_i: T, y_j: T, w_j: T) -> T { logsumexp_j(x_i + y_j, w_j) }

    fn mean<T>(x_i: T, y_j: T, w_j: T) -> T { softmax_j(x_i + y_j, w_j) }

    fn means<T>(x_i: T, y_j: T, w_j: [T; 3]) -> [T; 3] { softmax_j(x_i * y_j, w_j) }

    fn several<T>(x_i: T, y_j: T) -> (T, T, T) {
        (max_j(x_i + y_j), logsumexp_j(x_i + y_j), logsumexp_j(2 * x_i * y_j))
    }

    fn apart<T>(x_i: [T; 2], y_j: [T; 2]) -> [T; 2] { logsumexp_j(x_i * y_j) }
}

/// `log Σ w e^x`, and the mean of the `w` with the weights `e^x`.
fn wanted(entries: &[f64], weights: &[f64]) -> (f64, f64) {
    let most = entries.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let share = |x: f64| if x == most { 1.0 } else { (x - most).exp() };
    let mass: f64 = entries.iter().map(|&x| share(x)).sum();
    let terms = entries.iter().zip(weights);
    let sum: f64 = terms.map(|(&x, w)| share(x) * w).sum();
    (most + sum.ln(), sum / mass)
}

/// The entries of `columns` columns, in several orders.
fn orders(columns: usize) -> Vec<Vec<f64>> {
    let each = |of: &dyn Fn(f64) -> f64| (0..columns).map(|j| of(j as f64)).collect();
    vec![
        each(&|j| 5.0 * j),
        each(&|j| -5.0 * j),
        each(&|j| 0.25 * j),
        each(&|j| 700.0 * (2.1 * j).sin()),
        each(&|j| if j % 13.0 == 12.0 { 90.0 + j } else { -j }),
        each(&|j| if j % 3.0 == 0.0 { f64::NEG_INFINITY } else { j }),
        // Nothing for more than a block of columns.
        each(&|j| {
            if j < 70.0 {
                f64::NEG_INFINITY
            } else {
                -3e2 - j
            }
        }),
        each(&|j| if j == 20.0 { 1e30 } else { j }),
        each(&|_| f64::NEG_INFINITY),
    ]
}

fn near(found: f64, expected: f64, what: &str) {
    let same = found == expected || found.is_nan() && expected.is_nan();
    assert!(
        same || (found - expected).abs() <= 1e-13 * expected.abs().max(1.0),
        "{what}: {found}, not {expected}"
    );
}

#[test]
fn a_shift_follows_the_largest_entry() {
    let x = [0.0, 1.0, -2.5, 300.0, 0.001];
    for columns in [1, 7, 8, 9, 64, 65, 72, 200] {
        let weights: Vec<f64> = (0..columns).map(|j| 1.5 + (j as f64).cos()).collect();
        let w3: Vec<[f64; 3]> = weights.iter().map(|&w| [w, 2.0 * w, -w]).collect();
        for (number, y) in orders(columns).iter().enumerate() {
            let mut first: Option<Vec<u64>> = None;
            for level in Level::available() {
                for way in [Accumulate::Blocked, Accumulate::Kahan] {
                    let what = format!("order {number} of {columns}, {level:?}, {way:?}");
                    macro_rules! run {
                        ($call:expr) => {
                            $call
                                .on(Device::Cpu)
                                .level(level)
                                .accumulate(way)
                                .run()
                                .unwrap()
                        };
                    }
                    let sums = run!(lse(&x, y));
                    let means3 = run!(means(&x, y, &w3));
                    let all = run!(several(&x, y));
                    let (of_weights, of_mean) =
                        (run!(weighted(&x, y, &weights)), run!(mean(&x, y, &weights)));
                    for (i, &x) in x.iter().enumerate() {
                        let entries: Vec<f64> = y.iter().map(|y| x + y).collect();
                        let (mass, average) = wanted(&entries, &weights);
                        let (plain, _) = wanted(&entries, &vec![1.0; columns]);
                        near(sums[i], plain, &what);
                        near(all.1[i], plain, &what);
                        let most = entries.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                        assert_eq!(all.0[i], most, "{what}");
                        near(of_weights[i], mass, &what);
                        let nothing = most == f64::NEG_INFINITY;
                        near(of_mean[i], if nothing { 0.0 } else { average }, &what);
                        // A product with 0 may be no number.
                        let products: Vec<f64> = y.iter().map(|y| x * y).collect();
                        if products.iter().all(|p| p.is_finite()) {
                            let (_, average) = wanted(&products, &weights);
                            near(means3[i][0], average, &what);
                            near(means3[i][2], -average, &what);
                        }
                    }
                    // With FMA, and one after the other, all levels give the same bits.
                    if way == Accumulate::Blocked && level != Level::Baseline {
                        let bits = sums.iter().chain(&of_mean).map(|x| x.to_bits()).collect();
                        assert_eq!(
                            *first.get_or_insert_with(|| Vec::clone(&bits)),
                            bits,
                            "{what}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn each_component_has_its_own_shift() {
    let x = [[1.0, -1.0], [0.5, 2.0]];
    let y: Vec<[f64; 2]> = (0..150)
        .map(|j| [j as f64, (j as f64 * 0.7).sin() * 40.0])
        .collect();
    let found = apart(&x, &y).on(Device::Cpu).run().unwrap();
    for (x, found) in x.iter().zip(found) {
        for k in 0..2 {
            let entries: Vec<f64> = y.iter().map(|y| x[k] * y[k]).collect();
            near(found[k], wanted(&entries, &[1.0; 150]).0, "a component");
        }
    }
}

#[test]
fn what_is_no_number_goes_through() {
    let mut y: Vec<f64> = (0..100).map(f64::from).collect();
    y[40] = f64::NAN;
    let x = [0.0, 1.0];
    assert!(
        lse(&x, &y)
            .on(Device::Cpu)
            .run()
            .unwrap()
            .iter()
            .all(|a| a.is_nan())
    );
    y[40] = f64::INFINITY;
    let found = lse(&x, &y).on(Device::Cpu).run().unwrap();
    assert!(found.iter().all(|a| *a == f64::INFINITY), "{found:?}");
}
