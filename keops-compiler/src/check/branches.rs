//! Masks: comparisons, logic and `if`.

use keops_program::program::{Comparison, Type};

use super::Evaluator;
use super::scope::Value;
use super::written::{term, written};
use crate::ast::{self, Block, Expr};
use crate::diagnostic::Diagnostic;
use crate::formula::Node;

impl Evaluator<'_> {
    /// The value of an expression that is a mask.
    pub(super) fn mask(&mut self, expr: &Expr) -> Option<Node> {
        let node = self.node(expr)?;
        if self.formula.ty(node) == Type::Mask {
            return Some(node);
        }
        let (this, what) = (self.this(expr), self.noun(node));
        self.fault(
            Diagnostic::new(expr.span, format!("{this} is {what}, not a condition"))
                .help(format!("compare it, for instance `{} != 0`", term(expr))),
        )
    }

    /// Two masks of one shape.
    pub(super) fn masks(&mut self, what: &str, a: &Expr, b: &Expr) -> Option<(Node, Node)> {
        let (x, y) = (self.mask(a), self.mask(b));
        let (x, y) = (x?, y?);
        self.same_shape(what, &[(a, x), (b, y)])?;
        Some((x, y))
    }

    /// `a < b`, and its like.
    pub(super) fn compare(&mut self, how: ast::Comparison, a: &Expr, b: &Expr) -> Option<Node> {
        let (x, y) = (self.node(a), self.node(b));
        let (x, y) = self.one_type(None, (a, x?), (b, y?))?;
        self.same_shape(
            &format!("operands of `{}`", how.symbol()),
            &[(a, x), (b, y)],
        )?;
        Some(match how {
            ast::Comparison::Eq => self.formula.compare(Comparison::Eq, x, y),
            ast::Comparison::Ne => self.formula.compare(Comparison::Ne, x, y),
            ast::Comparison::Lt => self.formula.compare(Comparison::Lt, x, y),
            ast::Comparison::Le => self.formula.compare(Comparison::Le, x, y),
            ast::Comparison::Gt => self.formula.compare(Comparison::Lt, y, x),
            ast::Comparison::Ge => self.formula.compare(Comparison::Le, y, x),
        })
    }

    /// Two values as values of one type. A mask is 0 or 1; an integer constant takes the other's type.
    /// `whole` is what they are parts of; `None` if they are compared.
    pub(super) fn one_type(
        &mut self,
        whole: Option<&str>,
        (a, x): (&Expr, Node),
        (b, y): (&Expr, Node),
    ) -> Option<(Node, Node)> {
        let integer = |ty: Type| matches!(ty, Type::Label | Type::Index);
        match (self.formula.ty(x), self.formula.ty(y)) {
            (s, t) if s == t && integer(s) => Some((x, y)),
            (s, t) if !integer(s) && !integer(t) => {
                Some((self.formula.number(x), self.formula.number(y)))
            }
            (s, Type::Real) if integer(s) && self.formula.constant(y).is_some() => {
                Some((x, self.literal(b, y, s)?))
            }
            (Type::Real, t) if integer(t) && self.formula.constant(x).is_some() => {
                Some((self.literal(a, x, t)?, y))
            }
            (s, t) => {
                let float = |expr: &Expr| format!("`float({})`", written(expr));
                let help = match (integer(s), integer(t)) {
                    (true, true) => format!("write {} and {}", float(a), float(b)),
                    (true, false) => format!("write {}", float(a)),
                    _ => format!("write {}", float(b)),
                };
                let (left, right) = (self.this(a), self.this(b));
                let (what, other) = (self.noun(x), self.noun(y));
                let message = format!("{left} is {what} and {right} is {other}");
                self.fault(match whole {
                    None => {
                        let message = format!("{message}: they do not compare");
                        Diagnostic::new(a.span.to(b.span), message).help(help)
                    }
                    Some(whole) => {
                        Diagnostic::new(a.span, format!("{message}: {whole} of one type"))
                            .help(help)
                            .second(b.span, format!("this one is {other}"))
                    }
                })
            }
        }
    }

    /// A constant as a label or an index.
    pub(super) fn literal(&mut self, expr: &Expr, node: Node, ty: Type) -> Option<Node> {
        let range = match ty {
            Type::Label => 0..=i64::from(u32::MAX),
            _ => i64::from(i32::MIN)..=i64::from(i32::MAX),
        };
        match self.integer_constant(node) {
            Some(value) if range.contains(&value) => Some(self.formula.integer(value, ty)),
            _ => {
                let what = if ty == Type::Label {
                    "a label"
                } else {
                    "an index"
                };
                let text = self.this(expr);
                self.fault(
                    Diagnostic::new(expr.span, format!("{text} is not {what}")).help(format!(
                        "write an integer from {} to {}",
                        range.start(),
                        range.end()
                    )),
                )
            }
        }
    }

    /// `if condition { then } else { otherwise }`.
    pub(super) fn conditional(
        &mut self,
        condition: &Expr,
        then: &Block,
        otherwise: &Block,
    ) -> Option<Node> {
        let mask = self.mask(condition);
        let (a, b) = (&*then.result, &*otherwise.result);
        let x = self.branch(then);
        let y = self.branch(otherwise);
        let (mask, x, y) = (mask?, x?, y?);
        let masks = [x, y].map(|node| self.formula.ty(node)) == [Type::Mask; 2];
        let parts = |x, y| [(condition, mask), (a, x), (b, y)];
        if masks {
            self.same_shape("branches of `if`", &parts(x, y)[1..])?;
            self.same_shape("condition and branches of `if`", &parts(x, y))?;
            let (yes, not) = (self.formula.and(mask, x), self.formula.not(mask));
            let no = self.formula.and(not, y);
            return Some(self.formula.or(yes, no));
        }
        let (x, y) = self.one_type(Some("an `if` has branches"), (a, x), (b, y))?;
        self.same_shape("branches of `if`", &parts(x, y)[1..])?;
        self.same_shape("condition and branches of `if`", &parts(x, y))?;
        Some(self.formula.select(mask, x, y))
    }

    fn branch(&mut self, block: &Block) -> Option<Node> {
        let value: Value = self.block(block)?;
        self.one(&block.result, value)
    }
}
