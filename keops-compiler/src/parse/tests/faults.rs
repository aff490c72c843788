//! The text files hold a faulty source and what is said of it, as it looks.

use super::{read, show};

/// Every block of a file: a source, then its messages, with carets under what is meant.
fn check_file(file: &str, at_least: usize) {
    let blocks: Vec<&str> = file
        .split("\n\n")
        .map(str::trim_end)
        .filter(|block| !block.starts_with("##"))
        .collect();
    assert!(
        blocks.len() >= at_least,
        "only {} cases were found",
        blocks.len()
    );
    let mut failed = String::new();
    for block in blocks {
        let (source, expected) = block.split_once('\n').expect("a source and its messages");
        let found: Vec<String> = match read(source) {
            Ok(_) => vec!["no fault".into()],
            Err(faults) => faults
                .lines()
                .filter(|line| *line != source)
                .map(String::from)
                .collect(),
        };
        let found = found.join("\n");
        if found != expected {
            failed += &format!("{source}\n{expected}\n--- but found\n{found}\n\n");
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn in_expressions() {
    check_file(include_str!("faults_in_expressions.txt"), 98);
}

#[test]
fn in_inputs() {
    check_file(include_str!("faults_in_inputs.txt"), 71);
}

#[test]
fn an_empty_call() {
    let found = show("");
    assert!(
        found.contains("expected a formula\nhelp: write `sum_j exp("),
        "{found}"
    );
}

#[test]
fn a_place_on_a_later_line() {
    assert_eq!(
        show("let a = 1;\nsum_j\n  a % 2"),
        "  a % 2\n    ^ there is no `%`\nhelp: write `mod(a, n)`; it has the sign of `n`\n"
    );
}

#[test]
fn nesting_is_bounded() {
    let nested = |n| format!("{}a{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(show(&nested(120)), "a");
    let long = |pattern: &str| pattern.repeat(500);
    for source in [
        nested(500),
        format!("{}a", long("-")),
        format!("{}a", long("a ^ ")),
        format!("{}a", long("sum_j ")),
        format!("{}{{ a }}", long("if a { b } else ")),
        format!("{}a{}", long("f("), long(")")),
        format!("{}a{}", long("["), long("]")),
        format!("{}a{}", long("if a { "), long(" } else { b }")),
    ] {
        let found = show(&source);
        assert!(
            found.contains("the formula is nested too deeply"),
            "{source}: {found}"
        );
    }
    let found = show(&format!("fn f() -> {}f32{} {{ 1 }}", long("("), long(")")));
    assert!(found.contains("this tuple is nested too deeply"), "{found}");
}

#[test]
fn chains_are_bounded() {
    let found = show(&format!("{}a", "a + ".repeat(900)));
    assert!(found.starts_with("(+ (+ "), "{found}");
    let found = show(&format!("{}a", "a + ".repeat(1100)));
    assert!(
        found.contains("more than 1000 operations in a row"),
        "{found}"
    );
}

#[test]
fn messages_are_phrases() {
    let sources = [
        include_str!("faults_in_expressions.txt"),
        include_str!("faults_in_inputs.txt"),
    ];
    for source in sources
        .iter()
        .flat_map(|file| file.split("\n\n"))
        .filter(|block| !block.starts_with("##"))
    {
        let source = source.lines().next().unwrap_or("");
        if let Err(faults) = read(source) {
            for line in faults.lines().filter(|line| *line != source) {
                let message = line.trim_start_matches([' ', '^']);
                assert!(!message.ends_with('.'), "{message}");
                assert!(!message.starts_with(char::is_uppercase), "{message}");
            }
        }
    }
}
