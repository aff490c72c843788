//! What rustc prints for faulty formulas: the place, the remedy, and nothing else.
//!
//! `TRYBUILD=overwrite cargo test -p keops-tests --test ui` accepts what is printed.

use std::io::Write as _;
use std::process::Command;

/// The compiler whose wording the files in `ui/calls` have.
const RECORDED: &str = "1.95";

#[test]
fn faulty_formulas() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

/// These messages are rustc's own about our traits; their wording changes with its version.
#[test]
fn faulty_calls() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(&format!("rustc {RECORDED}.")) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the messages are those of rustc {RECORDED}, and this is {version}"
        );
        return;
    }
    trybuild::TestCases::new().compile_fail("ui/calls/*.rs");
}
