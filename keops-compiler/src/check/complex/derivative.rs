//! Derivatives by and of complex values: those of the equivalent real formula, in which a value is what
//! is stored of it. The gradient by `z` is ∂/∂re + i ∂/∂im.

use super::super::Evaluator;
use super::super::scope::{Complex, Value};
use super::{Operand, is_complex};
use crate::ast::{Expr, ExprKind};
use crate::formula::Node;

/// Which derivatives are given as a complex value, by the operand that says so: by a complex variable,
/// or of a complex value.
pub(super) const DERIVATIVES: [(&str, Option<usize>); 6] = [
    ("grad", Some(1)),
    ("vjp", Some(1)),
    ("adjoint_of", Some(1)),
    ("jvp", Some(0)),
    ("laplacian", None),
    ("divergence", None),
];

impl Evaluator<'_> {
    /// A derivative of the equivalent real formula, of values as they are stored. `by` is the operand
    /// whose type the result has.
    pub(super) fn complex_derivative(
        &mut self,
        expr: &Expr,
        name: &str,
        by: Option<usize>,
        operands: &[Operand<'_>],
    ) -> Option<Value> {
        // A tangent is like the variable, a cotangent like the value.
        let like = match name {
            "vjp" | "adjoint_of" => Some(0),
            "jvp" => Some(1),
            _ => None,
        };
        let mut nodes = Vec::new();
        for (k, (operand, value)) in operands.iter().enumerate() {
            let whole = k == 1 || name != "grad" && name != "laplacian";
            let value = match like.filter(|_| k == 2).map(|like| &operands[like].1) {
                Some(Value::Complex(of)) => {
                    let z = self.as_complex(operand, value)?;
                    let shape = self.formula.shape(of.re).to_vec();
                    Value::Complex(if self.formula.is_scalar(z.re) {
                        let [re, im] = [z.re, z.im].map(|part| self.formula.fill(part, &shape));
                        Complex { re, im }
                    } else {
                        z
                    })
                }
                Some(_) if is_complex(value) => return self.is_complex(operand),
                _ => value.clone(),
            };
            nodes.push(match value {
                Value::Complex(_) if !whole => return self.is_complex(operand),
                Value::Complex(z) => match self.variable_of(operand).filter(|_| k == 1) {
                    Some(variable) => {
                        let shape = self.formula.shape(z.re).to_vec();
                        self.standing.insert(variable, shape);
                        variable
                    }
                    None => self.stored(z),
                },
                other => self.one(operand, other)?,
            });
        }
        let node = self.with(expr, operands, &nodes)?;
        Some(match by.map(|k| &operands[k].1) {
            Some(Value::Complex(_)) => Value::Complex(self.parts_of(node)),
            _ => Value::One(node),
        })
    }

    /// The node of a variable, if that is the name of one.
    fn variable_of(&mut self, expr: &Expr) -> Option<Node> {
        let ExprKind::Name(name) = &expr.kind else {
            return None;
        };
        let name = name.to_string();
        self.scope.find(&name).filter(|binding| binding.variable)?;
        let variables = self.formula.variables();
        let number = variables
            .iter()
            .position(|variable| variable.name == name)?;
        Some(self.formula.variable(number as u32))
    }
}
