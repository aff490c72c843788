//! Derivatives inside a formula.

use keops_program::op::Op;
use keops_program::program::Type;

use super::Evaluator;
use super::inline::replace;
use super::reduction::{Reduced, letter};
use super::scope::Value;
use super::written::written;
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::Diagnostic;
use crate::diff;
use crate::formula::{Axis, Kind, Node, Variable};

impl Evaluator<'_> {
    /// `grad(f, x_i)` of a scalar.
    pub(super) fn grad(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (f, x) = (self.number(&args[0]), self.by(&args[1]));
        let f = self.scalar("grad", &args[0], f?)?;
        let x = self.own_rows(&args[0], f, &args[1], x?)?;
        let one = self.formula.real(1.0);
        let held = self.formula.axes(f).and(self.formula.axes(x));
        let gradient = diff::vjp(self.formula, f, one, x, held);
        Some(self.derived(expr, "grad", gradient))
    }

    /// `vjp(f, x_i, e_i)`
    pub(super) fn vjp(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (f, x, e) = (
            self.number(&args[0]),
            self.by(&args[1]),
            self.number(&args[2]),
        );
        let (f, x, e) = (f?, x?, e?);
        let e = self.fitting("cotangent", "the value", f, &args[2], e)?;
        let x = self.own_rows(&args[0], f, &args[1], x)?;
        let held = self
            .formula
            .axes(f)
            .and(self.formula.axes(x))
            .and(self.formula.axes(e));
        let gradient = diff::vjp(self.formula, f, e, x, held);
        Some(self.derived(expr, "vjp", gradient))
    }

    /// `jvp(f, x_i, u_i)`
    pub(super) fn jvp(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (f, x, u) = (
            self.number(&args[0]),
            self.by(&args[1]),
            self.number(&args[2]),
        );
        let (f, x, u) = (f?, x?, u?);
        let u = self.fitting("tangent", "the variable", x, &args[2], u)?;
        let change = diff::jvp(self.formula, f, &[(x, u)]);
        Some(self.derived(expr, "jvp", change))
    }

    /// `laplacian(f, x_i)` of a scalar.
    pub(super) fn laplacian(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (f, x) = (self.number(&args[0]), self.by(&args[1]));
        let f = self.scalar("laplacian", &args[0], f?)?;
        let x = self.own_rows(&args[0], f, &args[1], x?)?;
        let laplacian = diff::laplacian(self.formula, f, x);
        Some(self.derived(expr, "laplacian", laplacian))
    }

    /// `divergence(v, x_i)` of a value of the variable's shape.
    pub(super) fn divergence(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (v, x) = (self.number(&args[0]), self.by(&args[1]));
        let (v, x) = (v?, x?);
        let v = self.fitting("vector", "the variable", x, &args[0], v)?;
        let x = self.own_rows(&args[0], v, &args[1], x)?;
        let divergence = diff::divergence(self.formula, v, x);
        Some(self.derived(expr, "divergence", divergence))
    }

    /// `jacobian(v, x_i)`: the derivative of each component by each; the value's dimensions come first.
    pub(super) fn jacobian(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (v, x) = (self.number(&args[0]), self.by(&args[1]));
        let (v, x) = (v?, x?);
        let x = self.own_rows(&args[0], v, &args[1], x)?;
        let rank = self.formula.shape(v).len() + self.formula.shape(x).len();
        if rank > 8 {
            return self.fault(
                Diagnostic::new(expr.span, format!("the result has {rank} dimensions"))
                    .help("at most 8 are possible: reshape the value first"),
            );
        }
        let jacobian = diff::jacobian(self.formula, v, x);
        Some(self.derived(expr, "jacobian", jacobian))
    }

    /// `trace_of(v, x_i)`, `trace_of(v, x_i, w)`: the trace of the linear map from `x_i` to `v`, its
    /// entries weighted. A scalar `v` stands for a vector that repeats it.
    pub(super) fn trace_of(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (v, x) = (self.number(&args[0]), self.by(&args[1]));
        let weight = args.get(2).map(|w| self.number(w));
        let (v, x) = (v?, x?);
        let v = self.fitting("value", "the variable", x, &args[0], v)?;
        let weight = match weight {
            Some(w) => Some(self.fitting("weight", "the variable", x, &args[2], w?)?),
            None => None,
        };
        let x = self.own_rows(&args[0], v, &args[1], x)?;
        self.linear(&args[..2], v, x, ("divergence", ""), "trace")?;
        let mut entries = diff::diagonal(self.formula, v, x);
        if let Some(w) = weight {
            entries = self.formula.op(Op::Mul, &[w, entries]);
        }
        let trace = self.formula.sum(entries);
        Some(self.derived(expr, "trace_of", trace))
    }

    /// `adjoint_of(v, x_i, e_i)`: the adjoint of the linear map from `x_i` to `v`, at `e_i`.
    pub(super) fn adjoint_of(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let (v, x) = (self.number(&args[0]), self.by(&args[1]));
        let (v, x) = (v?, x?);
        let cotangent = format!(", {}", written(&args[2]));
        self.linear(&args[..2], v, x, ("vjp", &cotangent), "adjoint")?;
        self.vjp(expr, args)
    }

    /// Checks that a value is linear in a variable: its change does not depend on the variable, and it
    /// is 0 where the variable is.
    fn linear(
        &mut self,
        args: &[Expr],
        v: Node,
        x: Node,
        (otherwise, more): (&str, &str),
        what: &str,
    ) -> Option<()> {
        let mut scratch = self.formula.clone();
        let (name, shape) = ("change".to_string(), scratch.shape(x).to_vec());
        let axis = scratch.axes(x).single().unwrap_or(Axis::Unit);
        let change = scratch.declare(Variable {
            name,
            axis,
            ty: Type::Real,
            shape: shape.clone(),
        });
        let slope = diff::jvp(&mut scratch, v, &[(x, change)]);
        let zeros = scratch.splat(0.0, &shape);
        let at_zero = replace(&mut scratch, v, x, zeros);
        if !scratch.reachable(&[slope]).contains(&x) && scratch.constant(at_zero) == Some(0.0) {
            return Some(());
        }
        let (value, by) = (&args[0], written(&args[1]));
        let (this, text) = (self.this(value), written(value));
        self.fault(
            Diagnostic::new(value.span, format!("{this} is not linear in `{by}`")).help(format!(
                "write `{otherwise}({text}, {by}{more})` for the {what} of its derivative"
            )),
        )
    }

    /// The variable by which a derivative is taken.
    fn by(&mut self, expr: &Expr) -> Option<Node> {
        let value = self.value(expr)?;
        let variable = match &expr.kind {
            ExprKind::Name(name) => self.scope.find(&name.to_string()).map(|b| b.variable),
            _ => None,
        };
        let Value::One(node) = value else {
            return self.one(expr, value);
        };
        let this = self.this(expr);
        let fault = match variable {
            Some(true) if self.formula.ty(node) == Type::Real => return Some(node),
            Some(true) => format!(
                "a derivative is taken by a number, and {this} is {}",
                self.noun(node)
            ),
            Some(false) => format!("a derivative is taken by a variable, and {this} is a `let`"),
            None => format!("a derivative is taken by a variable, and {this} is not one"),
        };
        let numbers = self
            .formula
            .variables()
            .iter()
            .filter(|variable| variable.ty == Type::Real);
        let names: Vec<String> = numbers
            .map(|variable| format!("`{}`", variable.name))
            .collect();
        let help = if names.is_empty() {
            "declare one with a floating type".into()
        } else {
            format!("write one of {}", names.join(", "))
        };
        self.fault(Diagnostic::new(expr.span, fault).help(help))
    }

    fn scalar(&mut self, name: &str, expr: &Expr, node: Node) -> Option<Node> {
        if self.formula.is_scalar(node) {
            return Some(node);
        }
        let (this, ty) = (self.this(expr), self.type_of(node));
        self.fault(
            Diagnostic::new(
                expr.span,
                format!("`{name}` is of a scalar, and {this} is `{ty}`"),
            )
            .help(format!(
                "make it one, for instance `sum({})`",
                written(expr)
            )),
        )
    }

    /// A value of the shape of another; a scalar is repeated.
    fn fitting(
        &mut self,
        what: &str,
        whose: &str,
        like: Node,
        expr: &Expr,
        node: Node,
    ) -> Option<Node> {
        let shape = self.formula.shape(like).to_vec();
        if self.formula.shape(node) == shape {
            return Some(node);
        }
        if self.formula.is_scalar(node) && what != "vector" {
            return Some(self.formula.fill(node, &shape));
        }
        let (this, given, wanted) = (self.this(expr), self.type_of(node), self.type_of(like));
        self.fault(
            Diagnostic::new(
                expr.span,
                format!("the {what} has the shape of {whose}, `{wanted}`, and {this} is `{given}`"),
            )
            .help(format!("give a `{wanted}`")),
        )
    }

    /// Checks that the derivative at a row is the row's own: a reduction over the variable's axis
    /// has one for every row of it.
    fn own_rows(&mut self, value: &Expr, root: Node, by: &Expr, variable: Node) -> Option<Node> {
        let mixes = |&node: &Node| match self.formula.kind(node) {
            Kind::Reduce { axis, .. } => {
                self.formula.axes(variable).has(*axis)
                    && self.formula.reachable(&[node]).contains(&variable)
            }
            _ => false,
        };
        let Some(node) = self.reductions_in(&[root]).into_iter().find(mixes) else {
            return Some(variable);
        };
        let (Kind::Reduce { axis, .. }, name) = (self.formula.kind(node).clone(), written(by))
        else {
            return Some(variable);
        };
        let index = letter(axis);
        let rust = name
            .strip_suffix(&format!("_{index}"))
            .unwrap_or(&name)
            .to_string();
        self.fault(
            Diagnostic::new(
                by.span,
                format!(
                    "every row of the result depends on every row of `{name}`: `{index}` is reduced"
                ),
            )
            .help(format!(
                "make the reduction a formula of its own, and use its `.grad_{rust}(…)`"
            ))
            .second(value.span, format!("a reduction over `{index}`")),
        )
    }

    /// Remembers where the reductions of a derivative come from.
    fn derived(&mut self, expr: &Expr, name: &str, node: Node) -> Node {
        for made in self.reductions_in(&[node]) {
            if let Kind::Reduce { axis, .. } = *self.formula.kind(made) {
                let reduced = Reduced {
                    axis,
                    name: name.into(),
                    span: expr.span,
                };
                self.written.entry(made).or_insert(reduced);
            }
        }
        node
    }
}
