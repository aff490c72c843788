//! The results of a formula, and the types that were written for them.

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
        let nodes = value.flat();
        let spans = spans(expr, nodes.len());
        let Some(written) = written else {
            let results: Vec<Option<ResultValue>> = nodes
                .iter()
                .zip(spans)
                .map(|(&node, span)| self.inferred(node, span))
                .collect();
            return results.into_iter().collect();
        };
        let mut types = Vec::new();
        flatten(written, &mut types);
        if types.len() != nodes.len() {
            let all: Vec<String> = nodes.iter().map(|&node| self.type_of(node)).collect();
            let all = if all.len() == 1 {
                all[0].clone()
            } else {
                format!("({})", all.join(", "))
            };
            let results = if nodes.len() == 1 {
                "result"
            } else {
                "results"
            };
            return self.fault(
                Diagnostic::new(
                    written.span(),
                    format!(
                        "the formula has {} {results}, not {}",
                        nodes.len(),
                        types.len()
                    ),
                )
                .help(format!("write `{all}`")),
            );
        }
        let results: Vec<Option<ResultValue>> = nodes
            .iter()
            .zip(types)
            .zip(spans)
            .map(|((&node, ty), span)| self.typed(node, ty, span))
            .collect();
        results.into_iter().collect()
    }

    fn typed(&mut self, node: Node, ty: &Ty, span: Span) -> Option<ResultValue> {
        if let Scalar::Complex(_) = ty.scalar {
            return self.complex(ty.span);
        }
        let number = matches!(ty.scalar, Scalar::Real(_)) && self.formula.ty(node) == Type::Mask;
        let node = if number {
            self.formula.number(node)
        } else {
            node
        };
        let result = self.inferred(node, span)?;
        let fits = match ty.scalar {
            Scalar::Real(_) => result.kind == ResultKind::Real,
            Scalar::U32 => result.kind == ResultKind::Label,
            Scalar::Bool => result.kind == ResultKind::Bool,
            Scalar::Complex(_) => false,
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
            other => other.to_string(),
        };
        let dims: Vec<u32> = ty.dims.iter().map(|&n| n as u32).collect();
        let (is, wanted) = (self.type_of(node), type_text(&scalar, &dims));
        self.fault(
            Diagnostic::new(ty.span, format!("the result is `{is}`, not `{wanted}`"))
                .help(format!("write `{is}`")),
        )
    }

    fn inferred(&mut self, node: Node, span: Span) -> Option<ResultValue> {
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

    /// Whether an index may be a difference.
    fn is_signed(&self, node: Node) -> bool {
        let operands = self.formula.operands(node);
        match self.formula.kind(node) {
            Kind::Subtract => true,
            Kind::Select => operands[1..].iter().any(|&n| self.is_signed(n)),
            Kind::View { .. } | Kind::Concat => operands.iter().any(|&n| self.is_signed(n)),
            _ => false,
        }
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
