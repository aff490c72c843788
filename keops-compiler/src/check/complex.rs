//! Complex values: two real ones each.
//!
//! Every expression is looked at here first. Without a complex operand it is left to the others; with
//! one it becomes formulas of the parts, and nothing after `check` knows of complex numbers. What
//! an operation is of complex operands, the tables say ([`COMPLEX`], [`COMPLEX_LINEAR`]). What is linear
//! is the real operation, evaluated once with the real parts of its operands in their places and once
//! with the imaginary ones: it is checked, and its faults are reported, where the real one is.

mod derivative;
mod power;

use keops_program::op::Op;

use super::Evaluator;
use super::functions;
use super::reduction;
use super::scope::{Complex, Value};
use super::written::written;
use derivative::DERIVATIVES;

use crate::ast::{Comparison, Expr, ExprKind, Unary};
use crate::diagnostic::Diagnostic;
use crate::formula::{Node, row_major, width};
use crate::table::{
    COMPLEX, COMPLEX_BILINEAR, COMPLEX_LINEAR, CONTRACTIONS, ComplexRow, REDUCTIONS, alias,
};

/// An operand of an expression with its value.
type Operand<'e> = (&'e Expr, Value);

/// Names for the parts of the first and the second operand in a row of the table.
const PARTS: [[&str; 2]; 2] = [["a", "b"], ["c", "d"]];

impl Evaluator<'_> {
    /// The value of an expression with a complex operand, or of one that makes complex values;
    /// `None` if it is neither.
    pub(super) fn complex(&mut self, expr: &Expr) -> Option<Option<Value>> {
        // Lines of the tables are real.
        self.real?;
        let operands: Vec<&Expr> = match &expr.kind {
            ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Tuple(_) => return None,
            ExprKind::Unary(_, a) | ExprKind::Sum { body: a, .. } => vec![a],
            ExprKind::Norm(a) => vec![a],
            ExprKind::Index { base, .. } => vec![base],
            ExprKind::Infix(_, a, b)
            | ExprKind::MatMul(a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b) => vec![a, b],
            ExprKind::Pow(a, b) => match &a.kind {
                ExprKind::Norm(inside) => vec![inside, b],
                _ => vec![a, b],
            },
            ExprKind::Concat(parts) => parts.iter().collect(),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.value(condition);
                // The names that a branch defines are gone after it.
                self.block(then);
                self.block(otherwise);
                vec![&then.result, &otherwise.result]
            }
            ExprKind::Call { name, args } => {
                let operands = self.call_operands(&name.to_string(), args)?;
                operands.iter().collect()
            }
        };
        let values: Vec<Option<Value>> =
            operands.iter().map(|operand| self.value(operand)).collect();
        let makes =
            matches!(&expr.kind, ExprKind::Call { name, .. } if makes(alias(&name.to_string())));
        let is_complex = |value: &Option<Value>| matches!(value, Some(Value::Complex(_)));
        if !makes && !values.iter().any(is_complex) {
            return None;
        }
        let known: Option<Vec<Operand<'_>>> = operands
            .into_iter()
            .zip(values)
            .map(|(operand, value)| Some((operand, value?)))
            .collect();
        Some(known.and_then(|operands| self.of_complex(expr, &operands)))
    }

    /// What may be complex of the arguments of a call; `None` if it takes real numbers, and says so
    /// itself, or is of an item.
    fn call_operands<'e>(&self, name: &str, args: &'e [Expr]) -> Option<&'e [Expr]> {
        if self.items.and_then(|items| items.find(name)).is_some() {
            return None;
        }
        let name = alias(name);
        let all = row_of(name).is_some()
            || is_additive(name)
            || DERIVATIVES.iter().any(|(known, _)| *known == name)
            || name == "pow";
        let count = match COMPLEX_LINEAR.iter().find(|(known, _)| *known == name) {
            Some(&(_, count)) => count,
            None if is_bilinear(name) => 2,
            None if all => args.len(),
            None => return None,
        };
        args.get(..count)
    }

    /// The value of an expression, of operands one of which is complex.
    fn of_complex(&mut self, expr: &Expr, operands: &[Operand<'_>]) -> Option<Value> {
        match &expr.kind {
            ExprKind::Unary(Unary::Neg, _)
            | ExprKind::Infix(Op::Add | Op::Sub, ..)
            | ExprKind::Concat(_)
            | ExprKind::Index { .. }
            | ExprKind::If { .. }
            | ExprKind::Sum { .. } => self.by_parts(expr, operands, Real::Zero),
            ExprKind::Infix(Op::Mul, ..) | ExprKind::MatMul(..) => self.product(expr, operands),
            ExprKind::Infix(Op::Div, ..) => match operands[1].1 {
                Value::One(_) => self.by_parts(expr, operands, Real::Same),
                _ => self.row("operands of `/`", named("div"), operands),
            },
            ExprKind::Norm(_) => self.modulus(expr, &operands[0]),
            ExprKind::Pow(base, _) => match base.kind {
                ExprKind::Norm(_) => self.power_of_modulus(expr, base, operands),
                _ => self.complex_power(operands),
            },
            ExprKind::Compare(Comparison::Eq, ..) => {
                self.row("operands of `==`", named("equal"), operands)
            }
            ExprKind::Compare(Comparison::Ne, ..) => {
                self.row("operands of `!=`", named("notequal"), operands)
            }
            ExprKind::Compare(..) => {
                let (a, _) = operands.iter().find(|(_, value)| is_complex(value))?;
                let this = self.this(a);
                self.fault(
                    Diagnostic::new(a.span, format!("{this} is complex, and has no order"))
                        .help(format!("compare `abs({0})`, or `re({0})`", written(a))),
                )
            }
            ExprKind::Call { name, args } => {
                self.call_of_complex(expr, &name.to_string(), args, operands)
            }
            // What takes a condition says so itself.
            _ => self.plain(expr),
        }
    }

    fn call_of_complex(
        &mut self,
        expr: &Expr,
        name: &str,
        args: &[Expr],
        operands: &[Operand<'_>],
    ) -> Option<Value> {
        let (written, name) = (name, alias(name));
        if name == "div" && operands.len() == 2 && !is_complex(&operands[1].1) {
            return self.by_parts(expr, operands, Real::Same);
        }
        let rows = || COMPLEX.iter().filter(|row| row.name == name);
        if rows().next().is_some() {
            let signatures: Vec<&[&str]> = rows().map(|row| row.operands).collect();
            self.check_count(expr, written, &signatures, args.len())?;
            let row = rows().find(|row| row.operands.len() == args.len())?;
            return self.row(&format!("arguments of `{written}`"), row, operands);
        }
        if COMPLEX_LINEAR.iter().any(|(known, _)| *known == name) || is_additive(name) {
            return self.by_parts(expr, operands, Real::Zero);
        }
        if is_bilinear(name) {
            return self.product(expr, operands);
        }
        match DERIVATIVES.iter().find(|(known, _)| *known == name) {
            Some((_, by)) => {
                let name = match name {
                    "grad" if args.len() == 3 => "vjp",
                    name => name,
                };
                self.complex_derivative(expr, name, *by, operands)
            }
            None if args.len() == 2 => self.complex_power(operands),
            None => self.plain(expr),
        }
    }

    /// Says that a real number was wanted in the place of a complex one.
    pub(super) fn is_complex<T>(&mut self, expr: &Expr) -> Option<T> {
        let (this, text) = (self.this(expr), written(expr));
        self.fault(
            Diagnostic::new(
                expr.span,
                format!("{this} is complex, where a real number is wanted"),
            )
            .help(format!("write `abs({text})`, `re({text})` or `im({text})`")),
        )
    }

    /// A value as a complex one; a real one has no imaginary part.
    pub(super) fn as_complex(&mut self, expr: &Expr, value: &Value) -> Option<Complex> {
        if let Value::Complex(z) = value {
            return Some(*z);
        }
        let node = self.one(expr, value.clone())?;
        let re = self.as_number(expr, node)?;
        let shape = self.formula.shape(re).to_vec();
        let im = self.formula.splat(0.0, &shape);
        Some(Complex { re, im })
    }

    /// Parts of one shape, of which one may be a scalar.
    fn of_parts(&mut self, re: Node, im: Node) -> Value {
        let shape = self.formula.common_shape(&[re, im]);
        let [re, im] = [re, im].map(|part| self.formula.fill(part, &shape));
        Value::Complex(Complex { re, im })
    }

    /// The parts of what is stored: those of each component side by side.
    pub(super) fn parts_of(&mut self, node: Node) -> Complex {
        let shape = self.formula.shape(node).to_vec();
        let outer = &shape[..shape.len() - 1];
        let mut part = |offset| {
            let strides = row_major(outer).iter().map(|stride| 2 * stride).collect();
            self.formula.view(node, offset, strides, outer)
        };
        Complex {
            re: part(0),
            im: part(1),
        }
    }

    /// A complex value as it is stored: with one dimension more, of the parts of each component.
    pub(super) fn stored(&mut self, z: Complex) -> Node {
        let shape = self.formula.shape(z.re).to_vec();
        let (mut both, mut pairs) = (vec![2], shape.clone());
        both.extend(&shape);
        pairs.push(2);
        let both = self.formula.concat(&[z.re, z.im], &both);
        let mut strides = row_major(&shape);
        strides.push(width(&shape));
        let node = self.formula.view(both, 0, strides, &pairs);
        self.standing.insert(node, shape);
        node
    }

    /// The expression with these nodes in the place of its operands.
    fn with(&mut self, expr: &Expr, operands: &[Operand<'_>], nodes: &[Node]) -> Option<Node> {
        let key = |operand: &Operand<'_>| std::ptr::from_ref(operand.0);
        for (operand, &node) in operands.iter().zip(nodes) {
            self.values.insert(key(operand), Some(Value::One(node)));
        }
        let value = self.plain(expr);
        for operand in operands {
            self.values.insert(key(operand), Some(operand.1.clone()));
        }
        self.one(expr, value?)
    }

    /// An expression that is linear in its complex operands: of each part, with what real operands are
    /// beside imaginary parts.
    fn by_parts(&mut self, expr: &Expr, operands: &[Operand<'_>], real: Real) -> Option<Value> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (operand, value) in operands {
            match value {
                Value::Complex(z) => {
                    self.stands(*z);
                    first.push(z.re);
                    second.push(z.im);
                }
                other => {
                    let node = self.one(operand, other.clone())?;
                    first.push(node);
                    second.push(match real {
                        Real::Same => node,
                        Real::Zero => {
                            let shape = self.formula.shape(node).to_vec();
                            self.formula.splat(0.0, &shape)
                        }
                    });
                }
            }
        }
        let re = self.with(expr, operands, &first)?;
        let im = self.with(expr, operands, &second)?;
        Some(self.of_parts(re, im))
    }

    /// An expression that is linear in each of two operands.
    fn product(&mut self, expr: &Expr, operands: &[Operand<'_>]) -> Option<Value> {
        let [(_, Value::Complex(z)), (_, Value::Complex(w))] = operands else {
            return self.by_parts(expr, operands, Real::Same);
        };
        let (z, w) = (*z, *w);
        self.stands(z);
        self.stands(w);
        let re = self.with(expr, operands, &[z.re, w.re])?;
        let mut part = |a, b| self.with(expr, operands, &[a, b]);
        let (minus, left, right) = (part(z.im, w.im)?, part(z.re, w.im)?, part(z.im, w.re)?);
        let re = self.formula.op(Op::Sub, &[re, minus]);
        let im = self.formula.op(Op::Add, &[left, right]);
        Some(self.of_parts(re, im))
    }

    /// Remembers for messages that the real part stands for the whole.
    fn stands(&mut self, z: Complex) {
        let shape = self.formula.shape(z.re).to_vec();
        self.standing.insert(z.re, shape);
    }

    /// A row of the table, element by element.
    fn row(&mut self, what: &str, row: &ComplexRow, operands: &[Operand<'_>]) -> Option<Value> {
        let (mut parts, mut shapes) = (Vec::new(), Vec::new());
        for (k, (operand, value)) in operands.iter().enumerate() {
            let [re, im] = PARTS[k];
            if row.of_reals {
                let node = self.one(operand, value.clone());
                let node = node.and_then(|node| self.as_number(operand, node))?;
                parts.push((re, node));
                shapes.push((*operand, node));
            } else {
                let z = self.as_complex(operand, value)?;
                if is_complex(value) {
                    self.stands(z);
                }
                parts.extend([(re, z.re), (im, z.im)]);
                shapes.push((*operand, z.re));
            }
        }
        self.same_shape(what, &shapes)?;
        let re = self.line(row.re, &parts);
        if row.im.is_empty() {
            return Some(Value::One(re));
        }
        let im = self.line(row.im, &parts);
        Some(self.of_parts(re, im))
    }
}

/// What stands for a real operand where the imaginary parts of complex ones are combined.
#[derive(Clone, Copy)]
enum Real {
    /// Its own imaginary part: the operation is linear in all operands together.
    Zero,
    /// Itself: the operation is linear in each operand.
    Same,
}

/// The row of that name, which the table has.
fn named(name: &str) -> &'static ComplexRow {
    row_of(name).unwrap_or_else(|| panic!("the table of complex operations has no `{name}`"))
}

/// The row of that name.
fn row_of(name: &str) -> Option<&'static ComplexRow> {
    COMPLEX.iter().find(|row| row.name == name)
}

/// Whether the function is one of complex numbers only, or makes them.
fn makes(name: &str) -> bool {
    row_of(name).is_some() && !functions::real(name)
}

fn is_complex(value: &Value) -> bool {
    matches!(value, Value::Complex(_))
}

/// Whether the name is that of a function which is linear in each of two operands.
fn is_bilinear(name: &str) -> bool {
    COMPLEX_BILINEAR.contains(&name) || CONTRACTIONS.iter().any(|row| row.name == name)
}

/// Whether the name is that of a reduction which is linear.
fn is_additive(name: &str) -> bool {
    reduction::split(name).is_some_and(|(base, _)| {
        base == "mean"
            || REDUCTIONS
                .iter()
                .any(|row| row.name == base && row.additive)
    })
}
