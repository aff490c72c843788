//! What rustc's PTX lacks, put in.

use std::collections::HashSet;

use crate::kernel::{Instr, Kernel, Stmt};

/// Adds what Rust cannot say: how many threads a block has, that loops are not to be unrolled, and
/// that f32 arithmetic flushes subnormal numbers. Checks that the entries are those of the kernels.
pub(super) fn complete(text: &str, kernels: &[Kernel]) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let heads = loop_heads(&lines);
    let mut result = String::with_capacity(text.len() + 100 * kernels.len());
    let mut current: Option<&Kernel> = None;
    let (mut seen, mut barriers) = (0, 0);
    for line in lines {
        if let Some(rest) = line.strip_prefix(".visible .entry ") {
            let name = rest.split('(').next().unwrap_or_default();
            current = kernels.iter().find(|kernel| kernel.name == name);
            let Some(kernel) = current else {
                return Err(format!("rustc made an entry `{name}`"));
            };
            seen += 1;
            barriers = barrier_count(&kernel.body);
        }
        if line.trim_start().starts_with(".extern") || line.contains(".func") {
            return Err(format!("rustc made something else than entries: {line}"));
        }
        let flush = current.is_some_and(|kernel| kernel.flush);
        match (current, line) {
            (Some(kernel), "{") => {
                let (threads, blocks) = (kernel.threads, kernel.blocks);
                result.push_str(&format!(
                    ".maxntid {threads}, 1, 1\n.minnctapersm {blocks}\n{{"
                ));
            }
            // Copies of a barrier may lie on paths on which the threads of a warp part.
            (Some(kernel), "}") if barriers != 0 => {
                return Err(format!(
                    "rustc changed the number of barriers of `{}`",
                    kernel.name
                ));
            }
            _ => match flushed(line) {
                Some(flushed) if flush => result.push_str(&flushed),
                _ => result.push_str(line),
            },
        }
        result.push('\n');
        if line
            .strip_suffix(':')
            .is_some_and(|label| heads.contains(label))
        {
            result.push_str("\t.pragma \"nounroll\";\n");
        }
        barriers -= i64::from(line.trim_start().starts_with("bar.sync"));
        if line == "}" {
            current = None;
        }
    }
    if seen == kernels.len() {
        Ok(result)
    } else {
        Err(format!("rustc made {seen} of {} entries", kernels.len()))
    }
}

/// The labels to which a later line branches. They are unique in a module.
fn loop_heads<'t>(lines: &[&'t str]) -> HashSet<&'t str> {
    let (mut labels, mut heads) = (HashSet::new(), HashSet::new());
    for line in lines {
        if let Some(label) = line.strip_suffix(':') {
            labels.insert(label);
        }
        let branch = line
            .split_once("bra")
            .and_then(|(_, rest)| rest.trim_end_matches(';').split_whitespace().last());
        heads.extend(branch.filter(|target| labels.contains(target)));
    }
    heads
}

fn barrier_count(body: &[Stmt]) -> i64 {
    let of = |stmt: &Stmt| match stmt {
        Stmt::Instr(Instr::Barrier) => 1,
        Stmt::Loop { body, .. } => barrier_count(body),
        Stmt::If {
            then, otherwise, ..
        } => barrier_count(then) + barrier_count(otherwise),
        _ => 0,
    };
    body.iter().map(of).sum()
}

/// A line of f32 arithmetic with `.ftz`; `None` if it is none, or has it.
fn flushed(line: &str) -> Option<String> {
    let text = line.trim_start();
    let name = text.split_whitespace().next()?;
    let stem = name.strip_suffix(".f32")?;
    let operation = stem.split('.').next()?;
    let arithmetic = matches!(
        operation,
        "add" | "sub" | "mul" | "div" | "fma" | "min" | "max" | "sqrt" | "setp"
    );
    if !arithmetic || stem.contains(".ftz") {
        return None;
    }
    let indent = &line[..line.len() - text.len()];
    Some(format!("{indent}{stem}.ftz.f32{}", &text[name.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_flushed() {
        let line = |line: &str| flushed(line).unwrap_or_else(|| line.to_owned());
        assert_eq!(
            line("\tadd.rn.f32 \t%r1, %r2, %r3;"),
            "\tadd.rn.ftz.f32 \t%r1, %r2, %r3;"
        );
        assert_eq!(
            line("\tsetp.lt.f32 \t%p1, %r2, %r3;"),
            "\tsetp.lt.ftz.f32 \t%p1, %r2, %r3;"
        );
        for other in [
            "\tex2.approx.ftz.f32 %r1, %r2;",
            "\tneg.f32 \t%r1, %r2;",
            "\tadd.rn.f64 \t%d1, %d2, %d3;",
            "\tadd.s32 \t%r1, %r2, 1;",
            "}",
            "",
        ] {
            assert_eq!(line(other), other);
        }
    }

    #[test]
    fn loops_are_found() {
        let text = "A:\n\tbra.uni \tC;\nB:\n\t@%p1 bra \tA;\nC:\n\t@%p2 bra \tC;\n\tret;";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(loop_heads(&lines), HashSet::from(["A", "C"]));
    }

    #[test]
    fn entries_must_be_those_of_the_kernels() {
        assert!(complete(".visible .entry other(\n)\n{\n}\n", &[]).is_err());
        assert!(complete(".extern .func trap\n", &[]).is_err());
        assert_eq!(
            complete(".version 7.0\n", &[]).as_deref(),
            Ok(".version 7.0\n")
        );
    }
}
