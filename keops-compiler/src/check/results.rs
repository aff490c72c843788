//! The results of a formula, and the types that were written for them.

use std::collections::BTreeSet;

use keops_program::program::Type;

use super::scope::Value;
use super::shapes::type_text;
use super::{Evaluator, ResultKind, ResultValue};
use crate::ast::{Expr, ResultTy, Scalar, Span, Ty};
use crate::diagnostic::Diagnostic;
use crate::formula::{Kind, Node};

impl Evaluator<'_> {
    /// The results, if they are of the types that were written.
    pub(super) fn results(
        &mut self,
        expr: &Expr,
        value: &Value,
        written: Option<&ResultTy>,
    ) -> Option<Vec<ResultValue>> {
        let values = value.flat();
        let spans = spans(expr, values.len());
        let Some(written) = written else {
            let results: Vec<Option<ResultValue>> = values
                .into_iter()
                .zip(spans)
                .map(|(value, span)| self.inferred(value, span))
                .collect();
            return results.into_iter().collect();
        };
        let mut types = Vec::new();
        flatten(written, &mut types);
        if types.len() != values.len() {
            let all: Vec<String> = values
                .iter()
                .map(|value| self.type_of_value(value))
                .collect();
            let all = if all.len() == 1 {
                all[0].clone()
            } else {
                format!("({})", all.join(", "))
            };
            let results = if values.len() == 1 {
                "result"
            } else {
                "results"
            };
            return self.fault(
                Diagnostic::new(
                    written.span(),
                    format!(
                        "the formula has {} {results}, not {}",
                        values.len(),
                        types.len()
                    ),
                )
                .help(format!("write `{all}`")),
            );
        }
        let results: Vec<Option<ResultValue>> = values
            .into_iter()
            .zip(types)
            .zip(spans)
            .map(|((value, ty), span)| self.typed(expr, value, ty, span))
            .collect();
        results.into_iter().collect()
    }

    fn typed(&mut self, expr: &Expr, value: &Value, ty: &Ty, span: Span) -> Option<ResultValue> {
        let value = match (value, ty.scalar) {
            (&Value::One(node), Scalar::Real(_)) if self.formula.ty(node) == Type::Mask => {
                Value::One(self.formula.number(node))
            }
            (&Value::One(node), Scalar::Complex(_)) if self.formula.ty(node) == Type::Real => {
                self.as_complex(expr, value).map(Value::Complex)?
            }
            _ => value.clone(),
        };
        let result = self.inferred(&value, span)?;
        let fits = match ty.scalar {
            Scalar::Real(_) => result.kind == ResultKind::Real,
            Scalar::U32 => result.kind == ResultKind::Label,
            Scalar::Bool => result.kind == ResultKind::Bool,
            Scalar::Complex(_) => result.kind == ResultKind::Complex,
        };
        let same = result
            .shape
            .iter()
            .map(|&n| n as usize)
            .eq(ty.dims.iter().copied());
        if fits && same {
            return Some(result);
        }
        let scalar = match ty.scalar {
            Scalar::Real(_) => self.floating.clone(),
            Scalar::Complex(_) => format!("Complex<{}>", self.floating),
            other => other.to_string(),
        };
        let dims: Vec<u32> = ty.dims.iter().map(|&n| n as u32).collect();
        let (is, wanted) = (self.type_of_value(&value), type_text(&scalar, &dims));
        self.fault(
            Diagnostic::new(ty.span, format!("the result is `{is}`, not `{wanted}`"))
                .help(format!("write `{is}`")),
        )
    }

    /// The type of a value as written in Rust.
    fn type_of_value(&self, value: &Value) -> String {
        match value {
            Value::One(node) => self.type_of(*node),
            Value::Complex(z) => {
                let scalar = format!("Complex<{}>", self.floating);
                type_text(&scalar, self.formula.shape(z.re))
            }
            Value::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|v| self.type_of_value(v)).collect();
                format!("({})", parts.join(", "))
            }
        }
    }

    fn inferred(&mut self, value: &Value, span: Span) -> Option<ResultValue> {
        let node = match value {
            Value::One(node) => *node,
            Value::Complex(z) => {
                return Some(ResultValue {
                    node: self.stored(*z),
                    kind: ResultKind::Complex,
                    shape: self.formula.shape(z.re).to_vec(),
                });
            }
            // Tuples are flat here.
            Value::Tuple(_) => return None,
        };
        let kind = match self.formula.ty(node) {
            Type::Real => ResultKind::Real,
            Type::Label => ResultKind::Label,
            Type::Mask => ResultKind::Bool,
            Type::Index if self.is_signed(node) => {
                return self.fault(
                    Diagnostic::new(
                        span,
                        "a difference of indices is signed: it cannot be a result",
                    )
                    .help("write `float(…)` around it"),
                );
            }
            Type::Index => ResultKind::Label,
        };
        Some(ResultValue {
            node,
            kind,
            shape: self.formula.shape(node).to_vec(),
        })
    }

    /// Whether an index may be negative: a difference, but for an integer more.
    fn is_signed(&self, node: Node) -> bool {
        let (mut open, mut seen) = (vec![node], BTreeSet::new());
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            let operands = self.formula.operands(node);
            match self.formula.kind(node) {
                Kind::Integer(value) if *value < 0 => return true,
                Kind::Subtract => match self.formula.kind(operands[1]) {
                    Kind::Integer(less) if *less <= 0 => open.push(operands[0]),
                    _ => return true,
                },
                Kind::Select => open.extend_from_slice(&operands[1..]),
                Kind::View { .. } | Kind::Concat => open.extend_from_slice(operands),
                _ => {}
            }
        }
        false
    }
}

/// Where each of `count` results is written; the whole expression if that cannot be told.
fn spans(expr: &Expr, count: usize) -> Vec<Span> {
    fn collect(expr: &Expr, into: &mut Vec<Span>) {
        match &expr.kind {
            crate::ast::ExprKind::Tuple(parts) => parts.iter().for_each(|part| collect(part, into)),
            _ => into.push(expr.span),
        }
    }
    let mut spans = Vec::new();
    collect(expr, &mut spans);
    if spans.len() == count {
        spans
    } else {
        vec![expr.span; count]
    }
}

/// The types of a result, nested tuples flattened.
pub(super) fn flatten<'a>(written: &'a ResultTy, into: &mut Vec<&'a Ty>) {
    match written {
        ResultTy::Value(ty) => into.push(ty),
        ResultTy::Tuple(parts, _) => parts.iter().for_each(|part| flatten(part, into)),
        ResultTy::Matrix(..) => {}
    }
}
