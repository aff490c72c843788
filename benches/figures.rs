//! The README's table: nanoseconds per pair, beside PyKeOps and a plain loop, in one run.
//!
//! `cargo bench` measures; with PyKeOps installed by `tools/pykeops-venv` it is measured in turn with
//! each formula, on the same number of threads. Every figure is the best of several runs on all
//! threads; the last column is PyKeOps' time over ours.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use keops::{Level, every, keops};

keops! {
    /// A Gaussian sum.
    pub fn gauss3<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }
    /// A Gaussian sum.
    pub fn gauss16<T>(x_i: [T; 16], y_j: [T; 16], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }
    /// A Gaussian sum.
    pub fn gauss64<T>(x_i: [T; 64], y_j: [T; 64], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }
    /// A Gaussian sum.
    pub fn gauss256<T>(x_i: [T; 256], y_j: [T; 256], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }
    /// A Gaussian sum of wide values.
    pub fn wide<T>(x_i: [T; 3], y_j: [T; 3], b_j: [T; 16]) -> [T; 16] { sum_j exp(-|x_i - y_j|^2) * b_j }
    /// The logarithm of a sum of Gaussians.
    pub fn lse<T>(x_i: [T; 3], y_j: [T; 3]) -> T { logsumexp_j(-|x_i - y_j|^2) }
    /// The nearest point.
    pub fn nearest<T>(x_i: [T; 3], y_j: [T; 3]) -> u32 { argmin_j(|x_i - y_j|^2) }
    /// The ten nearest points.
    pub fn neighbours<T>(x_i: [T; 3], y_j: [T; 3]) -> [u32; 10] { argkmin_j(10, |x_i - y_j|^2) }
    /// A mean with weights.
    pub fn attention<T>(x_i: [T; 3], y_j: [T; 3], b_j: [T; 16]) -> [T; 16] { softmax_j(-|x_i - y_j|^2, b_j) }
}

/// Points in the unit cube, remade by benches/peer.py in the same distribution.
fn points<const D: usize>(count: usize, seed: u64) -> Vec<[f64; D]> {
    let mut state = seed;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..count)
        .map(|_| std::array::from_fn(|_| uniform()))
        .collect()
}

fn single<const D: usize>(points: &[[f64; D]]) -> Vec<[f32; D]> {
    points.iter().map(|p| p.map(|c| c as f32)).collect()
}

fn flat(points: Vec<[f64; 1]>) -> Vec<f64> {
    points.into_iter().flatten().collect()
}

/// The best time of several runs, in ns per pair.
fn best(pairs: f64, mut run: impl FnMut()) -> f64 {
    run();
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    let mut runs = 0;
    while runs < 3 || (begin.elapsed().as_secs_f64() < 1.0 && runs < 50) {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best * 1e9 / pairs
}

/// PyKeOps in a child process that answers one line per formula.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Option<Peer> {
        let python = std::env::var("KEOPS_PYTHON").unwrap_or_else(|_| {
            concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/pykeops/bin/python").to_string()
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let input = child.stdin.take()?;
        let output = BufReader::new(child.stdout.take()?);
        Some(Peer {
            child,
            input,
            output,
        })
    }

    /// Its figure for a formula, in ns per pair, and the seconds of its first call.
    fn measure(&mut self, name: &str) -> Option<(f64, f64)> {
        writeln!(self.input, "{name}").ok()?;
        let mut line = String::new();
        while self.output.read_line(&mut line).ok()? > 0 {
            if let Some(rest) = line.strip_prefix("figure ") {
                let mut fields = rest.split_whitespace().map(str::parse::<f64>);
                return Some((fields.next()?.ok()?, fields.next()?.ok()?));
            }
            line.clear();
        }
        None
    }
}

fn main() {
    let (m, n) = (20_000, 20_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "best level: {}, {threads} threads, {m} × {n} pairs (D = 256: 2,000 × 2,000)",
        Level::best()
    );
    let mut peer = Peer::start();
    if peer.is_none() {
        println!("PyKeOps is not measured: tools/pykeops-venv installs it");
    }
    println!("\n| formula | ns per pair | PyKeOps | first call of PyKeOps | ratio |");
    println!("|---|---|---|---|---|");
    let mut row = |name: &str, title: &str, pairs: f64, run: &mut dyn FnMut()| {
        let own = best(pairs, run);
        match peer.as_mut().and_then(|peer| peer.measure(name)) {
            Some((other, first)) => println!(
                "| {title} | {own:.3} | {other:.2} | {first:.1} s | {:.1} |",
                other / own
            ),
            None => println!("| {title} | {own:.3} | – | – | – |"),
        }
    };

    let pairs = (m * n) as f64;
    let (x, y) = (points::<3>(m, 1), points::<3>(n, 2));
    let b = flat(points::<1>(n, 3));
    let (xs, ys) = (single(&x), single(&y));
    let bs: Vec<f32> = b.iter().map(|&b| b as f32).collect();
    let call = gauss3(&xs, &ys, &bs);
    row("gauss3", "Gaussian sum, D = 3, f32", pairs, &mut || {
        drop(call.run())
    });
    for level in Level::available() {
        let title = format!("… level {level}");
        row("-", &title, pairs, &mut || drop(call.level(level).run()));
    }
    row("gauss3_f64", "Gaussian sum, D = 3, f64", pairs, &mut || {
        drop(gauss3(&x, &y, &b).run())
    });
    row("gauss3_grad", "its gradient by x, f32", pairs, &mut || {
        drop(call.grad_x(every(1.0)).run());
    });
    row("lse", "logsumexp, D = 3, f32", pairs, &mut || {
        drop(lse(&xs, &ys).run())
    });
    row("nearest", "argmin, D = 3, f32", pairs, &mut || {
        drop(nearest(&xs, &ys).run())
    });
    row(
        "neighbours",
        "the 10 nearest, D = 3, f32",
        pairs,
        &mut || drop(neighbours(&xs, &ys).run()),
    );
    let bw = single(&points::<16>(n, 4));
    row(
        "attention",
        "softmax, D = 3, b of 16, f32",
        pairs,
        &mut || drop(attention(&xs, &ys, &bw).run()),
    );
    row(
        "wide",
        "Gaussian sum, D = 3, b of 16, f32",
        pairs,
        &mut || drop(wide(&xs, &ys, &bw).run()),
    );
    let (x, y) = (single(&points::<16>(m, 5)), single(&points::<16>(n, 6)));
    row("gauss16", "Gaussian sum, D = 16, f32", pairs, &mut || {
        drop(gauss16(&x, &y, &bs).run())
    });
    let (x, y) = (single(&points::<64>(m, 7)), single(&points::<64>(n, 8)));
    row("gauss64", "Gaussian sum, D = 64, f32", pairs, &mut || {
        drop(gauss64(&x, &y, &bs).run())
    });
    let (x, y) = (
        single(&points::<256>(2000, 9)),
        single(&points::<256>(2000, 10)),
    );
    row("gauss256", "Gaussian sum, D = 256, f32", 4e6, &mut || {
        drop(gauss256(&x, &y, &bs[..2000]).run());
    });

    // What a user writes first.
    let plain = best(1e6, || {
        let sums: Vec<f32> = xs[..1000]
            .iter()
            .map(|x| {
                let term = |(y, b): (&[f32; 3], &f32)| {
                    let d2: f32 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
                    (-d2).exp() * b
                };
                ys[..1000].iter().zip(&bs).map(term).sum()
            })
            .collect();
        std::hint::black_box(sums);
    });
    println!("| a plain loop over `f32::exp`, one thread | {plain:.3} | | | |");

    if let Some(mut peer) = peer {
        drop(peer.input);
        let _ = peer.child.wait();
    }
}
