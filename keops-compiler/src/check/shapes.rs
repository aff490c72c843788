//! Types and shapes in messages, and element-wise shapes.

use keops_program::program::Type;

use super::Evaluator;
use super::written::{atom, factor, written};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::{Node, Shape};

/// A type as written in Rust: `[[T; 3]; 2]`.
pub(super) fn type_text(scalar: &str, shape: &[u32]) -> String {
    shape
        .iter()
        .rev()
        .fold(scalar.to_string(), |inner, n| format!("[{inner}; {n}]"))
}

impl Evaluator<'_> {
    /// The type of a node as written in Rust.
    pub(super) fn type_of(&self, node: Node) -> String {
        if let Some(shape) = self.standing.get(&node) {
            return type_text(&format!("Complex<{}>", self.floating), shape);
        }
        let scalar = match self.formula.ty(node) {
            Type::Real => self.floating.clone(),
            Type::Label | Type::Index => "u32".into(),
            Type::Mask => "bool".into(),
        };
        type_text(&scalar, self.formula.shape(node))
    }

    /// What a node is, in words.
    pub(super) fn noun(&self, node: Node) -> &'static str {
        match self.formula.ty(node) {
            Type::Real if self.standing.contains_key(&node) => "a complex number",
            Type::Real => "a number",
            Type::Label => "a label",
            Type::Index => "an index",
            Type::Mask => "a condition",
        }
    }

    /// An expression in a message: its text in backticks if it is short.
    pub(super) fn this(&self, expr: &Expr) -> String {
        let text = written(expr);
        if text.contains('…') {
            "this".into()
        } else {
            format!("`{text}`")
        }
    }

    /// Checks that operands have one shape, or are scalars.
    pub(super) fn same_shape(&mut self, what: &str, parts: &[(&Expr, Node)]) -> Option<()> {
        let mut full = parts
            .iter()
            .filter(|(_, node)| !self.formula.is_scalar(*node));
        let Some(&(a, x)) = full.next() else {
            return Some(());
        };
        let Some(&(b, y)) = full.find(|(_, y)| self.formula.shape(*y) != self.formula.shape(x))
        else {
            return Some(());
        };
        let (left, right) = (self.type_of(x), self.type_of(y));
        let help = self.remedy(what.contains('*'), (a, x), (b, y));
        self.fault(
            Diagnostic::new(
                a.span,
                format!("{what} have different shapes: `{left}` and `{right}`"),
            )
            .help(help)
            .second(b.span, format!("this one is `{right}`")),
        )
    }

    /// What to write in place of operands of different shapes.
    fn remedy(&self, product: bool, (a, x): (&Expr, Node), (b, y): (&Expr, Node)) -> String {
        let shape = |node: Node| -> Shape { self.formula.shape(node).to_vec() };
        match (&shape(x)[..], &shape(y)[..]) {
            (&[n], &[m]) => {
                let (longer, least) = if n > m { (a, m) } else { (b, n) };
                format!(
                    "take as many components of both: `{}[..{least}]`",
                    atom(longer)
                )
            }
            (&[.., n], &[m] | &[m, _]) if product && n == m => {
                format!(
                    "write `{} @ {}` for the matrix product",
                    factor(a),
                    factor(b)
                )
            }
            _ => "give both the same shape; a scalar goes with any".into(),
        }
    }
}
