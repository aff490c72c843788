//! Writes the formulas of a third of the corpus as calls of `keops!`, each with a function that runs
//! its value and its gradients: `compiled.rs` includes them. And writes the whole corpus as Rust, for
//! `gpu.rs`, whose binary is carried to where there are no files.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "corpus/reader.rs"]
mod reader;

use std::fmt::Write;
use std::path::PathBuf;
use std::str::FromStr;

use keops_compiler::calls::{Calls, Datum, calls};
use keops_compiler::check::{self, ResultKind};
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::formula::Axis;
use keops_compiler::parse;

use reader::{Case, Variable};

/// Rows that are wider take rustc long.
const WIDEST: usize = 64;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=corpus");
    let (mut text, mut list) = (String::new(), String::new());
    let cases = reader::cases();
    let narrow = |case: &&Case| case.variables.iter().map(|v| v.width).sum::<usize>() <= WIDEST;
    for case in cases.iter().skip(1).step_by(3).filter(narrow) {
        text += &format!("keops::keops! {{ {} }}\n\n{}\n", case.item(), runner(case));
        let name = &case.name;
        let _ = writeln!(
            list,
            "    Case {{ name: {name:?}, single: run_{name}::<f32>, double: run_{name}::<f64> }},"
        );
    }
    text += &format!("/// What was compiled.\npub(super) const CASES: &[Case] = &[\n{list}];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("cases.rs"), text).expect("the file can be written");
    let cases: String = cases.iter().map(embedded).collect();
    let text =
        format!("/// The corpus.\nfn embedded() -> Vec<Case> {{\n    vec![\n{cases}    ]\n}}\n");
    std::fs::write(out.join("embedded.rs"), text).expect("the file can be written");
}

/// A case as Rust.
fn embedded(case: &Case) -> String {
    let Case {
        name,
        seed,
        declarations,
        variables,
        formula,
        second,
    } = case;
    let variable = |variable: &Variable| {
        let Variable {
            name,
            real,
            width,
            domain: (low, high),
        } = variable;
        format!(
            "Variable {{ name: {name:?}.into(), real: {real}, width: {width}, \
             domain: ({low:?}, {high:?}) }}, "
        )
    };
    let variables: String = variables.iter().map(variable).collect();
    format!(
        "        Case {{ name: {name:?}.into(), seed: {seed}, declarations: {declarations:?}.into(), \
         variables: vec![{variables}], formula: {formula:?}.into(), second: {second} }},\n"
    )
}

/// What the compiler makes of the case.
fn compiled(case: &Case) -> Calls {
    let tokens = proc_macro2::TokenStream::from_str(&case.item()).expect("tokens");
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.and_then(|input| check::check(&input, &mut diagnostics));
    match (checked.as_deref(), diagnostics.propagate()) {
        (Some([checked]), Ok(())) => calls(checked),
        _ => panic!(
            "`{}` is faulty: the tests of keops-compiler say how",
            case.name
        ),
    }
}

/// The function that runs a case.
fn runner(case: &Case) -> String {
    let calls = compiled(case);
    let mut body = String::new();
    for (k, datum) in calls.arguments.iter().enumerate() {
        let _ = writeln!(body, "    let v{k} = rows::<{}>(&given[{k}]);", row(datum));
    }
    let given: Vec<String> = calls
        .arguments
        .iter()
        .enumerate()
        .map(|(k, datum)| match datum.axis {
            Axis::Unit => format!("v{k}[0]"),
            Axis::I | Axis::J | Axis::Batch => format!("&v{k}"),
        })
        .collect();
    let _ = writeln!(body, "    let call = {}({});", case.name, given.join(", "));
    body += "    let call = call.with_options(|options| how.set(options));\n    results.plan(call.plan()?);\n";
    let results: Vec<String> = (0..calls.list[0].results.len())
        .map(|k| format!("r{k}"))
        .collect();
    let _ = writeln!(body, "    let {} = call.run()?;", tuple(&results));
    for (name, datum) in results.iter().zip(&calls.list[0].results) {
        body += &push(name, datum);
    }
    if let Some(vjp) = calls
        .list
        .iter()
        .find(|call| call.of == Some(0) && call.method == "vjp")
    {
        let mut cotangents = Vec::new();
        for (k, datum) in vjp.given.iter().enumerate() {
            let number = calls.arguments.len() + k;
            let _ = writeln!(
                body,
                "    let e{k} = rows::<{}>(&given[{number}]);",
                row(datum)
            );
            cotangents.push(format!("&e{k}"));
        }
        let _ = writeln!(body, "    let call = call.vjp({});", tuple(&cotangents));
        body += "    results.plan(call.plan()?);\n    let all = call.run()?;\n";
        for datum in &vjp.results {
            body += &push(&format!("all.{}", datum.name), datum);
        }
    }
    format!(
        "fn run_{}<T: Number + keops::Real>(given: &[Vec<f64>], how: How) -> keops::Result<Results> {{\n\
         \x20   let mut results = Results::default();\n{body}    Ok(results)\n}}\n",
        case.name
    )
}

/// The type of a row.
fn row(datum: &Datum) -> String {
    let scalar = match datum.kind {
        ResultKind::Real => "T",
        ResultKind::Complex => "keops::Complex<T>",
        ResultKind::Label => "u32",
        ResultKind::Bool => "bool",
    };
    datum
        .shape
        .iter()
        .rev()
        .fold(scalar.to_string(), |element, n| format!("[{element}; {n}]"))
}

/// Adds rows, or one row, to the results.
fn push(value: &str, datum: &Datum) -> String {
    match datum.axis {
        Axis::Unit => format!("    results.rows(&[{value}]);\n"),
        Axis::I | Axis::J | Axis::Batch => format!("    results.rows(&{value});\n"),
    }
}

/// Several as a tuple.
fn tuple(parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        parts => format!("({})", parts.join(", ")),
    }
}
