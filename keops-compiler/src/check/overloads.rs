//! What a name may call: the rows of all tables, told apart by the number and the shapes of the
//! operands.

use keops_program::op::Op;
use proc_macro2::Ident;

use super::Evaluator;
use super::functions::{FUNCTIONS, Function, INTERNAL};
use super::shapes::type_text;
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::Node;
use crate::table::{
    COMPOSITES, CONTRACTIONS, FOLDS, Fold, ITERATIONS, Iteration, LATTICES, Lattice, SHAPED,
    Shaped, alias,
};

/// Names for the operands of a primitive or a contraction in messages.
pub(super) const OPERANDS: [&str; 3] = ["a", "b", "c"];

/// One row that a name may call.
#[derive(Clone, Copy)]
enum Row {
    Function(&'static Function),
    Primitive(Op),
    Composite(usize),
    Shaped(&'static Shaped),
    Fold(&'static Fold),
    Iteration(&'static Iteration),
    Lattice(&'static Lattice),
    /// All contractions of the name, with so many operands.
    Contraction(usize),
}

impl Row {
    /// The rows of a name.
    fn all(name: &str) -> Vec<Row> {
        let named = |own: &str| own == name;
        let mut rows: Vec<Row> = Vec::new();
        rows.extend(
            FUNCTIONS
                .iter()
                .filter(|f| named(f.name))
                .map(Row::Function),
        );
        rows.extend(Op::by_name(name).map(Row::Primitive));
        let composites = (0..COMPOSITES.len()).filter(|&k| named(COMPOSITES[k].name));
        rows.extend(composites.map(Row::Composite));
        rows.extend(SHAPED.iter().filter(|row| named(row.name)).map(Row::Shaped));
        rows.extend(FOLDS.iter().filter(|row| named(row.name)).map(Row::Fold));
        rows.extend(
            ITERATIONS
                .iter()
                .filter(|row| named(row.name))
                .map(Row::Iteration),
        );
        rows.extend(
            LATTICES
                .iter()
                .filter(|row| named(row.name))
                .map(Row::Lattice),
        );
        let contraction = CONTRACTIONS.iter().find(|row| named(row.name));
        let count = |indices: &str| indices.matches(',').count() + 1;
        rows.extend(contraction.map(|row| Row::Contraction(count(row.indices))));
        rows
    }

    fn operands(self) -> &'static [&'static str] {
        match self {
            Row::Function(function) => function.operands,
            Row::Primitive(op) => &OPERANDS[..op.row().arity],
            Row::Composite(row) => COMPOSITES[row].operands,
            Row::Shaped(row) => row.operands,
            Row::Fold(_) => &["v"],
            Row::Iteration(row) => row.operands,
            Row::Lattice(row) => row.operands,
            Row::Contraction(count) => &OPERANDS[..count],
        }
    }

    /// The shapes of the operands in index notation; `None` if it looks at them itself.
    fn shapes(self) -> Option<&'static str> {
        match self {
            Row::Shaped(row) => Some(row.shapes),
            Row::Lattice(row) => Some(row.shapes),
            _ => None,
        }
    }
}

/// Whether a table has a row of that name, what is written infix included.
pub(super) fn is_row(name: &str) -> bool {
    !Row::all(name).is_empty()
}

/// The names of all functions with their operands; reductions apart.
pub(super) fn names() -> impl Iterator<Item = &'static str> + use<> {
    let ops = Op::ALL.iter().map(|op| op.row());
    let ops = ops.filter(|row| row.infix.is_none() && !INTERNAL.contains(&row.name));
    let all = FUNCTIONS.iter().map(|function| function.name);
    all.chain(ops.map(|row| row.name))
        .chain(COMPOSITES.iter().map(|row| row.name))
        .chain(SHAPED.iter().map(|row| row.name))
        .chain(FOLDS.iter().map(|row| row.name))
        .chain(ITERATIONS.iter().map(|row| row.name))
        .chain(LATTICES.iter().map(|row| row.name))
        .chain(CONTRACTIONS.iter().map(|row| row.name))
        .filter(|name| *name != "@" && !name.starts_with('_'))
}

impl Evaluator<'_> {
    /// The value of a function.
    pub(super) fn function(&mut self, expr: &Expr, name: &Ident, args: &[Expr]) -> Option<Node> {
        let written = name.to_string();
        let text = alias(&written);
        let internal = INTERNAL.contains(&&*written) || written.starts_with('_');
        let rows = if internal && self.real.is_some() {
            Vec::new()
        } else {
            Row::all(text)
        };
        if rows.is_empty() {
            self.look_at(args);
            return self.unknown_function(name, &written, args);
        }
        let fitting: Vec<Row> = rows
            .iter()
            .copied()
            .filter(|row| row.operands().len() == args.len())
            .collect();
        let Some(&first) = fitting.first() else {
            self.look_at(args);
            let mut signatures: Vec<&[&str]> = Vec::new();
            for row in rows {
                if signatures.iter().all(|s| s.len() != row.operands().len()) {
                    signatures.push(row.operands());
                }
            }
            signatures.sort_by_key(|signature| signature.len());
            self.check_count(expr, &written, &signatures, args.len())?;
            return None;
        };
        match first {
            Row::Function(function) => return (function.build)(self, expr, args),
            Row::Iteration(row) => return self.iteration(expr, row, args),
            _ => {}
        }
        let parts = self.numbers(args)?;
        let shapes: Vec<Vec<u32>> = parts
            .iter()
            .map(|&(_, node)| self.formula.shape(node).to_vec())
            .collect();
        let row = fitting.iter().copied().find(|row| {
            let pattern = row.shapes();
            pattern.is_none_or(|pattern| fits(pattern, &shapes))
        });
        let Some(row) = row else {
            let patterns = fitting.iter().filter_map(|row| row.shapes()).collect();
            return self.wrong_shapes(&written, first.operands(), patterns, &parts, &shapes);
        };
        match row {
            Row::Primitive(op) => {
                self.same_shape(&format!("arguments of `{written}`"), &parts)?;
                let operands: Vec<Node> = parts.iter().map(|&(_, node)| node).collect();
                Some(self.formula.op(op, &operands))
            }
            Row::Composite(row) => self.composite(expr, row, &parts),
            Row::Shaped(row) => {
                let names = row.operands.iter().copied();
                let names: Vec<(&str, Node)> =
                    names.zip(parts.iter().map(|&(_, node)| node)).collect();
                self.defined(expr, row.name, row.operands, row.definition, &names)
            }
            Row::Fold(row) => self.fold(row, parts[0]),
            Row::Lattice(row) => self.lattice(expr, row, &parts),
            Row::Contraction(_) => self.contraction(expr, text, &parts),
            Row::Function(_) | Row::Iteration(_) => None,
        }
    }

    /// The fault of operands that fit no row.
    pub(super) fn wrong_shapes<T>(
        &mut self,
        name: &str,
        operands: &[&str],
        patterns: Vec<&str>,
        parts: &[(&Expr, Node)],
        shapes: &[Vec<u32>],
    ) -> Option<T> {
        // The first operand that is wrong by itself; else the last, which does not fit the others.
        let alone = |k: usize| {
            let part = |pattern: &str| pattern.split(',').nth(k).unwrap_or("*").to_string();
            let one = &shapes[k..=k];
            patterns.iter().any(|pattern| fits(&part(pattern), one))
        };
        let at = (0..parts.len()).find(|&k| !alone(k));
        let k = at.unwrap_or(parts.len() - 1);
        let mut wanted: Vec<String> = Vec::new();
        for pattern in &patterns {
            let text = words(pattern.split(',').nth(k).unwrap_or("*"), &self.floating);
            if !wanted.contains(&text) {
                wanted.push(text);
            }
        }
        let (this, ty) = (self.this(parts[k].0), self.type_of(parts[k].1));
        let call = format!("`{name}({})`", operands.join(", "));
        let wanted = match wanted.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => wanted.concat(),
        };
        let (message, help) = match at {
            Some(_) => (
                format!(
                    "`{}` of {call} is {wanted}, and {this} is `{ty}`",
                    operands[k]
                ),
                match self.reduction_of(name) {
                    Some(reduction) if shapes[k].is_empty() => {
                        format!("give {wanted}, or write `{reduction}(…)` to reduce over rows")
                    }
                    _ => format!("give {wanted}"),
                },
            ),
            None => (
                format!("operands of {call} do not fit: {this} is `{ty}`"),
                "give as many components as the others have".into(),
            ),
        };
        self.fault(Diagnostic::new(parts[k].0.span, message).help(help))
    }
}

/// Whether shapes are those of a pattern: see [`Shaped::shapes`].
pub(super) fn fits(pattern: &str, shapes: &[Vec<u32>]) -> bool {
    let mut known: Vec<(char, u32)> = Vec::new();
    let mut same = |letter: char, size: u32| match letter.to_digit(10) {
        Some(digit) => digit == size,
        None => match known.iter().find(|(l, _)| *l == letter) {
            Some(&(_, known)) => known == size,
            None => {
                known.push((letter, size));
                true
            }
        },
    };
    pattern.split(',').zip(shapes).all(|(part, shape)| {
        part == "*"
            || part == "+" && !shape.is_empty()
            || part.len() == shape.len()
                && part
                    .chars()
                    .zip(shape)
                    .all(|(letter, &size)| same(letter, size))
    })
}

/// What a part of a pattern is.
fn words(part: &str, floating: &str) -> String {
    let digits: Option<Vec<u32>> = part.chars().map(|c| c.to_digit(10)).collect();
    let letters: Vec<char> = part.chars().collect();
    match (&letters[..], digits) {
        ([], _) => "a scalar".into(),
        (['*'], _) => "anything".into(),
        (['+'], _) => "a vector".into(),
        (_, Some(shape)) => format!("`{}`", type_text(floating, &shape)),
        ([_], _) => "a vector".into(),
        ([a, b], _) if a == b => "a square matrix".into(),
        ([_, _], _) => "a matrix".into(),
        _ => format!("a tensor of {} dimensions", letters.len()),
    }
}
