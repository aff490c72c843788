//! Moduli and powers of complex values.

use keops_program::op::Op;

use super::super::Evaluator;
use super::super::functions::composite;
use super::super::scope::{Complex, Value};
use super::super::written::written;
use super::{Operand, is_complex, named};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::{Node, width};

impl Evaluator<'_> {
    /// `|z|`: the modulus of a scalar, the norm of anything else.
    pub(super) fn modulus(&mut self, expr: &Expr, operand: &Operand<'_>) -> Option<Value> {
        let z = self.as_complex(operand.0, &operand.1)?;
        if self.formula.is_scalar(z.re) {
            let operand = std::slice::from_ref(operand);
            return self.row("operands of `|…|`", named("abs"), operand);
        }
        let all = self.all_parts(z);
        self.composite(expr, composite("norm"), &[(expr, all)])
            .map(Value::One)
    }

    /// `|z|^p`. An even power takes no square root.
    pub(super) fn power_of_modulus(
        &mut self,
        expr: &Expr,
        base: &Expr,
        operands: &[Operand<'_>],
    ) -> Option<Value> {
        let (exponent, value) = &operands[1];
        let p = self.one(exponent, value.clone())?;
        let p = self.as_number(exponent, p)?;
        let (x, p) = match self.integer_constant(p) {
            Some(n) if n % 2 == 0 => {
                let z = self.as_complex(operands[0].0, &operands[0].1)?;
                let square = if self.formula.is_scalar(z.re) {
                    let squares = named("abs2").re;
                    self.line(squares, &[("a", z.re), ("b", z.im)])
                } else {
                    let all = self.all_parts(z);
                    self.composite(expr, composite("sqnorm"), &[(base, all)])?
                };
                (square, self.formula.real((n / 2) as f64))
            }
            _ => {
                let modulus = self.modulus(base, &operands[0])?;
                (self.one(base, modulus)?, p)
            }
        };
        self.power_of((base, x), (exponent, p)).map(Value::One)
    }

    /// The parts of all components, end to end.
    fn all_parts(&mut self, z: Complex) -> Node {
        let count = width(self.formula.shape(z.re));
        self.formula.concat(&[z.re, z.im], &[2 * count])
    }

    /// `z ^ n`: repeated multiplication.
    pub(super) fn complex_power(&mut self, operands: &[Operand<'_>]) -> Option<Value> {
        let [(base, value), (exponent, p)] = operands else {
            return None;
        };
        let n = match p {
            Value::One(p) => self.integer_constant(*p),
            _ => None,
        };
        let Some(n) = n.filter(|_| is_complex(value)) else {
            let (z, p) = (written(base), written(exponent));
            return self.fault(
                Diagnostic::new(
                    exponent.span,
                    "a complex number has powers by an integer literal",
                )
                .help(format!(
                    "write `exp({p} * complex(log(abs({z})), arg({z})))` for the principal value"
                )),
            );
        };
        let z = self.as_complex(base, value)?;
        let shape = self.formula.shape(z.re).to_vec();
        let one = Complex {
            re: self.formula.splat(1.0, &shape),
            im: self.formula.splat(0.0, &shape),
        };
        let (mut power, mut square, mut rest) = (None, z, n.unsigned_abs());
        while rest > 0 {
            if rest % 2 == 1 {
                power = Some(match power {
                    None => square,
                    Some(power) => self.times(power, square),
                });
            }
            rest /= 2;
            if rest > 0 {
                square = self.times(square, square);
            }
        }
        let power = power.unwrap_or(one);
        Some(if n < 0 {
            let parts = [
                ("a", one.re),
                ("b", one.im),
                ("c", power.re),
                ("d", power.im),
            ];
            let row = named("div");
            let (re, im) = (self.line(row.re, &parts), self.line(row.im, &parts));
            self.of_parts(re, im)
        } else {
            Value::Complex(power)
        })
    }

    /// The product of each component.
    fn times(&mut self, z: Complex, w: Complex) -> Complex {
        let mut product = |a, b| self.formula.op(Op::Mul, &[a, b]);
        let (plus, minus) = (product(z.re, w.re), product(z.im, w.im));
        let (left, right) = (product(z.re, w.im), product(z.im, w.re));
        Complex {
            re: self.formula.op(Op::Sub, &[plus, minus]),
            im: self.formula.op(Op::Add, &[left, right]),
        }
    }
}
