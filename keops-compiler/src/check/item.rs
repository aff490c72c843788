//! A whole formula: its variables, its value, and what kind of formula it is.

use proc_macro2::Ident;

use super::arguments::{Declared, is_free, real_type};
use super::reduction::{letter, other};
use super::results::flatten;
use super::scope::Value;
use super::{Argument, Checked, Evaluator, Form, Items, ResultKind, ResultValue};
use crate::ast::{Block, Inline, Item, ResultTy, Scalar, Span};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formula::{Axes, Axis, Formula};

/// What was found of a formula.
struct Found {
    arguments: Vec<Argument>,
    results: Vec<ResultValue>,
    axis: Axis,
    form: Form,
}

/// Checks an item.
pub(super) fn item(item: &Item, items: &Items, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let mut types: Vec<(Scalar, Span)> = item
        .parameters
        .iter()
        .map(|parameter| (parameter.ty.scalar, parameter.ty.span))
        .collect();
    if let Some(ResultTy::Matrix(scalar, span)) = &item.result {
        types.push((*scalar, *span));
    } else if let Some(result) = &item.result {
        let mut of_result = Vec::new();
        flatten(result, &mut of_result);
        types.extend(of_result.into_iter().map(|ty| (ty.scalar, ty.span)));
    }
    let mut errors = Diagnostics::new();
    let real = real_type(item.generic.as_ref(), &types, &mut errors);
    let variables: Vec<Declared<'_>> = item
        .parameters
        .iter()
        .map(|parameter| Declared {
            name: &parameter.name,
            ty: &parameter.ty,
            expression: None,
        })
        .collect();
    let mut formula = Formula::new();
    let mut evaluator = Evaluator::new(&mut formula, Some(items), &real);
    evaluator.errors = errors;
    let found = evaluator.whole(&variables, &item.body, item.result.as_ref(), false);
    let found = finish(evaluator.errors, found, diagnostics)?;
    Some(Checked {
        name: Some(in_rust(&item.name)),
        docs: item.docs.clone(),
        attributes: item.attributes.clone(),
        visibility: item.visibility.clone(),
        order: item.order,
        formula,
        real,
        arguments: found.arguments,
        results: found.results,
        axis: found.axis,
        form: found.form,
    })
}

/// The name of a formula as an item of Rust: `r#move`.
fn in_rust(name: &Ident) -> Ident {
    let text = name.to_string();
    if is_free(&text) {
        name.clone()
    } else {
        Ident::new_raw(&text, name.span())
    }
}

/// Checks a formula that is written where it is used.
pub(super) fn inline(inline: &Inline, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let declarations = &inline.declarations;
    let types: Vec<(Scalar, Span)> = declarations
        .iter()
        .map(|declared| (declared.ty.scalar, declared.ty.span))
        .collect();
    let mut errors = Diagnostics::new();
    let real = real_type(None, &types, &mut errors);
    let variables: Vec<Declared<'_>> = declarations
        .iter()
        .map(|d| Declared {
            name: &d.name,
            ty: &d.ty,
            expression: d.expression.as_ref(),
        })
        .collect();
    let mut formula = Formula::new();
    let mut evaluator = Evaluator::new(&mut formula, None, &real);
    evaluator.errors = errors;
    let found = evaluator.whole(&variables, &inline.body, None, true);
    let found = finish(evaluator.errors, found, diagnostics)?;
    Some(Checked {
        name: None,
        docs: Vec::new(),
        attributes: Vec::new(),
        visibility: proc_macro2::TokenStream::new(),
        order: 1,
        formula,
        real,
        arguments: found.arguments,
        results: found.results,
        axis: found.axis,
        form: found.form,
    })
}

/// What was found, if nothing is wrong with it.
fn finish(
    errors: Diagnostics,
    found: Option<Found>,
    diagnostics: &mut Diagnostics,
) -> Option<Found> {
    let sound = errors.is_empty();
    diagnostics.append(errors);
    found.filter(|_| sound)
}

impl Evaluator<'_> {
    fn whole(
        &mut self,
        variables: &[Declared<'_>],
        body: &Block,
        result: Option<&ResultTy>,
        inline: bool,
    ) -> Option<Found> {
        let arguments = self.declare(variables);
        let value = self.block(body);
        if let Some(ResultTy::Matrix(scalar, span)) = result {
            let entry = self.matrix(variables, &arguments, body, value, *scalar, *span)?;
            return Some(Found {
                arguments,
                results: vec![entry],
                axis: Axis::I,
                form: Form::Matrix,
            });
        }
        if let Some(span) = result.and_then(matrix_inside) {
            return self.fault(
                Diagnostic::new(span, "a kernel matrix cannot be part of a tuple")
                    .help("make it a formula of its own: `-> Matrix<…>`"),
            );
        }
        let value = value?;
        let Some(axis) = self.reduced_axis()? else {
            return self.no_reduction(body, inline);
        };
        let name = self.reductions[0].name.clone();
        self.needs(
            variables,
            axis,
            self.reductions[0].span,
            &format!("`{name}` has no rows to go over"),
        );
        self.needs(
            variables,
            other(axis),
            body.result.span,
            "the result has no rows",
        );
        self.report_outside(&body.result, axis, &name);
        let results = self.results(&body.result, &value, result)?;
        Some(Found {
            arguments,
            results,
            axis: other(axis),
            form: Form::MapReduce,
        })
    }

    /// The one axis that the reductions of the formula go over; `Some(None)` if there are none.
    fn reduced_axis(&mut self) -> Option<Option<Axis>> {
        let Some(first) = self.reductions.first().cloned() else {
            return Some(None);
        };
        let Some(second) = self
            .reductions
            .iter()
            .find(|next| next.axis != first.axis)
            .cloned()
        else {
            return Some(Some(first.axis));
        };
        self.fault(
            Diagnostic::new(
                second.span,
                format!(
                    "`{}` and `{}` in one formula: one pass goes over one axis",
                    first.name, second.name
                ),
            )
            .help(format!(
                "make two formulas: one with a row for each `{}`, one for each `{}`",
                letter(other(first.axis)),
                letter(other(second.axis))
            ))
            .second(
                first.span,
                format!("the reduction over `{}`", letter(first.axis)),
            ),
        )
    }

    fn no_reduction<T>(&mut self, body: &Block, inline: bool) -> Option<T> {
        let axes = self.axes_of(&body.result);
        let (what, name) = match axes {
            Axes {
                i: true, j: true, ..
            } => ("a value for each pair", "sum_j"),
            Axes {
                i: true, j: false, ..
            } => ("a value for each `i`", "sum_j"),
            Axes {
                i: false, j: true, ..
            } => ("a value for each `j`", "sum_j"),
            _ => ("a single value", "sum_j"),
        };
        let real = self.floating.clone();
        let matrix = if inline {
            format!("name it for a kernel matrix: `fn k(…) -> Matrix<{real}> {{ … }}`")
        } else {
            format!("`-> Matrix<{real}>` for a kernel matrix")
        };
        self.fault(
            Diagnostic::new(body.result.span, format!("no reduction: this is {what}"))
                .help(format!("write `{name} …` to reduce it, or {matrix}")),
        )
    }

    /// Reports that nothing tells how many rows an axis has.
    fn needs(&mut self, variables: &[Declared<'_>], axis: Axis, span: Span, otherwise: &str) {
        let index = letter(axis);
        let end = format!("_{index}");
        if !variables
            .iter()
            .any(|variable| variable.name.to_string().ends_with(&end))
        {
            let name = if axis == Axis::I { "x_i" } else { "y_j" };
            self.errors.push(
                Diagnostic::new(
                    span,
                    format!("no variable is indexed by `{index}`: {otherwise}"),
                )
                .help(format!(
                    "declare one whose name ends in `{end}`, such as `{name}`"
                )),
            );
        }
    }

    fn matrix(
        &mut self,
        variables: &[Declared<'_>],
        arguments: &[Argument],
        body: &Block,
        value: Option<Value>,
        scalar: Scalar,
        span: Span,
    ) -> Option<ResultValue> {
        if let Some(argument) = arguments.iter().find(|argument| argument.rust == "b") {
            self.errors.push(
                Diagnostic::new(
                    argument.name_span,
                    "a kernel matrix has no variable `b`: that is the right-hand side of `.solve`",
                )
                .help("choose another name"),
            );
        }
        match scalar {
            Scalar::Real(_) => {}
            Scalar::Complex(_) => {
                let real = self.floating.clone();
                return self.fault(
                    Diagnostic::new(span, "the entries of a kernel matrix are real numbers").help(
                        format!(
                            "write `Matrix<{real}>` of `re(…)` or `im(…)`; for a product with a \
                             complex matrix, write the sum: `sum_j k * v_j`"
                        ),
                    ),
                );
            }
            Scalar::U32 | Scalar::Bool => {
                let real = self.floating.clone();
                return self.fault(
                    Diagnostic::new(span, "the entries of a kernel matrix are floating numbers")
                        .help(format!("write `Matrix<{real}>`")),
                );
            }
        }
        if let Some(reduced) = self.reductions.first().cloned() {
            let index = letter(other(reduced.axis));
            return self.fault(
                Diagnostic::new(
                    reduced.span,
                    format!(
                        "a kernel matrix has an entry for each pair, and `{}` reduces them",
                        reduced.name
                    ),
                )
                .help(format!(
                    "leave it out, or write the type of one result for each `{index}` after `->`"
                )),
            );
        }
        for axis in [Axis::I, Axis::J] {
            self.needs(
                variables,
                axis,
                body.result.span,
                "a kernel matrix is of two clouds",
            );
        }
        let node = self.one(&body.result, value?)?;
        let node = self.as_number(&body.result, node)?;
        if !self.formula.is_scalar(node) {
            let ty = self.type_of(node);
            return self.fault(
                Diagnostic::new(
                    body.result.span,
                    format!("an entry of a kernel matrix is a scalar, not `{ty}`"),
                )
                .help("make it one, for instance by `sum(…)` or `|…|`"),
            );
        }
        Some(ResultValue {
            node,
            kind: ResultKind::Real,
            shape: Vec::new(),
        })
    }
}

/// Where a kernel matrix is written inside a tuple.
fn matrix_inside(result: &ResultTy) -> Option<Span> {
    match result {
        ResultTy::Value(_) => None,
        ResultTy::Matrix(_, span) => Some(*span),
        ResultTy::Tuple(parts, _) => parts.iter().find_map(matrix_inside),
    }
}
