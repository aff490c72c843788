//! What the inner loops of some kernels cost: instructions of sm_90 per pair, as ptxas makes them.
//!
//! An instruction takes an issue slot, of which a multiprocessor has four in a cycle, whatever else
//! limits it: the fewer, the faster.
#![allow(missing_docs, reason = "a test")]

#[allow(
    dead_code,
    reason = "its other part is for the tests that assemble everything"
)]
#[path = "../../keops-gpu/tests/kernels/ptxas.rs"]
mod ptxas;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use keops_compiler::calls::calls;
use keops_compiler::check;
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::parse;
use keops_gpu::{ptx, scheme};
use keops_program::arith::Precision;
use keops_program::schedule::Schedule;

const GAUSSIAN: &str =
    "fn f<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }";
const LOGSUMEXP: &str = "fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { logsumexp_j(-|x_i - y_j|^2) }";
const WIDE_16: &str =
    "fn f<T>(x_i: [T; 16], y_j: [T; 16], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }";
const WIDE_64: &str =
    "fn f<T>(x_i: [T; 64], y_j: [T; 64], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }";
const VECTORS: &str = "fn f<T>(x_i: [T; 3], y_j: [T; 3], b_j: [T; 16]) -> [T; 16] \
    { sum_j exp(-|x_i - y_j|^2) * b_j }";
const INVERSE: &str =
    "fn f<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> T { sum_j rsqrt(|x_i - y_j|^2 + 1) * b_j }";

/// A name, a formula, the method that is called, the instruction that each pair has once, and the most
/// instructions that a pair may take.
const BOUNDS: [(&str, &str, &str, &str, f64); 7] = [
    ("gaussian", GAUSSIAN, "value", "MUFU.EX2", 9.5),
    ("gradient", GAUSSIAN, "grad_x", "MUFU.EX2", 13.4),
    ("logsumexp", LOGSUMEXP, "value", "MUFU.EX2", 11.7),
    ("gaussian_16", WIDE_16, "value", "MUFU.EX2", 43.5),
    ("gaussian_64", WIDE_64, "value", "MUFU.EX2", 152.0),
    ("gaussian_3_16", VECTORS, "value", "MUFU.EX2", 32.5),
    ("inverse", INVERSE, "value", "MUFU.RSQ", 11.7),
];

/// The schedule of a method of a formula.
fn schedule(item: &str, method: &str) -> Schedule {
    let mut diagnostics = Diagnostics::new();
    let tokens = proc_macro2::TokenStream::from_str(item).expect("tokens");
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.and_then(|input| check::check(&input, &mut diagnostics));
    let calls = calls(&checked.expect("a formula")[0]);
    let call = calls.list.iter().find(|call| call.method == method);
    match call {
        Some(call) => call.schedule.clone(),
        None if method == "value" => calls.list[0].schedule.clone(),
        None => panic!("no {method}"),
    }
}

/// The instructions of a loop, by the places of the first and the last.
#[derive(Clone, Copy, PartialEq)]
struct Loop {
    first: usize,
    last: usize,
}

impl Loop {
    fn holds(&self, other: &Loop) -> bool {
        self != other && self.first <= other.first && other.last <= self.last
    }
}

/// Instructions per pair in the loop that has most of the pairs, without loops inside of it.
fn slots(listing: &str, pair: &str) -> Option<f64> {
    let (mut instructions, mut labels) = (Vec::new(), Vec::new());
    for line in listing.lines().map(str::trim) {
        if let Some(label) = line.strip_suffix(':').filter(|l| l.starts_with(".L_")) {
            labels.push((label.to_owned(), instructions.len()));
        } else if line.starts_with("/*") && line.contains(';') {
            let text = line.split_once("*/").map_or("", |(_, text)| text).trim();
            instructions.push(text.to_owned());
        }
    }
    let mut loops = Vec::new();
    for (last, text) in instructions.iter().enumerate() {
        let Some((_, to)) = text.split_once("BRA") else {
            continue;
        };
        let target = labels
            .iter()
            .find(|(label, _)| to.contains(&format!("({label})")));
        if let Some(&(_, first)) = target.filter(|(_, first)| *first <= last) {
            loops.push(Loop { first, last });
        }
    }
    // What a branch forwards jumps over is rarely done.
    let forwards = |k: usize| -> Option<usize> {
        let text = &instructions[k];
        let (_, to) = text.split_once("BRA").filter(|_| text.starts_with('@'))?;
        let target = labels
            .iter()
            .find(|(label, _)| to.contains(&format!("({label})")))?
            .1;
        (target > k).then_some(target)
    };
    let own = |l: &Loop| {
        let skips: Vec<(usize, usize)> = (l.first..=l.last)
            .filter_map(|k| forwards(k).map(|to| (k, to)))
            .filter(|&(_, to)| to <= l.last)
            .collect();
        let rare = |k: usize| skips.iter().any(|&(from, to)| from < k && k < to);
        let inner: Vec<&Loop> = loops.iter().filter(|other| l.holds(other)).collect();
        let nested = |k: usize| inner.iter().any(|m| (m.first..=m.last).contains(&k));
        let own = (l.first..=l.last).filter(|&k| !nested(k) && !rare(k));
        let texts: Vec<&String> = own.map(|k| &instructions[k]).collect();
        let pairs = texts.iter().filter(|text| text.contains(pair)).count();
        (pairs, texts.len())
    };
    let (pairs, all) = loops.iter().map(own).max_by_key(|&(pairs, _)| pairs)?;
    (pairs > 0).then(|| all as f64 / pairs as f64)
}

/// The instructions that ptxas makes of a module.
fn listing(assembler: &OsStr, text: &str, name: &str) -> Option<String> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("slots_{name}.ptx"));
    std::fs::write(&file, text).ok()?;
    let cubin = file.with_extension("cubin");
    let made = Command::new(assembler)
        .args(["-v", "-arch", "sm_90", "-o"])
        .args([&cubin, &file])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    let registers = said.split_once("Used ").map_or("?", |(_, rest)| rest);
    println!("{name}: {}", registers.lines().next().unwrap_or_default());
    let disassembler = Path::new(assembler).with_file_name("nvdisasm");
    let output = Command::new(disassembler)
        .arg("-c")
        .arg(&cubin)
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn inner_loops_are_tight() {
    let skip = |why: &str| {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {why} (tools/ptxas-venv makes one)"
        );
    };
    let Some(assembler) = ptxas::find() else {
        return skip("no ptxas");
    };
    let mut faults = Vec::new();
    for (name, item, method, pair, most) in BOUNDS {
        let schedule = schedule(item, method);
        let pass = &schedule.passes[0];
        let kernel = scheme::kernel(pass, name, Precision::Single, false, name).expect("a kernel");
        let text = ptx::module(&[kernel]);
        let Some(listing) = listing(&assembler, &text, name) else {
            return skip("no nvdisasm");
        };
        let found = slots(&listing, pair).expect("a loop over pairs");
        let lines = text.lines().count();
        println!("{name}: {found:.2} slots per pair, {lines} lines of PTX");
        if found > most {
            faults.push(format!("{name}: {found:.2} slots per pair, at most {most}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
