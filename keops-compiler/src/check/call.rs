//! Calls: functions by the tables, and other items.

use proc_macro2::Ident;

use super::functions;
use super::nearest::nearest;
use super::overloads::OPERANDS;
use super::scope::Value;
use super::written::written;
use super::{Evaluator, reduction};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::{Axis, Contraction, Node};
use crate::notation;
use crate::table::{COMPOSITES, CONTRACTIONS, ContractionRow};

impl Evaluator<'_> {
    /// `name(a, b)`
    pub(super) fn call(&mut self, expr: &Expr, name: &Ident, args: &[Expr]) -> Option<Value> {
        let text = name.to_string();
        if let Some(item) = self.items.and_then(|items| items.find(&text)) {
            return self.item(expr, &text, item.as_ref(), args);
        }
        if let Some(parts) = reduction::split(&text) {
            return self.reduction(expr, &text, parts, args);
        }
        self.function(expr, name, args).map(Value::One)
    }

    /// Arguments of something that is faulty itself: only their own faults matter.
    pub(super) fn look_at(&mut self, args: &[Expr]) {
        for arg in args {
            self.value(arg);
        }
    }

    pub(super) fn unknown_function<T>(
        &mut self,
        name: &Ident,
        text: &str,
        args: &[Expr],
    ) -> Option<T> {
        let reductions = functions::reduction_names();
        let items = self
            .items
            .iter()
            .flat_map(|items| items.known.iter().map(|(name, _)| name.as_str()));
        let names: Vec<&str> = functions::names().collect();
        let all = names
            .into_iter()
            .chain(reductions.iter().map(String::as_str))
            .chain(items);
        let near = nearest(text, all).map(str::to_string);
        let later = self
            .items
            .is_some_and(|items| items.names.iter().any(|item| item == text));
        let help = match near {
            _ if later => "an item can call those above it: put that one first".into(),
            _ if self.scope.find(text).is_some() => match args {
                [only] => format!(
                    "it is a variable: for a product write `{text} * ({})`",
                    written(only)
                ),
                _ => "it is a variable, and cannot be called".into(),
            },
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it above, as an item: `fn {text}<T>(…) -> T {{ … }}`"),
        };
        self.fault(Diagnostic::new(name, format!("unknown function `{text}`")).help(help))
    }

    /// Checks the number of arguments of a call; `signatures` are all that it may have.
    pub(super) fn check_count(
        &mut self,
        expr: &Expr,
        name: &str,
        signatures: &[&[&str]],
        given: usize,
    ) -> Option<()> {
        if signatures.iter().any(|operands| operands.len() == given) {
            return Some(());
        }
        let counts: Vec<String> = signatures
            .iter()
            .map(|operands| operands.len().to_string())
            .collect();
        let calls: Vec<String> = signatures
            .iter()
            .map(|operands| format!("`{name}({})`", operands.join(", ")))
            .collect();
        let plural = if counts == ["1"] { "" } else { "s" };
        let help = match self.reduction_of(name) {
            Some(reduction) if given == 1 => {
                format!(
                    "write {}, or `{reduction}(…)` to reduce over rows",
                    calls.join(" or ")
                )
            }
            _ => format!("write {}", calls.join(" or ")),
        };
        self.fault(
            Diagnostic::new(
                expr.span,
                format!(
                    "`{name}` takes {} argument{plural}, not {given}",
                    counts.join(" or ")
                ),
            )
            .help(help),
        )
    }

    /// The reduction that has the same name, but for the index.
    pub(super) fn reduction_of(&self, name: &str) -> Option<String> {
        let reduction = format!("{name}_j");
        reduction::split(&reduction).is_some().then_some(reduction)
    }

    /// A composite: its definition, of these operands; or a node, if it has its own derivative.
    pub(super) fn composite(
        &mut self,
        expr: &Expr,
        row: usize,
        parts: &[(&Expr, Node)],
    ) -> Option<Node> {
        let composite = &COMPOSITES[row];
        let operands: Vec<Node> = parts.iter().map(|&(_, node)| node).collect();
        if !composite.partials.is_empty() {
            self.same_shape(&format!("arguments of `{}`", composite.name), parts)?;
            return Some(self.formula.composite(row, &operands));
        }
        let names: Vec<(&str, Node)> = composite.operands.iter().copied().zip(operands).collect();
        self.defined(
            expr,
            composite.name,
            composite.operands,
            composite.definition,
            &names,
        )
    }

    /// A definition of a table, of these operands.
    pub(super) fn defined(
        &mut self,
        expr: &Expr,
        name: &str,
        operands: &[&str],
        definition: &'static str,
        names: &[(&str, Node)],
    ) -> Option<Node> {
        match notation::evaluate(self.formula, definition, names, Axis::Unit, &self.floating) {
            Ok(node) => Some(node),
            Err(errors) => {
                let call = format!("{name}({})", operands.join(", "));
                let message = errors
                    .iter()
                    .next()
                    .map_or("", |fault| fault.message.as_str());
                let meaning = if definition.contains('_') || definition.contains(';') {
                    "give operands of shapes that go together".into()
                } else {
                    format!("`{call}` is `{definition}`")
                };
                self.fault(Diagnostic::new(expr.span, format!("`{call}`: {message}")).help(meaning))
            }
        }
    }

    /// A contraction by its name and the ranks of its operands.
    pub(super) fn contraction(
        &mut self,
        expr: &Expr,
        name: &str,
        parts: &[(&Expr, Node)],
    ) -> Option<Node> {
        let rows = || CONTRACTIONS.iter().filter(|row| row.name == name);
        let counts: Vec<usize> = rows()
            .map(|row| row.indices.matches(',').count() + 1)
            .collect();
        let signatures: Vec<&[&str]> = counts
            .iter()
            .take(1)
            .map(|&count| &OPERANDS[..count])
            .collect();
        self.check_count(expr, name, &signatures, parts.len())?;
        let ranks: Vec<usize> = parts
            .iter()
            .map(|&(_, n)| self.formula.shape(n).len())
            .collect();
        let of_ranks = |row: &ContractionRow| Contraction::of_ranks(row.indices, &ranks);
        let Some(contraction) = rows().find_map(of_ranks) else {
            return self.wrong_ranks(name, parts, &ranks);
        };
        let shapes: Vec<&[u32]> = parts
            .iter()
            .map(|&(_, node)| self.formula.shape(node))
            .collect();
        if contraction.sizes(&shapes).is_none() {
            return self.wrong_sizes(name, parts, &contraction);
        }
        let operands: Vec<Node> = parts.iter().map(|&(_, node)| node).collect();
        Some(self.formula.contract(contraction, &operands))
    }

    fn wrong_ranks<T>(
        &mut self,
        name: &str,
        parts: &[(&Expr, Node)],
        ranks: &[usize],
    ) -> Option<T> {
        let types: Vec<String> = parts
            .iter()
            .map(|&(_, node)| format!("`{}`", self.type_of(node)))
            .collect();
        let help: String = if name == "@" && ranks.contains(&0) {
            "write `*` for a product with a scalar".into()
        } else if name == "@" && ranks == [1, 1] {
            "write `dot(a, b)` for the product of two vectors".into()
        } else if name == "@" {
            "write `tensordot(a, b, [axes of a], [axes of b])`".into()
        } else if ranks.len() == 2 && ranks.iter().sum::<usize>() > 8 {
            "a value has at most 8 dimensions".into()
        } else {
            "give both the same shape".into()
        };
        let span = parts[0].0.span.to(parts[parts.len() - 1].0.span);
        let message = format!("`{name}` does not take {}", types.join(" and "));
        self.fault(Diagnostic::new(span, message).help(help))
    }

    fn wrong_sizes<T>(
        &mut self,
        name: &str,
        parts: &[(&Expr, Node)],
        contraction: &Contraction,
    ) -> Option<T> {
        let (a, b) = (parts[0], parts[parts.len() - 1]);
        let (left, right) = (self.type_of(a.1), self.type_of(b.1));
        let ordinal = |k: usize, rank: usize| match (rank, k) {
            (1, _) => "length".to_string(),
            (2, 0) => "number of rows".into(),
            (2, 1) => "number of columns".into(),
            _ => format!("dimension {}", k + 1),
        };
        let (x, y) = (self.formula.shape(a.1), self.formula.shape(b.1));
        let mut help = "the dimensions that are summed must be equal".to_string();
        for (k, index) in contraction.inputs[0].iter().enumerate() {
            let other = contraction
                .inputs
                .last()
                .and_then(|i| i.iter().position(|o| o == index));
            if let Some(l) = other
                && x[k] != y[l]
            {
                help = format!(
                    "the {} of the first ({}) must be the {} of the second ({})",
                    ordinal(k, x.len()),
                    x[k],
                    ordinal(l, y.len()),
                    y[l]
                );
                break;
            }
        }
        self.fault(
            Diagnostic::new(
                a.0.span,
                format!("operands of `{name}` do not fit: `{left}` and `{right}`"),
            )
            .help(help)
            .second(b.0.span, format!("this one is `{right}`")),
        )
    }
}
