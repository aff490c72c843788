//! The variables of a formula: their types, and their names in Rust.

use keops_program::program::Type;
use proc_macro2::{Ident, TokenStream};

use super::scope::{Binding, Value};
use super::{Argument, Evaluator, RealType};
use crate::ast::{Real, Scalar, Span, Ty};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formula::{Axis, Variable};

/// A variable as declared.
pub(super) struct Declared<'a> {
    pub(super) name: &'a Ident,
    pub(super) ty: &'a Ty,
    pub(super) expression: Option<&'a TokenStream>,
}

/// The floating type of a formula whose types are these. A second one is reported.
pub(super) fn real_type(
    generic: Option<&Ident>,
    types: &[(Scalar, Span)],
    errors: &mut Diagnostics,
) -> RealType {
    let mut found = generic.map(|name| RealType::Generic(name.clone()));
    for &(scalar, span) in types {
        let (Scalar::Real(real) | Scalar::Complex(real)) = scalar else {
            continue;
        };
        let real = match (real, generic) {
            (Real::F32, _) => RealType::F32,
            (Real::F64, _) => RealType::F64,
            (Real::Generic, Some(name)) => RealType::Generic(name.clone()),
            (Real::Generic, None) => continue,
        };
        match &found {
            Some(known) if *known != real => {
                let (known, other) = (known.name(), real.name());
                errors.push(
                    Diagnostic::new(
                        span,
                        format!("a formula has one floating type: `{known}`, and here `{other}`"),
                    )
                    .help(format!("write `{known}`")),
                );
            }
            Some(_) => {}
            None => found = Some(real),
        }
    }
    // Without one, nothing tells them apart but the size of the integers that they hold.
    found.unwrap_or(RealType::F64)
}

/// What numbers the rows of a variable, by the end of its name.
fn axis(name: &str) -> Axis {
    match () {
        () if name.ends_with("_i") => Axis::I,
        () if name.ends_with("_j") => Axis::J,
        () if name.ends_with("_b") => Axis::Batch,
        () => Axis::Unit,
    }
}

impl Evaluator<'_> {
    /// Declares the variables: arguments of the call, in order.
    pub(super) fn declare(&mut self, declared: &[Declared<'_>]) -> Vec<Argument> {
        let names: Vec<String> = declared
            .iter()
            .map(|variable| variable.name.to_string())
            .collect();
        let mut arguments = Vec::new();
        for ((variable, name), rust) in declared.iter().zip(&names).zip(rust_names(&names)) {
            let value = self.variable(variable, name);
            if value.is_some() {
                arguments.push(Argument {
                    variable: self.formula.variables().len() as u32 - 1,
                    rust,
                    name_span: variable.name.into(),
                    type_span: variable.ty.span,
                    complex: matches!(variable.ty.scalar, Scalar::Complex(_)),
                    expression: variable.expression.cloned(),
                });
            }
            self.scope.add(Binding {
                name: name.clone(),
                value,
                variable: true,
            });
        }
        arguments
    }

    fn variable(&mut self, variable: &Declared<'_>, name: &str) -> Option<Value> {
        let ty = match variable.ty.scalar {
            Scalar::Real(_) | Scalar::Complex(_) => Type::Real,
            Scalar::U32 => Type::Label,
            Scalar::Bool => {
                return self.fault(
                    Diagnostic::new(variable.ty.span, "a variable cannot be `bool`")
                        .help(format!("declare it as `u32`, and write `{name} != 0`")),
                );
            }
        };
        let complex = matches!(variable.ty.scalar, Scalar::Complex(_));
        let parts = complex.then_some(2);
        let dims = variable.ty.dims.iter().map(|&n| n as u32);
        let shape = dims.chain(parts).collect();
        let variable = Variable {
            name: name.into(),
            axis: axis(name),
            ty,
            shape,
        };
        let node = self.formula.declare(variable);
        Some(if complex {
            Value::Complex(self.parts_of(node))
        } else {
            Value::One(node)
        })
    }
}

/// The names of the arguments in Rust: without the index, where that is unique and no keyword; a
/// parameter that is a keyword gets a `_`.
fn rust_names(names: &[String]) -> Vec<String> {
    let bases: Vec<&str> = names.iter().map(|name| base(name)).collect();
    names
        .iter()
        .zip(&bases)
        .map(|(name, base)| {
            let unique = bases.iter().filter(|other| *other == base).count() == 1;
            let mut rust = if unique && is_free(base) {
                (*base).to_string()
            } else {
                name.clone()
            };
            while !is_free(&rust) || rust != *name && names.contains(&rust) {
                rust.push('_');
            }
            rust
        })
        .collect()
}

/// The name without the index.
fn base(name: &str) -> &str {
    ["_i", "_j", "_b"]
        .iter()
        .find_map(|index| name.strip_suffix(index))
        .unwrap_or(name)
}

/// Whether Rust has the name free.
pub(super) fn is_free(name: &str) -> bool {
    syn::parse_str::<Ident>(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::rust_names;

    fn names(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        rust_names(&names).join(" ")
    }

    #[test]
    fn the_index_is_dropped() {
        assert_eq!(names(&["x_i", "y_j", "gamma"]), "x y gamma");
    }

    #[test]
    fn a_name_stays_unique() {
        assert_eq!(names(&["x_i", "x_j", "b_j"]), "x_i x_j b");
        assert_eq!(names(&["x_i", "x"]), "x_i x");
    }

    #[test]
    fn a_keyword_keeps_its_index() {
        assert_eq!(
            names(&["type_i", "self_j", "__i", "mod"]),
            "type_i self_j __i mod_"
        );
        assert_eq!(names(&["mod", "mod_"]), "mod__ mod_");
    }
}
