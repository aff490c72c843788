//! What moves components: subscripts, lists, and the functions that change a shape.

use keops_program::program::{Comparison, Type};

use super::Evaluator;
use super::written::{atom, written};
use crate::ast::{Expr, ExprKind, Subscript, SubscriptKind};
use crate::diagnostic::Diagnostic;
use crate::formula::{Node, Shape, row_major, width};

/// The most components that a shape in a formula may have.
pub(super) const MOST: u64 = 1 << 16;

impl Evaluator<'_> {
    /// `v[k]`, `m[r, ..]`; dimensions without a subscript are kept whole.
    pub(super) fn index(&mut self, base: &Expr, subscripts: &[Subscript]) -> Option<Node> {
        let node = self.node(base)?;
        let dims = self.formula.shape(node).to_vec();
        if let Some(extra) = subscripts.get(dims.len()) {
            let (this, ty) = (self.this(base), self.type_of(node));
            let help = match dims.len() {
                0 => format!("a scalar has no components: write `{}`", written(base)),
                1 => "a vector has one subscript".into(),
                rank => format!("it has {rank} dimensions, so at most {rank} subscripts"),
            };
            return self.fault(
                Diagnostic::new(extra.span, format!("too many subscripts: {this} is `{ty}`"))
                    .help(help),
            );
        }
        let (mut offset, mut strides, mut shape) = (0, Vec::new(), Shape::new());
        let mut sound = true;
        for (k, (&size, stride)) in dims.iter().zip(row_major(&dims)).enumerate() {
            let kind = subscripts.get(k).map(|subscript| subscript.kind);
            let (from, to) = match kind {
                Some(SubscriptKind::At(at)) => (at, at.saturating_add(1)),
                Some(SubscriptKind::Range { from, to }) => {
                    (from.unwrap_or(0), to.unwrap_or(size as usize))
                }
                None => (0, size as usize),
            };
            if from >= to || to > size as usize {
                sound = false;
                self.out_of_bounds(base, &dims, &subscripts[k], size);
                continue;
            }
            offset += from as u32 * stride;
            if !matches!(kind, Some(SubscriptKind::At(_))) {
                strides.push(stride);
                shape.push((to - from) as u32);
            }
        }
        sound.then(|| self.formula.view(node, offset, strides, &shape))
    }

    fn out_of_bounds(&mut self, base: &Expr, dims: &[u32], subscript: &Subscript, size: u32) {
        let last = size - 1;
        let this = self.this(base);
        let of = if dims.len() == 1 {
            "components"
        } else {
            "entries along this dimension"
        };
        let (what, help) = match subscript.kind {
            SubscriptKind::Range { from, to }
                if from.unwrap_or(0) >= to.unwrap_or(size as usize) =>
            {
                (
                    "picks nothing",
                    format!("the end is not included: `{}[..{size}]` is all", atom(base)),
                )
            }
            SubscriptKind::Range { .. } => (
                "is out of bounds",
                format!("write an end of at most {size}"),
            ),
            SubscriptKind::At(_) => (
                "is out of bounds",
                format!("write an integer from 0 to {last}"),
            ),
        };
        let message = format!("`{subscript}` {what}: {this} has {size} {of}");
        self.errors
            .push(Diagnostic::new(subscript.span, message).help(help));
    }

    /// `[a, b, c]`: scalars and vectors end to end, or matrices of equal rows.
    pub(super) fn concat(&mut self, expr: &Expr, parts: &[Expr]) -> Option<Node> {
        let nodes: Vec<Option<Node>> = parts.iter().map(|part| self.node(part)).collect();
        let nodes: Option<Vec<Node>> = nodes.into_iter().collect();
        let mut nodes = nodes?;
        let Some(&first) = nodes.first() else {
            return self.fault(
                Diagnostic::new(expr.span, "a list without components")
                    .help("write at least one, or `zeros(n)`"),
            );
        };
        // One type: that of the first part which is no constant.
        let leads = nodes
            .iter()
            .position(|&n| self.formula.constant(n).is_none())
            .unwrap_or(0);
        for k in 0..nodes.len() {
            let lead = (&parts[leads], nodes[leads]);
            let (lead, node) =
                self.one_type(Some("a list has parts"), lead, (&parts[k], nodes[k]))?;
            (nodes[leads], nodes[k]) = if k == leads {
                (node, node)
            } else {
                (lead, node)
            };
        }
        let inner = |shape: &[u32]| shape.get(1..).unwrap_or(&[]).to_vec();
        let row = inner(self.formula.shape(first));
        let mut length = 0;
        for (part, &node) in parts.iter().zip(&nodes) {
            let shape = self.formula.shape(node).to_vec();
            if inner(&shape) != row {
                let (left, right) = (self.type_of(first), self.type_of(node));
                return self.fault(
                    Diagnostic::new(
                        parts[0].span,
                        format!("parts of a list do not fit: `{left}` and `{right}`"),
                    )
                    .help("a list has scalars and vectors, or matrices with rows of one length")
                    .second(part.span, format!("this one is `{right}`")),
                );
            }
            length += shape.first().copied().unwrap_or(1);
        }
        let shape: Shape = [length].into_iter().chain(row).collect();
        Some(self.formula.concat(&nodes, &shape))
    }

    /// `sum(v)`: of all components.
    pub(super) fn sum_components(&mut self, args: &[Expr]) -> Option<Node> {
        let v = self.number(&args[0])?;
        Some(if self.formula.is_scalar(v) {
            v
        } else {
            self.formula.sum(v)
        })
    }

    /// `fill(a, n)`, `fill(a, [r, c])`.
    pub(super) fn fill(&mut self, args: &[Expr]) -> Option<Node> {
        let (a, shape) = (self.node(&args[0]), self.dimensions(&args[1]));
        let (a, shape) = (a?, shape?);
        if !self.formula.is_scalar(a) {
            let (this, ty) = (self.this(&args[0]), self.type_of(a));
            return self.fault(
                Diagnostic::new(
                    args[0].span,
                    format!("`fill` repeats a scalar, and {this} is `{ty}`"),
                )
                .help(format!("repeat one component: `{}[0]`", atom(&args[0]))),
            );
        }
        let a = if self.formula.ty(a) == Type::Mask {
            self.formula.number(a)
        } else {
            a
        };
        Some(self.formula.fill(a, &shape))
    }

    /// `zeros(n)`, `zeros([r, c])`.
    pub(super) fn zeros(&mut self, args: &[Expr]) -> Option<Node> {
        let shape = self.dimensions(&args[0])?;
        Some(self.formula.splat(0.0, &shape))
    }

    /// `onehot(l, n)`: 1 at the label's place, if it has one among `n`, else 0.
    pub(super) fn one_hot(&mut self, args: &[Expr]) -> Option<Node> {
        let (l, shape) = (self.node(&args[0]), self.dimensions(&args[1]));
        let (l, shape) = (l?, shape?);
        let ty = self.formula.ty(l);
        if !matches!(ty, Type::Label | Type::Index) || !self.formula.is_scalar(l) {
            let (this, given) = (self.this(&args[0]), self.type_of(l));
            return self.fault(
                Diagnostic::new(
                    args[0].span,
                    format!("`onehot` takes a label, and {this} is `{given}`"),
                )
                .help("declare the label as `u32`"),
            );
        }
        let &[count] = &shape[..] else {
            return self.fault(
                Diagnostic::new(args[1].span, "`onehot` gives a vector")
                    .help("write its length: `onehot(l, 4)`"),
            );
        };
        let mut entries = Vec::new();
        for k in 0..count {
            let place = self.formula.integer(i64::from(k), ty);
            let here = self.formula.compare(Comparison::Eq, l, place);
            entries.push(self.formula.number(here));
        }
        Some(self.formula.concat(&entries, &shape))
    }

    /// `reshape(v, [r, c])`: the same components, row-major.
    pub(super) fn reshape(&mut self, args: &[Expr]) -> Option<Node> {
        let (v, shape) = (self.node(&args[0]), self.dimensions(&args[1]));
        let (v, shape) = (v?, shape?);
        let (has, wanted) = (width(self.formula.shape(v)), width(&shape));
        if has != wanted {
            let (this, plural) = (self.this(&args[0]), if has == 1 { "" } else { "s" });
            return self.fault(
                Diagnostic::new(
                    args[1].span,
                    format!("{wanted} components are wanted, and {this} has {has}"),
                )
                .help(format!(
                    "write dimensions whose product is {has} component{plural}"
                )),
            );
        }
        Some(self.formula.reshape(v, &shape))
    }

    /// `float(l)`: a label or an index as a number.
    pub(super) fn float(&mut self, args: &[Expr]) -> Option<Node> {
        let node = self.node(&args[0])?;
        Some(match self.formula.ty(node) {
            Type::Label | Type::Index => self.formula.to_real(node),
            Type::Real | Type::Mask => self.formula.number(node),
        })
    }

    /// Dimensions that are written as an integer or a list of them.
    fn dimensions(&mut self, expr: &Expr) -> Option<Shape> {
        let list = match &expr.kind {
            ExprKind::Concat(parts) => &parts[..],
            _ => std::slice::from_ref(expr),
        };
        let mut shape = Shape::new();
        for part in list {
            let size = match &part.kind {
                ExprKind::Number(number) => number.integer(),
                // Definitions may compute theirs.
                _ if self.real.is_none() => {
                    let node = self.number(part)?;
                    self.integer_constant(node)
                }
                _ => None,
            };
            match size
                .and_then(|size| u32::try_from(size).ok())
                .filter(|&size| size > 0)
            {
                Some(size) => shape.push(size),
                None => {
                    return self.fault(
                        Diagnostic::new(part.span, "a dimension is an integer literal, at least 1")
                            .help("write for instance `3`, or `[2, 3]` for a matrix"),
                    );
                }
            }
        }
        let total = shape
            .iter()
            .try_fold(1_u64, |n, &size| n.checked_mul(u64::from(size)));
        if shape.len() > 8 || total.is_none_or(|total| total > MOST) {
            return self.fault(
                Diagnostic::new(expr.span, "this shape is too large")
                    .help(format!("write at most 8 dimensions and {MOST} components")),
            );
        }
        Some(shape)
    }
}
