//! Tests: every check, every instruction's value, and text that rustc made.

mod checks;
mod integers;
mod rustc;
mod syntax;
mod values;

use super::{Buffer, Error, ErrorKind, Launch, Module, Param};

const HEADER: &str = ".version 7.0\n.target sm_70\n.address_size 64\n";

/// A kernel `k` with pointers `x` and `y`, a number `n` and plenty of registers.
fn kernel(body: &str) -> String {
    format!(
        "{HEADER}.visible .entry k(.param .u64 x, .param .u64 y, .param .u32 n)\n{{\n\
         .reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 %r<16>;\n.reg .b64 %rd<16>;\n\
         .reg .f32 %f<16>;\n.reg .f64 %d<16>;\n.shared .align 16 .b8 tile[256];\n\
         .local .align 8 .b8 own[16];\n{body}\nret;\n}}\n"
    )
}

/// Runs `k` on blocks of `threads`, with 64 u32 in `x` and room for 64 in `y`.
fn run(body: &str, grid: u32, threads: u32) -> Result<Vec<u32>, Error> {
    let module = Module::parse(&kernel(body))?;
    let numbers: Vec<u32> = (0..64).collect();
    let mut launch = Launch::new("k", grid, threads)
        .buffer(Buffer::input(&numbers))
        .buffer(Buffer::output::<u32>(64))
        .param(Param::U32(64));
    launch.limit = 100_000;
    module.launch(&mut launch)?;
    Ok(launch.buffers[1].read().unwrap_or_default())
}

/// The error of `k`, which must blame the line that holds `blamed`.
fn fails(body: &str, threads: u32, kind: ErrorKind, blamed: &str) -> Error {
    let error = run(body, 1, threads).expect_err("an error");
    assert_eq!(error.kind, kind, "{error}");
    let line = kernel(body)
        .lines()
        .position(|line| line.contains(blamed))
        .expect("the line")
        + 1;
    assert_eq!(error.line, line, "{error}");
    assert!(
        blamed.starts_with(&error.text) || error.text.contains(blamed),
        "{error}"
    );
    error
}
