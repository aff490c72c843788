//! `Display` of everything that has a text.

use std::fmt::{self, Display, Formatter, Write};

use super::implied;
use crate::program::{
    Block, Class, Comparison, Counter, Expr, Index, Input, Loop, Output, Place, Program, Source,
    StateSlot, Stmt, Type, Value,
};
use crate::schedule::{Argument, Axis, Kind, Pass, Schedule};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Display for Counter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "k{}", self.0)
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Real => "real",
            Type::Index => "index",
            Type::Label => "label",
            Type::Mask => "mask",
        })
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Param => "param",
            Class::Row => "row",
            Class::Column => "column",
        })
    }
}

impl Display for Axis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Axis::I => "i",
            Axis::J => "j",
            Axis::Batch => "batch",
            Axis::Unit => "unit",
        })
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
        })
    }
}

impl Display for Index {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut first = true;
        if self.offset != 0 || self.terms.is_empty() {
            write!(f, "{}", self.offset)?;
            first = false;
        }
        for (counter, stride) in &self.terms {
            if !first {
                f.write_str(" + ")?;
            }
            first = false;
            match stride {
                1 => write!(f, "{counter}")?,
                _ => write!(f, "{stride}*{counter}")?,
            }
        }
        Ok(())
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Place::Input(k) => write!(f, "input{k}"),
            Place::Param => f.write_str("param"),
            Place::Row => f.write_str("row"),
            Place::Column => f.write_str("column"),
            Place::State => f.write_str("state"),
            Place::Other => f.write_str("other"),
            Place::Output(k) => write!(f, "output{k}"),
            Place::Local(k) => write!(f, "local{k}"),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // The shortest text that reads as the same number; never without `.`, `e`, inf or NaN.
            Expr::Real(c) => write!(f, "{c:?}"),
            Expr::Integer(c) => write!(f, "{c}"),
            Expr::Load(place, index) => write!(f, "{place}[{index}]"),
            Expr::Op(op, operands) => {
                f.write_str(op.row().name)?;
                operands.iter().try_for_each(|x| write!(f, " {x}"))
            }
            Expr::Compare(how, a, b) => write!(f, "{a} {how} {b}"),
            Expr::And(a, b) => write!(f, "{a} & {b}"),
            Expr::Or(a, b) => write!(f, "{a} | {b}"),
            Expr::Not(a) => write!(f, "!{a}"),
            Expr::Select(m, a, b) => write!(f, "{m} ? {a} : {b}"),
            Expr::Subtract(a, b) => write!(f, "{a} - {b}"),
            Expr::ToReal(a) => write!(f, "{a} as real"),
        }
    }
}

impl Display for Stmt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Stmt::Let { value, ty, expr } => {
                definition(f, *value, *ty, implied(expr))?;
                write!(f, "{expr}")
            }
            Stmt::Store {
                place,
                index,
                value,
            } => write!(f, "{place}[{index}] = {value}"),
            Stmt::Loop(l) => {
                writeln!(f, "{} {{", header(l))?;
                lines(f, &l.body)?;
                if !l.carried.is_empty() {
                    f.write_str("next")?;
                    l.carried
                        .iter()
                        .try_for_each(|c| write!(f, " {}", c.next))?;
                    f.write_char('\n')?;
                }
                f.write_char('}')
            }
            Stmt::When { mask, body } => {
                writeln!(f, "when {mask} {{")?;
                lines(f, body)?;
                f.write_char('}')
            }
        }
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        lines(f, &self.inputs)?;
        runs(f, "param", &self.param_slots)?;
        runs(f, "row", &self.row_slots)?;
        runs(f, "column", &self.column_slots)?;
        runs(f, "state", &self.state)?;
        if self.exact {
            f.write_str("exact\n")?;
        }
        if self.group > 0 {
            writeln!(f, "group {}", self.group)?;
        }
        lines(f, &self.outputs)?;
        for (name, block) in self.sections() {
            section(f, name, block)?;
        }
        Ok(())
    }
}

impl Display for Input {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Input {
            name,
            class,
            ty,
            width,
            source,
        } = self;
        write!(f, "input {} {class} {ty} {width} = {source}", Name(name))
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Source::Argument(k) => write!(f, "argument {k}"),
            Source::Output { pass, output } => write!(f, "pass {pass} output {output}"),
            Source::Position => f.write_str("position"),
            Source::ColumnCount => f.write_str("columns"),
        }
    }
}

impl Display for StateSlot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}", self.ty, self.init)?;
        f.write_str(if self.carried { "+" } else { "" })
    }
}

impl Display for Output {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "output {} {} {}", Name(&self.name), self.ty, self.width)
    }
}

impl Display for Pass {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "pass {} ", self.rows)?;
        match self.kind {
            Kind::MapReduce(axis) => write!(f, "reduce {axis}")?,
            Kind::Map => f.write_str("map")?,
            Kind::Gather { axis, index } => write!(f, "gather {axis} by {index}")?,
        }
        f.write_str(if self.forward { " forward\n" } else { "\n" })?;
        write!(f, "{}", self.program)
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "argument {} {} {}", Name(&self.name), self.axis, self.ty)?;
        self.shape.iter().try_for_each(|n| write!(f, " {n}"))
    }
}

impl Display for Schedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        lines(f, &self.arguments)?;
        for pass in &self.passes {
            write!(f, "{pass}")?;
        }
        for target in &self.results {
            write!(f, "result {} {}", target.pass, target.output)?;
            if let Some(argument) = target.like {
                write!(f, " like {argument}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The first line of a loop, without its brace.
pub(crate) fn header(l: &Loop) -> String {
    let mut text = format!("loop {} 0..{}", l.counter, l.count);
    for (k, c) in l.carried.iter().enumerate() {
        text.push_str(if k == 0 { " (" } else { ", " });
        // Writing to a string does not fail.
        let _ = definition(&mut text, c.value, c.ty, Type::Real);
        let _ = write!(text, "{}", c.init);
    }
    if !l.carried.is_empty() {
        text.push(')');
    }
    text
}

/// `v3 = `, with the type where it is not the implied one.
fn definition(f: &mut impl Write, value: Value, ty: Type, implied: Type) -> fmt::Result {
    match ty == implied {
        true => write!(f, "{value} = "),
        false => write!(f, "{value}: {ty} = "),
    }
}

fn section(f: &mut Formatter<'_>, name: &str, block: &Block) -> fmt::Result {
    if block.locals.is_empty() && block.stmts.is_empty() {
        return Ok(());
    }
    writeln!(f, "{name} {{")?;
    for local in &block.locals {
        writeln!(f, "local {} {}", local.ty, local.len)?;
    }
    lines(f, &block.stmts)?;
    f.write_str("}\n")
}

/// Each on a line of its own.
fn lines<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    items.iter().try_for_each(|item| writeln!(f, "{item}"))
}

/// A line of items after a keyword, repeated ones as `item*count`; nothing if there is none.
fn runs<T: Display>(f: &mut Formatter<'_>, keyword: &str, items: &[T]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    f.write_str(keyword)?;
    // By text, so that a state that starts at NaN makes a run too.
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    for run in texts.chunk_by(|a, b| a == b) {
        write!(f, " {}", run[0])?;
        if run.len() > 1 {
            write!(f, "*{}", run.len())?;
        }
    }
    f.write_char('\n')
}

/// A name, in quotes unless it is a plain word.
struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if super::lex::is_word(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "\"{}\"", self.0.escape_default())
        }
    }
}
