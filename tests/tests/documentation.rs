//! docs/reference.md is what the tables say. `KEOPS_BLESS=1 cargo test -p keops-tests --test documentation`
//! writes it anew.
#![forbid(unsafe_code)]

use std::fmt::Write;
use std::str::FromStr;

use keops_compiler::calls::calls;
use keops_compiler::check::{self, FUNCTIONS};
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::parse;
use keops_compiler::table::{
    ALIASES, COMPOSITES, CONTRACTIONS, FOLDS, ITERATIONS, LATTICES, REDUCTIONS, SHAPED,
};
use keops_program::interpret::run_schedule;
use keops_program::op::{Op, Row};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");

#[test]
fn the_reference_is_what_the_tables_say() {
    let page = page();
    if std::env::var_os("KEOPS_BLESS").is_some() {
        std::fs::write(PAGE, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        found == page,
        "docs/reference.md is stale: run `KEOPS_BLESS=1 cargo test -p keops-tests --test documentation`"
    );
}

/// A table under construction.
struct Table(String);

impl Table {
    fn new(text: &mut String, head: &[&str]) -> Table {
        let mut table = Table(std::mem::take(text));
        table.row(head);
        table.row(&vec!["---"; head.len()]);
        table
    }

    fn row(&mut self, cells: &[impl AsRef<str>]) {
        for cell in cells {
            let _ = write!(self.0, "| {} ", cell.as_ref().replace('|', "\\|"));
        }
        self.0 += "|\n";
    }
}

fn page() -> String {
    let mut text = String::from(
        "# Operations and reductions\n\n\
         Generated from the tables of the compiler by tests/tests/documentation.rs. Errors are in units in the last place. A value at a\n\
         singular point is what the f64 interpreter gives.\n\n\
         ## Primitives\n\n\
         Element by element; a scalar goes with any shape. `x`, `y`, `z` are the operands, `r` is the result. The error on the CPU is that\n\
         of f32 and f64 and, on a GPU, of f64; on a GPU in f32 it is at most 4 with `.accurate()`, and else what the last column says.\n\n",
    );
    text = primitives(text);
    text += "\n## At singular points\n\nThe value, and under it the derivative by the first operand (of two operands, both are the number).\n\n";
    text = singular(text);
    text += "\n## Composites\n\nElement by element. Where no derivative is given it follows from the definition.\n\n";
    let mut table = Table::new(&mut text, &["name", "is", "definition", "derivatives"]);
    for row in COMPOSITES.iter().filter(|row| !row.name.starts_with('_')) {
        let partials: Vec<String> = row.partials.iter().map(|partial| code(partial)).collect();
        table.row(&[
            call(row.name, row.operands),
            row.doc.into(),
            code(row.definition),
            partials.join(", "),
        ]);
    }
    text = table.0;
    text += "\n## By shape\n\nA letter in a shape is any size, the same wherever it stands; `*` is any shape, `+` any but a scalar's.\n\n";
    let mut table = Table::new(&mut text, &["name", "shapes", "is", "definition"]);
    for row in SHAPED.iter().filter(|row| !row.name.starts_with('_')) {
        table.row(&[
            call(row.name, row.operands),
            code(row.shapes),
            row.doc.into(),
            code(row.definition),
        ]);
    }
    text = table.0;
    text += "\n## Sums of products\n\nIn index notation: an index that the result lacks is summed. Linear in each operand.\n\n";
    let mut table = Table::new(&mut text, &["name", "indices", "is"]);
    for row in CONTRACTIONS {
        table.row(&[code(row.name), code(row.indices), row.doc.into()]);
    }
    text = table.0;
    text += "\n## Over components\n\nOf one value of any shape; merged in halves, so that the derivative is that of the merges.\n\n";
    let mut table = Table::new(&mut text, &["name", "is"]);
    for row in FOLDS {
        table.row(&[call(row.name, &["v"]), row.doc.into()]);
    }
    text = table.0;
    text += "\n## Recurrences\n\n";
    let mut table = Table::new(&mut text, &["name", "is"]);
    for row in ITERATIONS {
        table.row(&[call(row.name, row.operands), row.doc.into()]);
    }
    for row in LATTICES {
        table.row(&[call(row.name, row.operands), row.doc.into()]);
    }
    text = table.0;
    text += "\n## Shapes, types and derivatives\n\n";
    let mut table = Table::new(&mut text, &["name", "is"]);
    for row in FUNCTIONS {
        table.row(&[call(row.name, row.operands), row.doc.into()]);
    }
    text = table.0;
    text += "\n## Reductions\n\nEach as `_j` and `_i`, component by component. What a pair adds to the result's change, for a change `e` of an operand, is its\nderivative.\n\n";
    let mut table = Table::new(&mut text, &["name", "is", "state", "result", "derivatives"]);
    for row in REDUCTIONS.iter().filter(|row| !row.name.starts_with('_')) {
        let name = format!("{}_j", row.name);
        let state: Vec<String> = row
            .state
            .iter()
            .map(|state| format!("`{}` from {}", state.name, state.init))
            .collect();
        let linear: Vec<String> = row.linear.iter().map(|line| code(line)).collect();
        let linear = if linear.is_empty() {
            "0".into()
        } else {
            linear.join(", ")
        };
        table.row(&[
            call(&name, row.operands),
            row.doc.into(),
            state.join(", "),
            code(row.finish),
            linear,
        ]);
    }
    text = table.0;
    text += "\n## KeOps' names\n\n";
    let mut table = Table::new(&mut text, &["KeOps", "here"]);
    for (theirs, ours) in ALIASES {
        table.row(&[code(theirs), code(ours)]);
    }
    table.0
}

fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("`{text}`")
    }
}

fn call(name: &str, operands: &[&str]) -> String {
    format!("`{name}({})`", operands.join(", "))
}

/// How an operation is written.
fn written(row: &Row) -> String {
    let names = &["x", "y", "z"][..row.arity];
    match row.infix {
        Some(infix) => format!("`x {} y`", infix.symbol),
        None if row.name == "neg" => "`-x`".into(),
        None => call(row.name, names),
    }
}

/// The operations that can be written.
fn rows() -> impl Iterator<Item = &'static Row> {
    let rows = Op::ALL.iter().map(|op| op.row());
    rows.filter(|row| !["fma", "guard"].contains(&row.name))
}

fn primitives(mut text: String) -> String {
    let mut table = Table::new(
        &mut text,
        &["name", "is", "derivatives", "error", "fast, on a GPU"],
    );
    for row in rows() {
        let partials: Vec<String> = row.partials.iter().map(|partial| code(partial)).collect();
        let doc = row.doc.trim().replace('\n', " ");
        let fast = row.fast.map_or(String::new(), |fast| fast.doc.into());
        table.row(&[
            written(row),
            doc,
            partials.join(", "),
            format!("{}", row.ulp),
            fast,
        ]);
    }
    table.0
}

fn singular(mut text: String) -> String {
    const POINTS: [(&str, f64); 7] = [
        ("−∞", f64::NEG_INFINITY),
        ("−1", -1.0),
        ("−0", -0.0),
        ("0", 0.0),
        ("1", 1.0),
        ("∞", f64::INFINITY),
        ("NaN", f64::NAN),
    ];
    let mut head = vec!["name"];
    head.extend(POINTS.map(|(name, _)| name));
    let mut table = Table::new(&mut text, &head);
    let composites = COMPOSITES
        .iter()
        .filter(|row| row.operands.len() == 1 && !row.name.starts_with('_'));
    let composites =
        composites.map(|row| (call(row.name, row.operands), format!("{}(x_i)", row.name)));
    let primitives = rows().filter(|row| row.arity == 1 || row.infix.is_none());
    let primitives = primitives.map(|row| {
        let operands = ["x_i"; 3][..row.arity].join(", ");
        let name = if row.name == "neg" { "-" } else { row.name };
        (written(row), format!("{name}({operands})"))
    });
    for (name, formula) in primitives.chain(composites) {
        let mut cells = vec![name];
        cells.extend(POINTS.map(|(_, x)| {
            let (value, slope) = at(&formula, x);
            format!("{}<br>{}", number(value), number(slope))
        }));
        table.row(&cells);
    }
    table.0
}

/// A number as it is written in a table.
fn number(x: f64) -> String {
    match x {
        _ if x.is_nan() => "NaN".into(),
        f64::INFINITY => "∞".into(),
        f64::NEG_INFINITY => "−∞".into(),
        _ if x == 0.0 => "0".into(),
        _ => {
            let text = format!("{x:.4}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            text.replace('-', "−")
        }
    }
}

/// The value of a formula of `x_i`, and its derivative.
fn at(formula: &str, x: f64) -> (f64, f64) {
    let item = format!("fn f(x_i: f64, y_j: f64) {{ sum_j {formula} * y_j }}");
    let tokens = proc_macro2::TokenStream::from_str(&item).expect("tokens");
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics).expect("an item");
    let checked = check::check(&input, &mut diagnostics);
    let checked = checked.unwrap_or_else(|| panic!("{item}"));
    let calls = calls(&checked[0]);
    let gradient = calls
        .list
        .iter()
        .find(|call| call.method == "grad_x")
        .expect("a gradient");
    let inputs = vec![vec![x], vec![1.0], vec![1.0]];
    let value = run_schedule(&calls.list[0].schedule, &inputs[..2], 1, 1)[0][0];
    let slope = run_schedule(&gradient.schedule, &inputs, 1, 1)[0][0];
    (value, slope)
}
