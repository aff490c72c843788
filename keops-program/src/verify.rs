//! What a valid program and a valid schedule are.
//!
//! Every back end relies on these rules and checks none of them again:
//!
//! * a value is defined once in its block, before it is used, and is not seen outside the loop that
//!   (or the `when`) that defines it (a carried one is, after its loop); counters in each other are
//!   distinct;
//! * operands and results have the types that `program` says; a mask is never stored;
//! * a section reads and writes the arrays that are its own:
//!
//! | section | loads | stores |
//! |---|---|---|
//! | param | inputs (param), param | param |
//! | row | inputs (row, param), param, row | row |
//! | column | inputs (column, param), param, column | column |
//! | update, grouped | param, row, column (of all columns of the group), state | state |
//! | merge | state, other | state |
//! | finish | state, inputs (row, param), param, row | outputs |
//!
//! * each also its locals; every position is within its array for all turns of all loops;
//! * slots and outputs are stored wholly, and loaded (like locals) only where something has stored, not
//!   counting what a `when` stores;
//! * a pass has the inputs that its kind can give it, and their types and widths.

mod block;
mod coverage;
mod schedule;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::program::{Class, Program, Source, Type};

pub use schedule::{verify_pass, verify_schedule};

/// Arrays are shorter, and values and counters have smaller numbers, so that memory that is
/// indexed by them is small.
const LIMIT: u32 = 1 << 24;

/// The rule that a program or a schedule breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pass: Option<usize>,
    section: String,
    statement: Option<String>,
    message: String,
}

impl Error {
    fn new(section: impl Into<String>, message: impl Into<String>) -> Error {
        Error {
            pass: None,
            section: section.into(),
            statement: None,
            message: message.into(),
        }
    }

    /// The number of the pass, where a schedule or its pass was checked.
    pub fn pass(&self) -> Option<usize> {
        self.pass
    }

    /// The section, or what stands outside the sections: `input x`, `state`, `result 0`.
    pub fn section(&self) -> &str {
        &self.section
    }

    /// The statement's text; of a loop, its first line.
    pub fn statement(&self) -> Option<&str> {
        self.statement.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pass) = self.pass {
            write!(f, "pass {pass}, ")?;
        }
        write!(f, "{}: ", self.section)?;
        if let Some(statement) = &self.statement {
            write!(f, "`{statement}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Checks a program by itself; [`verify_schedule`] also checks what its inputs come from.
pub fn verify(program: &Program) -> Result<(), Error> {
    for input in &program.inputs {
        let error = |message: &str| Err(Error::new(format!("input {}", input.name), message));
        let integer = input.ty == Type::Index && input.width == 1;
        match input.source {
            _ if input.ty == Type::Mask => return error("a mask is never stored"),
            _ if input.width > LIMIT => return error("too wide"),
            Source::Position if input.class == Class::Param || !integer => {
                return error("a position is one index of a row or column");
            }
            Source::ColumnCount if input.class != Class::Param || !integer => {
                return error("the number of columns is one index of class param");
            }
            _ => {}
        }
    }
    for (name, slots) in [
        ("param", &program.param_slots),
        ("row", &program.row_slots),
        ("column", &program.column_slots),
    ] {
        if slots.contains(&Type::Mask) {
            return Err(Error::new(
                format!("{name} slots"),
                "a mask is never stored",
            ));
        }
    }
    for slot in &program.state {
        let error = |message: &str| Err(Error::new("state", format!("`{slot}`: {message}")));
        match slot.ty {
            Type::Mask => return error("a mask is never stored"),
            Type::Real => {}
            ty if slot.init.fract() == 0.0 && in_range(ty, slot.init as i64) => {}
            ty => return error(&format!("{} is not of type {ty}", slot.init)),
        }
    }
    for output in &program.outputs {
        let error = |message: &str| Err(Error::new(format!("output {}", output.name), message));
        match output.ty {
            Type::Mask => return error("a mask is never stored"),
            _ if output.width > LIMIT => return error("too wide"),
            _ => {}
        }
    }
    if program.group > LIMIT || (program.group > 0) == program.grouped.stmts.is_empty() {
        return Err(Error::new(
            "grouped",
            "a group is of some columns, not too many",
        ));
    }
    for (section, _) in program.sections() {
        block::verify(program, section)?;
        coverage::verify(program, section)?;
    }
    Ok(())
}

/// Whether an integer type holds a number.
fn in_range(ty: Type, number: i64) -> bool {
    match ty {
        Type::Index => i32::try_from(number).is_ok(),
        Type::Label => u32::try_from(number).is_ok(),
        Type::Real | Type::Mask => false,
    }
}
