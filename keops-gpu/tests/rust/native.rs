//! The Rust source run by the CPU, with a thread for each thread of the GPU.

use crate::agree::wide;
use crate::cases::{cases, kernels};
use crate::data::Call;
use keops_gpu::interpret::Module;
use keops_gpu::{ptx, rust};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds the program.
fn build(source: &str) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, program) = (
        folder.join("native.rs"),
        folder.join(format!("native{}", std::env::consts::EXE_SUFFIX)),
    );
    std::fs::write(&file, source).map_err(|error| error.to_string())?;
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args([
            "--edition=2021",
            "-Copt-level=1",
            "-Coverflow-checks=off",
            "-o",
        ])
        .args([&program, &file])
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Ok(program)
}

/// The outputs' words.
fn run(program: &Path, call: &Call<'_>) -> Vec<Vec<u32>> {
    let mut input = Vec::new();
    let mut buffer = |bytes: &[u8]| {
        input.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        input.extend_from_slice(bytes);
    };
    call.input_bytes().iter().for_each(|bytes| buffer(bytes));
    // What is not written is NaN.
    call.outputs()
        .iter()
        .for_each(|(_, words)| buffer(&vec![0xff; 4 * words]));
    // No tasks.
    [0; 4].iter().for_each(|_| buffer(&[]));
    call.sizes()
        .iter()
        .for_each(|size| input.extend_from_slice(&size.to_le_bytes()));
    let mut child = Command::new(program)
        .args([&call.case.kernel.name, &call.blocks().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&input)
        .expect("read");
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{}", call.case.kernel.name);
    let mut rest = output.stdout.as_slice();
    let mut results = Vec::new();
    for (_, words) in call.outputs() {
        let (own, others) = rest.split_at((4 * words).next_multiple_of(16));
        rest = others;
        let word = |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        results.push(own[..4 * words].chunks(4).map(word).collect());
    }
    results
}

#[test]
fn native_and_printed_agree() {
    let cases = cases(|name| !wide(name));
    let kernels = kernels(&cases);
    let program = match build(&rust::host_program(&kernels)) {
        Ok(program) => program,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "skipped: no rustc: {reason}");
            return;
        }
    };
    let printed = Module::parse(&ptx::module(&kernels)).expect("parses");
    for case in &cases {
        for (rows, columns) in [(130, 70), (2, 0)] {
            let call = Call::new(case, rows, columns);
            let expected = call.run(&printed).unwrap_or_else(|error| panic!("{error}"));
            let found = run(&program, &call);
            call.same("printed and native", &expected, &found);
            call.check(&found);
        }
    }
}
