use super::{check, show};

#[test]
#[ignore]
fn print() {
    for source in std::fs::read_to_string("/tmp/parser-scratch/faults.txt").unwrap_or_default().lines() {
        println!("{}", show(source));
    }
    check(&[], show);
}
