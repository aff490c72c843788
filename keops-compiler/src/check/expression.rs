//! Expressions, evaluated to nodes.

use std::collections::HashMap;
use std::f64::consts::{PI, TAU};

use keops_program::op::Op;
use keops_program::program::Type;
use proc_macro2::Ident;

use super::nearest::nearest;
use super::reduction::Reduced;
use super::reduction::other;
use super::scope::{Binding, Scope, Value};
use super::{Items, RealType, functions, reduction};
use crate::ast::{self, Block, Expr, ExprKind, Let, Pattern, Span, Unary};
use crate::diagnostic::{Diagnostic, Diagnostics, Errors};
use crate::formula::{Axes, Axis, Formula, Node, Shape};

/// Evaluates expressions, and collects what is wrong with them.
///
/// A faulty expression has the value `None`; its fault is in `errors`.
pub(crate) struct Evaluator<'a> {
    pub(super) formula: &'a mut Formula,
    pub(super) errors: Diagnostics,
    pub(super) scope: Scope,
    /// What can be called beside the functions.
    pub(super) items: Option<&'a Items>,
    /// What the formula computes in; `None` for a line of a table.
    pub(super) real: Option<&'a RealType>,
    /// The name of the floating type, for messages.
    pub(super) floating: String,
    /// What `j` stands for: the second cloud, or what a line of a table is told.
    second: Axis,
    /// The reductions that were evaluated.
    pub(super) reductions: Vec<Reduced>,
    /// What was written for each node of a reduction.
    pub(super) written: HashMap<Node, Reduced>,
    /// What each expression is, by its address: the tree stays where it is. None is evaluated twice,
    /// though for a complex operand one of its parts may stand here ([`complex`](super::complex)).
    pub(super) values: HashMap<*const Expr, Option<Value>>,
    /// The nodes that stand for complex values of these shapes, for messages.
    pub(super) standing: HashMap<Node, Shape>,
}

impl<'a> Evaluator<'a> {
    /// For what a user wrote.
    pub(super) fn new(
        formula: &'a mut Formula,
        items: Option<&'a Items>,
        real: &'a RealType,
    ) -> Evaluator<'a> {
        Evaluator {
            items,
            real: Some(real),
            ..Evaluator::bare(formula, Axis::J, real.name())
        }
    }

    /// For a line of a table, which speaks of these names, and of `j` for the axis.
    pub(crate) fn of_table(
        formula: &'a mut Formula,
        names: &[(&str, Node)],
        axis: Axis,
        floating: &str,
    ) -> Evaluator<'a> {
        let mut evaluator = Evaluator::bare(formula, axis, floating.into());
        for &(name, node) in names {
            let value = Some(Value::One(node));
            evaluator.scope.add(Binding {
                name: name.into(),
                value,
                variable: false,
            });
        }
        evaluator
    }

    fn bare(formula: &'a mut Formula, second: Axis, floating: String) -> Evaluator<'a> {
        Evaluator {
            formula,
            errors: Diagnostics::new(),
            scope: Scope::default(),
            items: None,
            real: None,
            floating,
            second,
            reductions: Vec::new(),
            written: HashMap::new(),
            values: HashMap::new(),
            standing: HashMap::new(),
        }
    }

    /// The one value of a block, or what is wrong with it.
    pub(crate) fn result(mut self, block: &Block) -> Result<Node, Errors> {
        let value = self
            .block(block)
            .and_then(|value| self.one(&block.result, value));
        self.errors.propagate()?;
        let missing = || Diagnostic::new(block.result.span, "this has no value").into();
        value.ok_or_else(missing)
    }

    /// Reports a fault; whatever was wanted does not exist.
    pub(super) fn fault<T>(&mut self, fault: Diagnostic) -> Option<T> {
        self.errors.push(fault);
        None
    }

    /// The axis that is written `i` or `j`.
    pub(super) fn axis(&self, written: ast::Axis) -> Axis {
        match written {
            ast::Axis::J => self.second,
            ast::Axis::I => other(self.second),
        }
    }

    /// The axes along which an expression varies; none if it was not evaluated or is faulty.
    pub(super) fn axes_of(&self, expr: &Expr) -> Axes {
        match self.values.get(&std::ptr::from_ref(expr)) {
            Some(Some(value)) => self.axes_of_value(value),
            _ => Axes::NONE,
        }
    }

    /// Definitions and the value after them. The names are gone afterwards.
    pub(super) fn block(&mut self, block: &Block) -> Option<Value> {
        if let Some(known) = self.values.get(&std::ptr::from_ref(&*block.result)) {
            return known.clone();
        }
        let entered = self.scope.enter();
        for definition in &block.lets {
            self.define(definition);
        }
        let value = self.value(&block.result);
        self.scope.leave(entered);
        value
    }

    fn define(&mut self, definition: &Let) {
        let value = self.value(&definition.value);
        match &definition.pattern {
            Pattern::Name(name) => self.bind(name, value),
            Pattern::Tuple(names, span) => {
                let parts =
                    value.and_then(|value| self.parts(&definition.value, value, names, *span));
                for (k, name) in names.iter().enumerate() {
                    self.bind(name, parts.as_ref().map(|parts| parts[k].clone()));
                }
            }
        }
    }

    /// The parts of a tuple, as many as there are names.
    fn parts(
        &mut self,
        expr: &Expr,
        value: Value,
        names: &[Ident],
        span: Span,
    ) -> Option<Vec<Value>> {
        match value {
            Value::Tuple(parts) if parts.len() == names.len() => Some(parts),
            Value::Tuple(parts) => {
                let (has, wanted) = (parts.len(), names.len());
                let fault = format!("these are {wanted} names for {has} values");
                self.fault(Diagnostic::new(span, fault).help(format!("write {has} names")))
            }
            Value::One(_) | Value::Complex(_) => self.fault(
                Diagnostic::new(expr.span, "this is one value, and cannot be taken apart")
                    .help(format!("write `let {} = …;`", names[0])),
            ),
        }
    }

    fn bind(&mut self, name: &Ident, value: Option<Value>) {
        let text = name.to_string();
        let known = self.scope.find(&text).map(|binding| binding.variable);
        if text == "i" || text == "j" {
            self.errors.push(
                Diagnostic::new(
                    name,
                    format!("`{text}` is the row number, and cannot be defined"),
                )
                .help("choose another name"),
            );
        } else if let Some(variable) = known {
            let what = if variable {
                "a variable"
            } else {
                "defined above"
            };
            self.errors.push(
                Diagnostic::new(name, format!("`{text}` is {what} already")).help(format!(
                    "choose another name, for instance `{}`",
                    self.unused(&text)
                )),
            );
        }
        self.check_index(name, value.as_ref());
        self.scope.add(Binding {
            name: text,
            value,
            variable: false,
        });
    }

    /// A name like this one that is not taken.
    fn unused(&self, name: &str) -> String {
        let (base, index) = match name.rfind('_') {
            Some(k) if matches!(&name[k..], "_i" | "_j") => name.split_at(k),
            _ => (name, ""),
        };
        let name = |k: u32| format!("{base}{k}{index}");
        (2..)
            .map(name)
            .find(|name| self.scope.find(name).is_none())
            .unwrap_or_default()
    }

    /// A name that ends in an index promises that the value varies along that axis alone.
    fn check_index(&mut self, name: &Ident, value: Option<&Value>) {
        let text = name.to_string();
        if text.ends_with("_ij") {
            return;
        }
        let (base, index, axis, strange) = match (text.strip_suffix("_i"), text.strip_suffix("_j"))
        {
            (Some(base), _) => (base, 'i', Axis::I, 'j'),
            (_, Some(base)) => (base, 'j', Axis::J, 'i'),
            _ => return,
        };
        let Some(value) = value else { return };
        if self.axes_of_value(value).has(other(axis)) {
            self.errors.push(
                Diagnostic::new(
                    name,
                    format!("`{text}` ends in `_{index}`, but its value varies with `{strange}`"),
                )
                .help(format!("name it `{base}`")),
            );
        }
    }

    fn axes_of_value(&self, value: &Value) -> Axes {
        value
            .nodes()
            .into_iter()
            .fold(Axes::NONE, |axes, node| axes.and(self.formula.axes(node)))
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Option<Value> {
        let key = std::ptr::from_ref(expr);
        if let Some(known) = self.values.get(&key) {
            return known.clone();
        }
        let value = match self.complex(expr) {
            Some(value) => value,
            None => self.plain(expr),
        };
        self.values.insert(key, value.clone());
        value
    }

    /// The value of an expression whose operands are not complex.
    pub(super) fn plain(&mut self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Tuple(parts) => {
                let parts: Vec<Option<Value>> = parts.iter().map(|part| self.value(part)).collect();
                parts
                    .into_iter()
                    .collect::<Option<Vec<Value>>>()
                    .map(Value::Tuple)
            }
            ExprKind::Name(name) => self.name(name),
            ExprKind::Call { name, args } => self.call(expr, name, args),
            _ => self.simple(expr).map(Value::One),
        }
    }

    /// An expression that has one value.
    fn simple(&mut self, expr: &Expr) -> Option<Node> {
        match &expr.kind {
            ExprKind::Number(number) => Some(self.formula.real(number.value)),
            ExprKind::Unary(Unary::Neg, a) => {
                let a = self.number(a)?;
                Some(self.formula.op(Op::Neg, &[a]))
            }
            ExprKind::Unary(Unary::Not, a) => {
                let a = self.mask(a)?;
                Some(self.formula.not(a))
            }
            ExprKind::Infix(op, a, b) => self.infix(*op, a, b),
            ExprKind::Pow(a, b) => self.power(a, b),
            ExprKind::MatMul(a, b) => {
                let (x, y) = (self.number(a), self.number(b));
                self.contraction(expr, "@", &[(a, x?), (b, y?)])
            }
            ExprKind::Norm(a) => {
                let v = self.number(a)?;
                self.bars(expr, v)
            }
            ExprKind::Compare(comparison, a, b) => self.compare(*comparison, a, b),
            ExprKind::And(a, b) => {
                let (x, y) = self.masks("operands of `&&`", a, b)?;
                Some(self.formula.and(x, y))
            }
            ExprKind::Or(a, b) => {
                let (x, y) = self.masks("operands of `||`", a, b)?;
                Some(self.formula.or(x, y))
            }
            ExprKind::Concat(parts) => self.concat(expr, parts),
            ExprKind::Index { base, subscripts } => self.index(base, subscripts),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.conditional(condition, then, otherwise),
            ExprKind::Sum { axis, name, body } => {
                let body = self.number(body)?;
                self.reduce(
                    expr,
                    &name.to_string(),
                    ("sum", 0),
                    self.axis(*axis),
                    &[body],
                )
            }
            ExprKind::Tuple(_) | ExprKind::Name(_) | ExprKind::Call { .. } => None,
        }
    }

    /// The value of an expression that is no tuple.
    pub(super) fn node(&mut self, expr: &Expr) -> Option<Node> {
        let value = self.value(expr)?;
        self.one(expr, value)
    }

    /// A value that is no tuple.
    pub(super) fn one(&mut self, expr: &Expr, value: Value) -> Option<Node> {
        match value {
            Value::One(node) => Some(node),
            Value::Complex(_) => self.is_complex(expr),
            Value::Tuple(parts) => {
                let names: Vec<String> = (0..parts.len()).map(|k| format!("a{k}")).collect();
                self.fault(
                    Diagnostic::new(
                        expr.span,
                        "a tuple can only be taken apart or be the result",
                    )
                    .help(format!("take it apart: `let ({}) = …;`", names.join(", "))),
                )
            }
        }
    }

    /// The value as a floating number; that of a mask is 0 or 1.
    pub(super) fn number(&mut self, expr: &Expr) -> Option<Node> {
        let node = self.node(expr)?;
        self.as_number(expr, node)
    }

    /// A value that is known already as a floating number.
    pub(super) fn as_number(&mut self, expr: &Expr, node: Node) -> Option<Node> {
        match self.formula.ty(node) {
            Type::Real | Type::Mask => Some(self.formula.number(node)),
            Type::Label | Type::Index => {
                let what = self.noun(node);
                self.fault(
                    Diagnostic::new(
                        expr.span,
                        format!("{} is {what}, not a number", self.this(expr)),
                    )
                    .help(format!("write `float({})`", super::written::written(expr))),
                )
            }
        }
    }

    /// What a name stands for.
    fn name(&mut self, name: &Ident) -> Option<Value> {
        let text = name.to_string();
        if let Some(binding) = self.scope.find(&text) {
            return binding.value.clone();
        }
        let node = match text.as_str() {
            "i" => self.formula.position(self.axis(ast::Axis::I)),
            "j" => self.formula.position(self.axis(ast::Axis::J)),
            "pi" => self.formula.real(PI),
            "tau" => self.formula.real(TAU),
            "inf" => self.formula.real(f64::INFINITY),
            _ => return self.unknown(name, &text),
        };
        Some(Value::One(node))
    }

    fn unknown<T>(&mut self, name: &Ident, text: &str) -> Option<T> {
        let constants = ["pi", "tau", "inf"].into_iter();
        let near = nearest(text, self.scope.names().chain(constants)).map(str::to_string);
        let help = match near {
            _ if reduction::split(text).is_some() => format!("it is a reduction: `{text}(…)`"),
            _ if functions::known(text) => format!("it is a function: write `{text}(…)`"),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it, or define it by `let {text} = …;`"),
        };
        self.fault(Diagnostic::new(name, format!("unknown name `{text}`")).help(help))
    }
}
