//! The error of sums of 10⁶ terms, as the options promise it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use keops::{Accumulate, Device, keops};
use keops_tests::noise;

/// Terms of a sum.
const N: usize = 1_000_000;

keops! {
    fn total<T>(x_i: T, t_j: T) -> T { sum_j min(t_j, x_i) }

    fn mass<T>(x_i: T, t_j: T) -> T { logsumexp_j(min(t_j, x_i)) }

    fn attention<T>(x_i: T, t_j: T, v_j: [T; 2]) -> [T; 2] { softmax_j(min(t_j, x_i), v_j) }
}

/// The sum of terms and what it lacks, each sum and error exact (Knuth).
fn exact(terms: &[f64]) -> (f64, f64) {
    let (mut high, mut low) = (0.0_f64, 0.0_f64);
    for &term in terms {
        let sum = high + term;
        let part = sum - high;
        low += (high - (sum - part)) + (term - part);
        high = sum;
    }
    (high, low)
}

/// A found sum's distance to the exact one.
fn error(found: f64, (high, low): (f64, f64)) -> f64 {
    ((found - high) - low).abs()
}

/// Kinds of terms.
fn kinds() -> [(&'static str, Vec<f64>); 4] {
    let noise = noise(N, 1);
    let cancelling = |k: usize| {
        let large = 1e3 * (1.0 + noise[k / 2].abs());
        if k.is_multiple_of(2) {
            large
        } else {
            -large + 1e-3 * noise[k]
        }
    };
    [
        ("one sign", noise.iter().map(|x| x.abs()).collect()),
        ("equal", vec![0.1; N]),
        ("mixed sign", noise.clone()),
        ("cancelling", (0..N).map(cancelling).collect()),
    ]
}

const WAYS: [Accumulate; 3] = [Accumulate::Blocked, Accumulate::Kahan, Accumulate::F64];

/// Errors are within what is promised: of the sum `s` of terms whose sizes sum to `sizes`.
fn promised(way: Accumulate, unit: f64, s: f64, sizes: f64) -> f64 {
    match way {
        // Blocks of 64: at most 32 half units in the last place of a block's size each.
        Accumulate::Blocked => 16.0 * unit * sizes,
        Accumulate::Kahan => 4.0 * unit * sizes,
        Accumulate::F64 => unit * s.abs() + 4.0 * N as f64 * unit * unit * sizes,
    }
}

#[test]
fn sums() {
    for (kind, terms) in kinds() {
        let terms32: Vec<f32> = terms.iter().map(|&t| t as f32).collect();
        let rounded: Vec<f64> = terms32.iter().map(|&t| f64::from(t)).collect();
        let (exact32, exact64) = (exact(&rounded), exact(&terms));
        let sizes: f64 = terms.iter().map(|t| t.abs()).sum();
        for way in WAYS {
            let single = total(&[1e9_f32; 2], &terms32)
                .on(Device::Cpu)
                .accumulate(way);
            let single = f64::from(single.run().unwrap()[1]);
            let double = total(&[1e9_f64; 2], &terms).on(Device::Cpu).accumulate(way);
            let double = double.run().unwrap()[1];
            let errors = [error(single, exact32), error(double, exact64)];
            println!(
                "{kind}, {way:?}: f32 {:.1e}, f64 {:.1e} of the sum of sizes; f32 {:.1e} of the sum",
                errors[0] / sizes,
                errors[1] / sizes,
                errors[0] / exact32.0.abs()
            );
            for (error, unit) in errors
                .into_iter()
                .zip([f64::from(f32::EPSILON), f64::EPSILON])
            {
                let most = promised(way, unit / 2.0, exact64.0, sizes);
                assert!(
                    error <= most,
                    "{kind}, {way:?}: {error:e}, promised {most:e}"
                );
            }
            if kind == "one sign" || kind == "equal" {
                assert!(
                    errors[0] < 1e-6 * exact32.0,
                    "{kind}, {way:?}: {:e}",
                    errors[0]
                );
            }
        }
    }
}

#[test]
fn masses() {
    // The mass is a sum: 10⁶ terms near 1 of which none may be lost.
    let terms: Vec<f64> = noise(N, 2)
        .iter()
        .map(|x| f64::from((1e-2 * x) as f32))
        .collect();
    let terms32: Vec<f32> = terms.iter().map(|&t| t as f32).collect();
    let values: Vec<[f32; 2]> = terms32.iter().map(|&t| [1.0, t]).collect();
    let wanted = exact(&terms.iter().map(|t| t.exp()).collect::<Vec<_>>()).0;
    let weighted = exact(&terms.iter().map(|t| t * t.exp()).collect::<Vec<_>>()).0;
    for way in WAYS {
        let found = mass(&[1e9_f32], &terms32).on(Device::Cpu).accumulate(way);
        let found = found.run().unwrap()[0];
        let error = (f64::from(found) - wanted.ln()).abs();
        let means = attention(&[1e9_f32], &terms32, &values)
            .on(Device::Cpu)
            .accumulate(way);
        let [one, mean] = means.run().unwrap()[0];
        let of_mean = (f64::from(mean) - weighted / wanted).abs();
        println!("{way:?}: logsumexp {error:.1e}, softmax {of_mean:.1e}");
        // Half a unit in the last place of 13.8 is 4.8e-7.
        assert!(error < 1e-6, "{way:?}: {error:e}");
        assert!((one - 1.0).abs() < 2e-7, "{way:?}: {one}");
        assert!(of_mean < 1e-9, "{way:?}: {of_mean:e}");
    }
}
