//! A node as text.

use std::cell::Cell;

use super::{Axis, Formula, Kind, Node};
use crate::table::{COMPOSITES, REDUCTIONS};
use keops_program::program::Comparison;

/// How strongly a value's text holds together.
const ATOM: u8 = 100;
const UNARY: u8 = 13;
const COMPARE: u8 = 5;

/// The most operations that are shown: written out, what is shared can be very long.
const MOST: u32 = 1000;

impl Formula {
    /// The node in the notation of the language, as far as it reaches. Of a long formula, inner parts
    /// are `…`.
    pub fn show(&self, node: Node) -> String {
        Shown {
            formula: self,
            left: Cell::new(MOST),
        }
        .show(node)
    }
}

struct Shown<'a> {
    formula: &'a Formula,
    /// How many more operations are shown.
    left: Cell<u32>,
}

impl Shown<'_> {
    fn show(&self, node: Node) -> String {
        self.text(node).0
    }

    fn within(&self, node: Node, power: u8) -> String {
        let (text, own) = self.text(node);
        if own < power {
            format!("({text})")
        } else {
            text
        }
    }

    fn call(&self, name: &str, operands: &[Node]) -> (String, u8) {
        let operands: Vec<String> = operands.iter().map(|&n| self.show(n)).collect();
        (format!("{name}({})", operands.join(", ")), ATOM)
    }

    fn text(&self, node: Node) -> (String, u8) {
        let Some(left) = self.left.get().checked_sub(1) else {
            return ("…".into(), ATOM);
        };
        self.left.set(left);
        let data = self.formula.data(node);
        let of = &data.operands;
        match &data.kind {
            Kind::Real(bits) => {
                let value = bits.value();
                let text = format!("{value}");
                (text, if value < 0.0 { UNARY } else { ATOM })
            }
            Kind::Integer(value) => (format!("{value}"), ATOM),
            Kind::Variable(number) => (
                self.formula.variables()[*number as usize].name.clone(),
                ATOM,
            ),
            Kind::Position(axis) => (letter(*axis).to_string(), ATOM),
            Kind::Op(op) => match (op.row().infix, &of[..]) {
                (Some(infix), &[a, b]) => {
                    let (a, b) = (self.within(a, infix.left), self.within(b, infix.right));
                    (format!("{a} {} {b}", infix.symbol), infix.left)
                }
                _ => self.call(op.row().name, of),
            },
            Kind::Composite(row) => self.call(COMPOSITES[*row].name, of),
            Kind::Compare(comparison) => {
                let symbol = match comparison {
                    Comparison::Lt => "<",
                    Comparison::Le => "<=",
                    Comparison::Eq => "==",
                    Comparison::Ne => "!=",
                };
                let (a, b) = (
                    self.within(of[0], COMPARE + 1),
                    self.within(of[1], COMPARE + 1),
                );
                (format!("{a} {symbol} {b}"), COMPARE)
            }
            Kind::And => (
                format!("{} && {}", self.within(of[0], 3), self.within(of[1], 4)),
                3,
            ),
            Kind::Or => (
                format!("{} || {}", self.within(of[0], 1), self.within(of[1], 2)),
                1,
            ),
            Kind::Not => (format!("!{}", self.within(of[0], UNARY)), UNARY),
            Kind::Select => {
                let [c, a, b] = [of[0], of[1], of[2]].map(|n| self.show(n));
                (format!("if {c} {{ {a} }} else {{ {b} }}"), ATOM)
            }
            Kind::Subtract => (
                format!("{} - {}", self.within(of[0], 7), self.within(of[1], 8)),
                7,
            ),
            Kind::ToReal => self.call("float", of),
            Kind::Contract(contraction) if contraction.output.is_empty() && of.len() == 1 => {
                self.call("sum", of)
            }
            Kind::Contract(contraction) => {
                let letters =
                    |part: &[u8]| part.iter().map(|&n| (b'k' + n) as char).collect::<String>();
                let inputs: Vec<String> = contraction.inputs.iter().map(|i| letters(i)).collect();
                let name = format!(
                    "contract[{}->{}]",
                    inputs.join(","),
                    letters(&contraction.output)
                );
                self.call(&name, of)
            }
            Kind::View { offset, strides } => {
                let strides: Vec<String> = strides.iter().map(u32::to_string).collect();
                let base = self.within(of[0], ATOM);
                (format!("{base}[{offset}; {}]", strides.join(",")), ATOM)
            }
            Kind::Concat => {
                let parts: Vec<String> = of.iter().map(|&n| self.show(n)).collect();
                (format!("[{}]", parts.join(", ")), ATOM)
            }
            Kind::Reduce {
                reduction,
                axis,
                count,
            } => {
                let name = format!("{}_{}", REDUCTIONS[*reduction].name, letter(*axis));
                let (text, strength) = self.call(&name, of);
                match count {
                    0 => (text, strength),
                    _ => (text.replacen('(', &format!("({count}, "), 1), strength),
                }
            }
        }
    }
}

fn letter(axis: Axis) -> char {
    match axis {
        Axis::I => 'i',
        Axis::J => 'j',
        Axis::Batch => 'b',
        Axis::Unit => '1',
    }
}
