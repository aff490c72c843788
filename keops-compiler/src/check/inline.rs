//! Items that call earlier items: the callee's nodes, made anew of the arguments.

use keops_program::program::Type;

use super::reduction::{Reduced, letter, other};
use super::scope::Value;
use super::shapes::type_text;
use super::{Checked, Evaluator, Form, RealType, ResultKind};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::{Axis, Formula, Node, Variable};

impl Evaluator<'_> {
    /// A call of an item.
    pub(super) fn item(
        &mut self,
        expr: &Expr,
        name: &str,
        item: Option<&Checked>,
        args: &[Expr],
    ) -> Option<Value> {
        let values: Vec<Option<Value>> = args.iter().map(|arg| self.value(arg)).collect();
        let item = item?;
        let variables: Vec<&Variable> = item
            .arguments
            .iter()
            .map(|argument| &item.formula.variables()[argument.variable as usize])
            .collect();
        let names: Vec<&str> = variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        self.check_count(expr, name, &[&names], args.len())?;
        self.check_real(expr, name, item)?;
        let reduced = (item.form == Form::MapReduce).then(|| other(item.axis));
        let mut images = vec![None; item.formula.variables().len()];
        let mut sound = true;
        let mut nodes = Vec::new();
        for (((argument, variable), arg), value) in
            item.arguments.iter().zip(variables).zip(args).zip(values)
        {
            let node = value.and_then(|value| match argument.complex {
                true => self.as_complex(arg, &value).map(|z| self.stored(z)),
                false => self.one(arg, value),
            });
            nodes.push(node);
            let variable = (variable, argument.complex);
            let image = node.and_then(|node| self.argument(name, variable, reduced, arg, node));
            sound &= image.is_some();
            images[argument.variable as usize] = image;
        }
        if !sound {
            return None;
        }
        let given: Vec<Node> = nodes.into_iter().flatten().collect();
        let before = self.reductions_in(&given);
        let roots: Vec<Node> = item.results.iter().map(|result| result.node).collect();
        let image = |number: u32| {
            images[number as usize].expect("every variable of an item is an argument")
        };
        let results = self.formula.copy(&item.formula, &roots, image, |axis| axis);
        if let Some(axis) = reduced {
            let call = Reduced {
                axis,
                name: name.into(),
                span: expr.span,
            };
            self.reductions.push(call.clone());
            for made in self.reductions_in(&results) {
                if !before.contains(&made) {
                    self.written.insert(made, call.clone());
                }
            }
        }
        let values = results.into_iter().zip(&item.results);
        let mut values: Vec<Value> = values
            .map(|(node, result)| match result.kind {
                ResultKind::Complex => Value::Complex(self.parts_of(node)),
                _ => Value::One(node),
            })
            .collect();
        Some(if values.len() == 1 {
            values.remove(0)
        } else {
            Value::Tuple(values)
        })
    }

    /// Whether a node is a scalar, real or complex.
    fn is_one_number(&self, node: Node) -> bool {
        let stands = self.standing.get(&node);
        stands.map_or(self.formula.is_scalar(node), |shape| shape.is_empty())
    }

    fn check_real(&mut self, expr: &Expr, name: &str, item: &Checked) -> Option<()> {
        let own = self.real?;
        if *own == item.real || matches!(item.real, RealType::Generic(_)) {
            return Some(());
        }
        let (theirs, own) = (item.real.name(), own.name());
        self.fault(
            Diagnostic::new(
                expr.span,
                format!("`{name}` computes in `{theirs}`, and this formula in `{own}`"),
            )
            .help(format!("write `{name}` for both: `fn {name}<T>(…)`")),
        )
    }

    /// An argument of a call, if it is what the item's variable is.
    fn argument(
        &mut self,
        name: &str,
        (variable, complex): (&Variable, bool),
        reduced: Option<Axis>,
        arg: &Expr,
        node: Node,
    ) -> Option<Node> {
        let node = match variable.ty {
            Type::Real => self.as_number(arg, node)?,
            ty if self.formula.ty(node) == Type::Real && self.integer_constant(node).is_some() => {
                self.literal(arg, node, ty)?
            }
            _ => node,
        };
        let dims = &variable.shape[..variable.shape.len() - usize::from(complex)];
        let scalar = match variable.ty {
            Type::Real if complex => format!("Complex<{}>", self.floating),
            Type::Real => self.floating.clone(),
            _ => "u32".into(),
        };
        if self.formula.ty(node) != variable.ty || self.formula.shape(node) != variable.shape {
            let (wanted, given) = (type_text(&scalar, dims), self.type_of(node));
            let index = self.formula.ty(node) == Type::Index;
            let given = if index {
                "an index".into()
            } else {
                format!("`{given}`")
            };
            let help = if index {
                format!(
                    "an index is not a label: declare `{}` as a number, and write `float(…)`",
                    variable.name
                )
            } else if self.is_one_number(node) && self.formula.ty(node) == variable.ty {
                format!(
                    "repeat it: `fill({}, {})`",
                    super::written::written(arg),
                    shape(dims)
                )
            } else {
                format!("give a `{wanted}`")
            };
            let this = self.this(arg);
            return self.fault(
                Diagnostic::new(
                    arg.span,
                    format!(
                        "`{}` of `{name}` is `{wanted}`, and {this} is {given}",
                        variable.name
                    ),
                )
                .help(help),
            );
        }
        if let Some(axis) = reduced
            && variable.axis != axis
            && self.formula.axes(node).has(axis)
        {
            let index = letter(axis);
            let this = self.this(arg);
            return self.fault(
                Diagnostic::new(
                    arg.span,
                    format!(
                        "{this} varies with `{index}`, which `{name}` reduces, and `{}` does not",
                        variable.name
                    ),
                )
                .help(format!("give a value that does not vary with `{index}`")),
            );
        }
        Some(node)
    }
}

/// A shape as `fill` takes it.
fn shape(dims: &[u32]) -> String {
    let dims: Vec<String> = dims.iter().map(u32::to_string).collect();
    if dims.len() == 1 {
        dims[0].clone()
    } else {
        format!("[{}]", dims.join(", "))
    }
}

/// A value with another node in the place of a variable.
pub(super) fn replace(formula: &mut Formula, root: Node, variable: Node, by: Node) -> Node {
    let source = formula.clone();
    let numbers = 0..source.variables().len() as u32;
    let images: Vec<Node> = numbers
        .map(|number| {
            let node = formula.variable(number);
            if node == variable { by } else { node }
        })
        .collect();
    let image = |number: u32| images[number as usize];
    formula.copy(&source, &[root], image, |axis| axis)[0]
}
