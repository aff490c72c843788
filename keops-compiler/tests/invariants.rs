//! What ARCHITECTURE.md promises of the sources.

use std::path::{Path, PathBuf};

use keops_compiler::table::{COMPOSITES, REDUCTIONS};
use keops_program::op::Op;

/// The operations that the chain rule and the simplifier themselves need, and those that are made when
/// a program is written.
const HANDLES: [Op; 7] = [
    Op::Add,
    Op::Sub,
    Op::Mul,
    Op::Div,
    Op::Neg,
    Op::Guard,
    Op::Fma,
];

/// The passes, by the beginning of their files' paths.
const PASSES: [&str; 7] = [
    "simplify", "expand", "diff", "schedule", "lower", "calls", "emit",
];

/// The files of the passes, each with its text up to its tests.
fn passes() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("the sources can be read");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let name = path
            .strip_prefix(&root)
            .expect("below the root")
            .to_string_lossy()
            .into_owned();
        let of_pass = PASSES.iter().any(|pass| {
            name.strip_prefix(pass)
                .is_some_and(|rest| rest.starts_with(['.', '/', '\\']))
        });
        if of_pass && name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("a source can be read");
            let code = text
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or(&text);
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            found.push((name, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

#[test]
fn no_pass_names_an_operation() {
    let passes = passes();
    for pass in PASSES {
        assert!(
            passes.iter().any(|(name, _)| name.starts_with(pass)),
            "there is no pass `{pass}`"
        );
    }
    let allowed: Vec<String> = HANDLES.iter().map(|op| format!("{op:?}")).collect();
    for (file, code) in &passes {
        for part in code.split("Op::").skip(1) {
            let variant: String = part
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric())
                .collect();
            let named = Op::ALL.iter().any(|op| format!("{op:?}") == variant);
            assert!(
                !named || allowed.contains(&variant),
                "{file} names `Op::{variant}`"
            );
        }
        let ops = Op::ALL.iter().map(|op| op.row().name);
        let composites = COMPOSITES.iter().map(|row| row.name);
        let reductions = REDUCTIONS.iter().map(|row| row.name);
        for name in ops.chain(composites).chain(reductions) {
            assert!(
                !code.contains(&format!("\"{name}\"")),
                "{file} names `{name}`"
            );
        }
    }
}

#[test]
fn only_the_macro_crate_names_proc_macro() {
    for (file, code) in passes() {
        let named = code.replace("proc_macro2", "").contains("proc_macro");
        assert!(!named, "{file} names `proc_macro`");
    }
}
