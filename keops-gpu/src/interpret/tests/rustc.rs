//! PTX that rustc's nvptx64 back end made: a Gaussian sum in three dimensions.

use super::{Buffer, ErrorKind, Launch, Module, Param};

const TEXT: &str = include_str!("rustc_gaussian.ptx");

fn launch(m: usize, n: usize) -> (Launch, Vec<f64>) {
    let wave = |count: usize, step: f32| -> Vec<f32> {
        (0..count).map(|k| (k as f32 * step).sin()).collect()
    };
    let (x, y, b) = (wave(3 * m, 0.37), wave(3 * n, 0.73), wave(n, 0.11));
    let expected = x.chunks(3).map(|x| {
        let term = |(y, b): (&[f32], &f32)| {
            let square = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)).powi(2);
            (-x.iter().zip(y).map(square).sum::<f64>()).exp() * f64::from(*b)
        };
        y.chunks(3).zip(&b).map(term).sum()
    });
    // The prototype computes 2^(-|cx - cy|²) with c² = log2 e: e^(-|x - y|²).
    let expected = expected.collect();
    let launch = Launch::new("keops_gauss_fwd", m.div_ceil(256) as u32, 256)
        .buffer(Buffer::input(&x))
        .buffer(Buffer::input(&y))
        .buffer(Buffer::input(&b))
        .buffer(Buffer::output::<f32>(m))
        .param(Param::U32(m as u32))
        .param(Param::U32(n as u32));
    (launch, expected)
}

#[test]
fn values() {
    let module = Module::parse(TEXT).expect("parses");
    for (m, n) in [(1, 1), (255, 3), (257, 300), (300, 0)] {
        let (mut launch, expected) = launch(m, n);
        module.launch(&mut launch).expect("runs");
        let found: Vec<f32> = launch.buffers[3].read().expect("all written");
        for (found, expected) in found.iter().zip(expected) {
            let error = (f64::from(*found) - expected).abs();
            assert!(error <= 1e-5, "{found} {expected}");
        }
    }
}

#[test]
fn counts() {
    let (mut launch, _) = launch(256, 300);
    let report = Module::parse(TEXT)
        .expect("parses")
        .launch(&mut launch)
        .expect("runs");
    assert_eq!(report.count("ex2"), 256 * 300);
    assert_eq!(report.count("ld.shared.v4"), 256 * 300);
    assert_eq!(report.count("bar.sync"), 256 * 4);
}

/// Without either barrier the kernel is wrong, and the interpreter says so.
#[test]
fn either_barrier_is_needed() {
    let places: Vec<usize> = TEXT
        .match_indices("bar.sync 0;")
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        let text = format!("{}{}", &TEXT[..at], &TEXT[at + "bar.sync 0;".len()..]);
        let (mut launch, _) = launch(256, 600);
        let error = Module::parse(&text)
            .expect("parses")
            .launch(&mut launch)
            .expect_err("a race");
        assert!(
            matches!(error.kind, ErrorKind::Race | ErrorKind::Uninitialised),
            "{error}"
        );
    }
}

#[test]
fn a_short_input_is_out_of_bounds() {
    let (mut launch, _) = launch(10, 10);
    launch.buffers[1] = Buffer::input(&[0.0f32; 29]);
    let error = Module::parse(TEXT)
        .expect("parses")
        .launch(&mut launch)
        .expect_err("short");
    assert_eq!(error.kind, ErrorKind::OutOfBounds, "{error}");
    assert_eq!(error.text, "ld.b32 \t%r36, [%rd17]");
}
