//! scratch
mod common;
use keops_compiler::calls::*;
#[test] fn show() { for f in std::env::var("F").unwrap().split(";;") { let c = common::checked(f).unwrap(); let c = calls(&c); for call in &c.list { println!("### {:?} {} of {:?}\n{}", call.role, call.method, call.of, call.schedule); if let Some(a) = &call.after { println!("=== after\n{a}"); } } } }
