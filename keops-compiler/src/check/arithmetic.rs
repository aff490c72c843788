//! Arithmetic, powers and bars.

use keops_program::op::Op;
use keops_program::program::Type;

use super::Evaluator;
use super::functions::composite;
use crate::ast::{Expr, ExprKind};
use crate::formula::Node;

/// Larger numbers are no literals of an index, whose differences must fit 32 bits.
const LARGEST: f64 = 2_147_483_647.0;

/// The largest integer power that is a product.
const MOST_FACTORS: u64 = 256;

impl Evaluator<'_> {
    /// An infix operation of the table of primitives.
    pub(super) fn infix(&mut self, op: Op, a: &Expr, b: &Expr) -> Option<Node> {
        let (x, y) = (self.node(a), self.node(b));
        let (x, y) = (x?, y?);
        if let Some(node) = self.difference(op, x, y) {
            return Some(node);
        }
        let (x, y) = (self.as_number(a, x), self.as_number(b, y));
        let (x, y) = (x?, y?);
        let symbol = op.row().infix.map_or(op.row().name, |infix| infix.symbol);
        self.same_shape(&format!("operands of `{symbol}`"), &[(a, x), (b, y)])?;
        Some(self.formula.op(op, &[x, y]))
    }

    /// A difference of indices, or an index and an integer more or less: an index, signed.
    fn difference(&mut self, op: Op, x: Node, y: Node) -> Option<Node> {
        let index = |node: Node| self.formula.ty(node) == Type::Index;
        match (op, index(x), index(y)) {
            (Op::Sub, true, true) => {
                let same = self.formula.shape(x) == self.formula.shape(y);
                let scalar = self.formula.is_scalar(x) || self.formula.is_scalar(y);
                (same || scalar).then(|| self.formula.subtract(x, y))
            }
            (Op::Sub, true, false) => {
                let y = self.offset(y, 1)?;
                Some(self.formula.subtract(x, y))
            }
            (Op::Sub, false, true) => {
                let x = self.offset(x, 1)?;
                Some(self.formula.subtract(x, y))
            }
            (Op::Add, true, false) => {
                let y = self.offset(y, -1)?;
                Some(self.formula.subtract(x, y))
            }
            (Op::Add, false, true) => {
                let x = self.offset(x, -1)?;
                Some(self.formula.subtract(y, x))
            }
            _ => None,
        }
    }

    /// An integer constant, with a sign, as an index.
    fn offset(&mut self, node: Node, sign: i64) -> Option<Node> {
        let value = self
            .integer_constant(node)
            .filter(|value| (*value as f64).abs() <= LARGEST)?;
        Some(self.formula.integer(sign * value, Type::Index))
    }

    /// The value of a constant scalar that is an integer.
    pub(super) fn integer_constant(&self, node: Node) -> Option<i64> {
        let value = self
            .formula
            .constant(node)
            .filter(|_| self.formula.is_scalar(node))?;
        (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
    }

    /// `base ^ exponent`. An even power of bars takes no square root.
    pub(super) fn power(&mut self, base: &Expr, exponent: &Expr) -> Option<Node> {
        let ExprKind::Norm(inner) = &base.kind else {
            let (x, p) = (self.number(base), self.number(exponent));
            return self.power_of((base, x?), (exponent, p?));
        };
        let (v, p) = (self.number(inner), self.number(exponent));
        let (v, p) = (v?, p?);
        match self.integer_constant(p) {
            Some(n) if n % 2 == 0 => {
                let square = self.square_of_bars(base, v)?;
                Some(self.repeated(square, n / 2))
            }
            _ => {
                let norm = self.bars(base, v)?;
                self.power_of((base, norm), (exponent, p))
            }
        }
    }

    /// A power of values that are known: of an integer literal, repeated multiplication.
    pub(super) fn power_of(
        &mut self,
        (a, x): (&Expr, Node),
        (b, p): (&Expr, Node),
    ) -> Option<Node> {
        self.same_shape("operands of `^`", &[(a, x), (b, p)])?;
        match self.integer_constant(p) {
            Some(n) if self.formula.constant(x).is_none() => Some(self.repeated(x, n)),
            _ => Some(self.formula.op(Op::Pow, &[x, p])),
        }
    }

    /// The product of `n` times `x`; of a negative `n`, one by it. Of very many, which the simplifier would take
    /// apart into as many factors, the power by the logarithm, which errs less.
    fn repeated(&mut self, x: Node, n: i64) -> Node {
        if n.unsigned_abs() > MOST_FACTORS {
            let exponent = self.formula.real(n as f64);
            return self.formula.op(Op::Pow, &[x, exponent]);
        }
        if n < 0 {
            let one = self.formula.real(1.0);
            let power = self.repeated(x, -n);
            return self.formula.op(Op::Div, &[one, power]);
        }
        let mut product = None;
        let (mut square, mut rest) = (x, n);
        while rest > 0 {
            if rest % 2 == 1 {
                product = Some(match product {
                    None => square,
                    Some(product) => self.formula.op(Op::Mul, &[product, square]),
                });
            }
            rest /= 2;
            if rest > 0 {
                square = self.formula.op(Op::Mul, &[square, square]);
            }
        }
        let shape = self.formula.shape(x).to_vec();
        product.unwrap_or_else(|| self.formula.splat(1.0, &shape))
    }

    /// `|v|`: the absolute value of a scalar, the Euclidean norm of anything else.
    pub(super) fn bars(&mut self, expr: &Expr, v: Node) -> Option<Node> {
        if self.formula.is_scalar(v) {
            return Some(self.formula.op(Op::Abs, &[v]));
        }
        self.composite(expr, composite("norm"), &[(expr, v)])
    }

    fn square_of_bars(&mut self, expr: &Expr, v: Node) -> Option<Node> {
        if self.formula.is_scalar(v) {
            return Some(self.formula.op(Op::Mul, &[v, v]));
        }
        self.composite(expr, composite("sqnorm"), &[(expr, v)])
    }
}
