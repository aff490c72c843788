//! Programs and schedules as text, and back.
//!
//! The text is what a binary carries and what tests and messages show: one statement per line, no
//! indentation, and nothing that can be inferred. `Display` writes it and `FromStr` reads it;
//! the round trip is exact, for valid programs and others.
//!
//! ```text
//! argument x i real 3                    name, axis, type, shape
//! pass i reduce j forward                or: pass i map, pass i gather j by 2
//! input x row real 3 = argument 0        name, class, type, width, source
//! row real*3 index                       the types of the slots; also param, column
//! state real=0.0 index=-1.0              types and initial values
//! output a real 1
//! row {                                  a section; empty ones are left out
//! local real 3
//! loop k0 0..3 (v0 = v1, v2: index = v3) {
//! v4 = input0[3 + 4*k0]                  Real needs no type, nor does a Mask from a comparison
//! v5: index = 7                          what else a type is not clear from has one
//! v6 = fma v4 v4 v0                      a row of the table of operations
//! v7 = v4 <= v6                          < <= == !=; v1 & v2, v1 | v2, !v1
//! v8 = v7 ? v4 : v6
//! v9 = v5 - v2                           of Index values
//! v10 = v9 as real
//! row[k0] = v10
//! next v6 v9                             what is carried into the next turn
//! }
//! }
//! result 0 0                             pass and output; `like 1`: with the rows of argument 1
//! ```

mod lex;
mod line;
mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::program::{Expr, Type};

pub(crate) use print::header;

/// Why a text is not a program or a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    line: usize,
    message: String,
}

impl Error {
    fn new(line: usize, message: impl Into<String>) -> Error {
        Error {
            line,
            message: message.into(),
        }
    }

    /// The line at fault, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Error {}

/// The type that a definition has when its text names none.
fn implied(expr: &Expr) -> Type {
    match expr {
        Expr::Real(_) | Expr::Load(..) | Expr::Op(..) | Expr::Select(..) | Expr::ToReal(_) => {
            Type::Real
        }
        Expr::Integer(_) | Expr::Subtract(..) => Type::Index,
        Expr::Compare(..) | Expr::And(..) | Expr::Or(..) | Expr::Not(_) => Type::Mask,
    }
}
