//! What was written → formulas: names, indices, types and shapes.
//!
//! In: the tree of a macro call. Out: a [`Checked`] for each formula of it, or every fault that was
//! found, each with its place; places are forgotten from here on. Of
//!
//! ```text
//! pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T) -> T { sum_j exp(-|x_i - y_j|^2) * b_j }
//! ```
//!
//! three arguments `x`, `y`, `b` are left, and one result with a row for each `i`.
//!
//! Expressions are evaluated to nodes (`expression`); a part that is wrong has no value, and what
//! is made of it is not checked any further, so that a fault is reported once.

mod arguments;
mod arithmetic;
mod branches;
mod call;
mod complex;
mod components;
mod derivative;
mod expression;
mod folds;
mod functions;
mod inline;
mod item;
mod nearest;
mod outside;
mod overloads;
mod reduction;
mod results;
mod scope;
mod shapes;
mod tensors;
#[cfg(test)]
mod tests;
mod written;

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::ast::{Input, Span};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formula::{Axis, Formula, Node, Shape};

pub use functions::{FUNCTIONS, Function};

pub(crate) use expression::Evaluator;

/// A formula that is sound.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its nodes.
    pub formula: Formula,
    /// Its name; `None` for one that is written where it is used.
    pub name: Option<Ident>,
    /// The documentation: `#[doc = "…"]`, one per line, in order.
    pub docs: Vec<TokenStream>,
    /// The other attributes.
    pub attributes: Vec<TokenStream>,
    /// `pub`, `pub(crate)`, … or nothing.
    pub visibility: TokenStream,
    /// What it computes in.
    pub real: RealType,
    /// What the call takes, in order.
    pub arguments: Vec<Argument>,
    /// What the call gives, in order; for a kernel matrix its one entry.
    pub results: Vec<ResultValue>,
    /// What numbers the rows of the results: the axis that is not reduced.
    pub axis: Axis,
    /// What it is.
    pub form: Form,
    /// The highest derivative that the call offers: 1 or 2.
    pub order: u32,
}

impl Checked {
    /// Those of the attributes that say when the formula exists: `#[cfg(…)]`.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &TokenStream> {
        self.attributes.iter().filter(|attribute| {
            let inside = TokenStream::clone(attribute)
                .into_iter()
                .find_map(|tree| match tree {
                    TokenTree::Group(group) => group.stream().into_iter().next(),
                    _ => None,
                });
            matches!(inside, Some(TokenTree::Ident(name)) if name == "cfg")
        })
    }
}

/// The floating type of a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealType {
    /// Of both, the caller's: `T` of `fn f<T>`.
    Generic(Ident),
    /// `f32`
    F32,
    /// `f64`
    F64,
}

impl RealType {
    /// As written in the formula.
    pub fn name(&self) -> String {
        match self {
            RealType::Generic(name) => name.to_string(),
            RealType::F32 => "f32".into(),
            RealType::F64 => "f64".into(),
        }
    }
}

/// What a formula is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Reductions over one axis, and what is computed of their values.
    MapReduce,
    /// One entry for each pair, of which nothing is stored.
    Matrix,
}

/// An argument of the call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its number among the formula's variables.
    pub variable: u32,
    /// Its name in the Rust call: without the index, where that is unique and no keyword.
    pub rust: String,
    /// Where the name is written.
    pub name_span: Span,
    /// Where the type is written.
    pub type_span: Span,
    /// Its components are complex: its variable has one dimension more, of the two parts.
    pub complex: bool,
    /// The Rust expression that was given for it.
    pub expression: Option<TokenStream>,
}

/// A result of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultValue {
    /// Its node; of complex components, with one dimension more, of the two parts.
    pub node: Node,
    /// The type of its components.
    pub kind: ResultKind,
    /// Its shape.
    pub shape: Shape,
}

/// The type of the components of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultKind {
    /// The formula's floating type.
    Real,
    /// A complex number: two of them.
    Complex,
    /// `u32`: a label, or a row number (`NO_INDEX` for none). The node is of type Label or Index.
    Label,
    /// `bool`. The node is of type Mask.
    Bool,
}

impl ResultKind {
    /// Whether it can be differentiated.
    pub fn is_floating(self) -> bool {
        matches!(self, ResultKind::Real | ResultKind::Complex)
    }

    /// The shape of a node for components of this type in that shape.
    pub fn stored(self, shape: &[u32]) -> Shape {
        let mut stored = shape.to_vec();
        if self == ResultKind::Complex {
            stored.push(2);
        }
        stored
    }
}

/// Checks a macro call.
///
/// Gives nothing exactly if faults were found; they are added to `diagnostics`.
pub fn check(input: &Input, diagnostics: &mut Diagnostics) -> Option<Vec<Checked>> {
    let mut items = Items::default();
    match input {
        Input::Inline(inline) => {
            let checked = item::inline(inline, diagnostics);
            return checked.map(|checked| vec![checked]);
        }
        Input::Items(all) => {
            items.names = all.iter().map(|item| item.name.clone()).collect();
            for item in all {
                let name = item.name.to_string();
                if items.find(&name).is_some() {
                    diagnostics.push(
                        Diagnostic::new(&item.name, format!("`{name}` is defined twice"))
                            .help("give one of the two another name"),
                    );
                }
                let checked = item::item(item, &items, diagnostics);
                items.known.push((name, checked));
            }
        }
    }
    items
        .known
        .into_iter()
        .map(|(_, checked)| checked)
        .collect::<Option<Vec<Checked>>>()
        .filter(|_| diagnostics.is_empty())
}

/// The items of a macro call, for those that call others.
#[derive(Debug, Default)]
struct Items {
    /// Those before, in order; `None` if it is faulty.
    known: Vec<(String, Option<Checked>)>,
    /// The names of all.
    names: Vec<Ident>,
}

impl Items {
    /// The item of that name, if it was defined before.
    fn find(&self, name: &str) -> Option<&Option<Checked>> {
        self.known
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, checked)| checked)
    }
}
