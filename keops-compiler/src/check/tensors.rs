//! Tensors: axes, contractions over listed axes, and KeOps' ways to move components.

use super::Evaluator;
use super::written::atom;
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::formula::{Contraction, Node, Shape, row_major, width};

/// The most dimensions of a value.
const MOST_AXES: usize = 8;

impl Evaluator<'_> {
    /// `len(v)`: the number of components.
    pub(super) fn len(&mut self, args: &[Expr]) -> Option<Node> {
        let v = self.node(&args[0])?;
        let count = width(self.formula.shape(v));
        Some(self.formula.real(f64::from(count)))
    }

    /// `transpose(m)`: the axes in reverse order.
    pub(super) fn transpose(&mut self, args: &[Expr]) -> Option<Node> {
        let m = self.node(&args[0])?;
        let rank = self.formula.shape(m).len();
        if rank < 2 {
            let (this, ty) = (self.this(&args[0]), self.type_of(m));
            return self.fault(
                Diagnostic::new(
                    args[0].span,
                    format!("`transpose` takes a matrix, and {this} is `{ty}`"),
                )
                .help("leave it out: a scalar or a vector is its own transpose"),
            );
        }
        let axes: Vec<usize> = (0..rank).rev().collect();
        Some(self.permuted(m, &axes))
    }

    /// `permute(t, [2, 0, 1])`: axis k of the result is axis `axes[k]` of `t`.
    pub(super) fn permute(&mut self, args: &[Expr]) -> Option<Node> {
        let t = self.node(&args[0])?;
        let rank = self.formula.shape(t).len();
        let axes = self.axes_list(&args[1], &args[0], t)?;
        if axes.len() != rank {
            let (this, ty) = (self.this(&args[0]), self.type_of(t));
            let example: Vec<String> = (0..rank).rev().map(|k| k.to_string()).collect();
            return self.fault(
                Diagnostic::new(
                    args[1].span,
                    format!("these are {} axes, and {this} is `{ty}`", axes.len()),
                )
                .help(format!(
                    "name each of its axes once, for instance `[{}]`",
                    example.join(", ")
                )),
            );
        }
        Some(self.permuted(t, &axes))
    }

    fn permuted(&mut self, t: Node, axes: &[usize]) -> Node {
        let shape = self.formula.shape(t).to_vec();
        let strides = row_major(&shape);
        let shape: Shape = axes.iter().map(|&axis| shape[axis]).collect();
        let strides = axes.iter().map(|&axis| strides[axis]).collect();
        self.formula.view(t, 0, strides, &shape)
    }

    /// `diagonal(m)` of a square matrix.
    pub(super) fn diagonal(&mut self, args: &[Expr]) -> Option<Node> {
        let m = self.node(&args[0])?;
        match *self.formula.shape(m) {
            [rows, columns] if rows == columns => {
                Some(self.formula.view(m, 0, vec![rows + 1], &[rows]))
            }
            _ => {
                let (this, ty) = (self.this(&args[0]), self.type_of(m));
                self.fault(
                    Diagnostic::new(
                        args[0].span,
                        format!("`diagonal` takes a square matrix, and {this} is `{ty}`"),
                    )
                    .help("give a matrix with as many rows as columns"),
                )
            }
        }
    }

    /// `tensordot(a, b, [axes of a], [axes of b])`: the sum of products over pairs of axes; the other
    /// axes of `a`, then those of `b`, are left.
    pub(super) fn tensordot(&mut self, args: &[Expr]) -> Option<Node> {
        let (a, b) = (self.number(&args[0]), self.number(&args[1]));
        let (a, b) = (a?, b?);
        let of_a = self.axes_list(&args[2], &args[0], a);
        let of_b = self.axes_list(&args[3], &args[1], b);
        let (of_a, of_b) = (of_a?, of_b?);
        if of_a.len() != of_b.len() {
            return self.fault(
                Diagnostic::new(
                    args[2].span,
                    format!(
                        "these are {} axes, and those of the second operand {}",
                        of_a.len(),
                        of_b.len()
                    ),
                )
                .help("name as many axes of both: they go in pairs")
                .second(args[3].span, "those of the second operand"),
            );
        }
        let (left, right) = (
            self.formula.shape(a).to_vec(),
            self.formula.shape(b).to_vec(),
        );
        for (&p, &q) in of_a.iter().zip(&of_b) {
            if left[p] != right[q] {
                let (x, y) = (self.type_of(a), self.type_of(b));
                return self.fault(
                    Diagnostic::new(
                        args[2].span,
                        format!(
                            "axis {p} of `{x}` has size {}, and axis {q} of `{y}` size {}",
                            left[p], right[q]
                        ),
                    )
                    .help("axes that go together have one size")
                    .second(args[3].span, format!("size {}", right[q])),
                );
            }
        }
        let rank = left.len();
        let first: Vec<u8> = (0..rank as u8).collect();
        let second: Vec<u8> = (0..right.len())
            .map(|q| match of_b.iter().position(|&axis| axis == q) {
                Some(k) => of_a[k] as u8,
                None => (rank + q) as u8,
            })
            .collect();
        let summed = |index: &u8| of_a.contains(&(*index as usize));
        let output: Vec<u8> = first
            .iter()
            .chain(second.iter().filter(|&&index| index as usize >= rank))
            .copied()
            .filter(|index| !summed(index))
            .collect();
        if output.len() > MOST_AXES {
            return self.too_many_axes(&args[0], output.len());
        }
        let contraction = Contraction {
            inputs: vec![first, second],
            output,
        };
        Some(self.formula.contract(contraction, &[a, b]))
    }

    /// The same, and then `permute`.
    pub(super) fn tensordot_permuted(&mut self, args: &[Expr]) -> Option<Node> {
        let t = self.tensordot(&args[..4])?;
        let rank = self.formula.shape(t).len();
        let axes = self.axes_list(&args[4], &args[0], t)?;
        if axes.len() != rank {
            return self.fault(
                Diagnostic::new(
                    args[4].span,
                    format!("these are {} axes, and the result has {rank}", axes.len()),
                )
                .help("name each axis of the result once"),
            );
        }
        Some(self.permuted(t, &axes))
    }

    /// `kron(a, b)` of two values of one rank: along each axis, blocks of `b` for the entries of `a`.
    pub(super) fn kron(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (a, b) = (self.number(&args[0]), self.number(&args[1]));
        let (a, b) = (a?, b?);
        let (left, right) = (
            self.formula.shape(a).to_vec(),
            self.formula.shape(b).to_vec(),
        );
        let rank = left.len();
        if rank != right.len() || rank > MOST_AXES {
            let (x, y) = (self.type_of(a), self.type_of(b));
            return self.fault(
                Diagnostic::new(
                    expr.span,
                    format!("`kron` takes two vectors, or two matrices, not `{x}` and `{y}`"),
                )
                .help("give both as many dimensions; `outer(a, b)` goes for any two"),
            );
        }
        let indices: Vec<u8> = (0..2 * rank as u8).collect();
        let (first, second) = indices.split_at(rank);
        let woven = first.iter().zip(second).flat_map(|(&p, &q)| [p, q]);
        let contraction = Contraction {
            inputs: vec![first.to_vec(), second.to_vec()],
            output: woven.collect(),
        };
        let shape: Shape = left.iter().zip(&right).map(|(p, q)| p * q).collect();
        let product = self.formula.contract(contraction, &[a, b]);
        Some(self.formula.reshape(product, &shape))
    }

    fn too_many_axes<T>(&mut self, expr: &Expr, count: usize) -> Option<T> {
        self.fault(
            Diagnostic::new(expr.span, format!("the result has {count} dimensions")).help(format!(
                "at most {MOST_AXES} are possible: sum over more axes, or reshape"
            )),
        )
    }

    /// `[0, 2]`: axes of a value, each once. KeOps' `Ind(0, 2)` is the same.
    fn axes_list(&mut self, expr: &Expr, of: &Expr, node: Node) -> Option<Vec<usize>> {
        let rank = self.formula.shape(node).len();
        let fault = |evaluator: &mut Self, at: &Expr, message: String| {
            let help = match rank {
                0 => "a scalar has no axes".to_string(),
                _ => format!("write axes in brackets, each once, from 0 to {}", rank - 1),
            };
            evaluator.fault(Diagnostic::new(at.span, message).help(help))
        };
        let Some(parts) = integers(expr) else {
            return fault(self, expr, "axes are a list of integer literals".into());
        };
        let mut axes = Vec::new();
        for part in parts {
            let Some(axis) = literal(part) else {
                return fault(self, part, "an axis is an integer literal".into());
            };
            if axis >= rank {
                let (this, ty) = (self.this(of), self.type_of(node));
                return fault(
                    self,
                    part,
                    format!("there is no axis {axis}: {this} is `{ty}`"),
                );
            }
            if axes.contains(&axis) {
                return fault(self, part, format!("axis {axis} is named twice"));
            }
            axes.push(axis);
        }
        Some(axes)
    }

    /// An integer literal; in a table, any constant.
    pub(super) fn natural(&mut self, expr: &Expr, what: &str) -> Option<usize> {
        let value = match literal(expr) {
            None if self.real.is_none() => {
                let node = self.number(expr)?;
                let value = self.integer_constant(node);
                value.and_then(|value| usize::try_from(value).ok())
            }
            value => value,
        };
        if value.is_none() {
            return self.fault(
                Diagnostic::new(expr.span, format!("{what} is an integer literal"))
                    .help("write a number from 0 on"),
            );
        }
        value
    }

    /// `elem(v, k)` and `extract(v, start, count)`: `v[k]` and `v[start..start + count]`.
    pub(super) fn extract(&mut self, args: &[Expr]) -> Option<Node> {
        let v = self.node(&args[0])?;
        let from = self.natural(&args[1], "a place")?;
        let count = match args.get(2) {
            Some(count) => Some(self.natural(count, "a number of components")?),
            None => None,
        };
        let &[size] = self.formula.shape(v) else {
            let (this, ty) = (self.this(&args[0]), self.type_of(v));
            return self.fault(
                Diagnostic::new(
                    args[0].span,
                    format!("this takes components of a vector, and {this} is `{ty}`"),
                )
                .help(format!("write subscripts: `{}[…]`", atom(&args[0]))),
            );
        };
        let end = from.saturating_add(count.unwrap_or(1));
        if end > size as usize || count == Some(0) {
            let this = self.this(&args[0]);
            return self.fault(
                Diagnostic::new(
                    args[1].span.to(args[args.len() - 1].span),
                    format!("out of bounds: {this} has {size} components"),
                )
                .help(format!("components are numbered from 0 to {}", size - 1)),
            );
        }
        Some(match count {
            Some(count) => self.formula.view(v, from as u32, vec![1], &[count as u32]),
            None => self.formula.view(v, from as u32, Vec::new(), &[]),
        })
    }

    /// `elem_t(a, n, k)` and `extract_t(v, start, n)`: n zeros, but `a` or `v` from a place on.
    pub(super) fn placed(&mut self, args: &[Expr], place: usize, size: usize) -> Option<Node> {
        let v = self.number(&args[0])?;
        let (at, size) = (&args[place], &args[size]);
        let from = self.natural(at, "a place")?;
        let total = self.natural(size, "a number of components")?;
        let count = match *self.formula.shape(v) {
            [] => 1,
            [count] => count as usize,
            _ => {
                let (this, ty) = (self.this(&args[0]), self.type_of(v));
                return self.fault(
                    Diagnostic::new(
                        args[0].span,
                        format!("a scalar or a vector is placed, and {this} is `{ty}`"),
                    )
                    .help("reshape it to a vector first"),
                );
            }
        };
        let end = from.saturating_add(count);
        if end > total || total as u64 > super::components::MOST {
            return self.fault(
                Diagnostic::new(size.span, format!("{total} components do not hold {end}"))
                    .help(format!("write at least {end}")),
            );
        }
        let mut parts = vec![v];
        if from > 0 {
            parts.insert(0, self.formula.splat(0.0, &[from as u32]));
        }
        if end < total {
            parts.push(self.formula.splat(0.0, &[(total - end) as u32]));
        }
        Some(self.formula.concat(&parts, &[total as u32]))
    }
}

/// The entries of `[0, 2]` or `Ind(0, 2)`.
fn integers(expr: &Expr) -> Option<&[Expr]> {
    match &expr.kind {
        ExprKind::Concat(parts) => Some(parts),
        ExprKind::Call { name, args } if name == "Ind" => Some(args),
        _ => None,
    }
}

/// The value of an integer literal from 0 on.
fn literal(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Number(number) => number.integer().and_then(|k| usize::try_from(k).ok()),
        _ => None,
    }
}
