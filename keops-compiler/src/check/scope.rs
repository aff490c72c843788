//! What names stand for.

use crate::formula::Node;

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A scalar, vector, …
    One(Node),
    /// Several, only to be taken apart or given as the result.
    Tuple(Vec<Value>),
}

impl Value {
    /// Its values, nested tuples flattened.
    pub(super) fn flat(&self) -> Vec<Node> {
        match self {
            Value::One(node) => vec![*node],
            Value::Tuple(parts) => parts.iter().flat_map(Value::flat).collect(),
        }
    }
}

/// What a name is.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// As written.
    pub(super) name: String,
    /// Its value; `None` if that is faulty.
    pub(super) value: Option<Value>,
    /// It is a declared variable, and not a `let`.
    pub(super) variable: bool,
}

/// The names that can be seen, inner ones last.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    bindings: Vec<Binding>,
}

impl Scope {
    pub(super) fn add(&mut self, binding: Binding) {
        self.bindings.push(binding);
    }

    pub(super) fn find(&self, name: &str) -> Option<&Binding> {
        self.bindings
            .iter()
            .rev()
            .find(|binding| binding.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.iter().map(|binding| binding.name.as_str())
    }

    /// How many there are, to return to with [`Scope::leave`].
    pub(super) fn enter(&self) -> usize {
        self.bindings.len()
    }

    /// Forgets the names added since.
    pub(super) fn leave(&mut self, entered: usize) {
        self.bindings.truncate(entered);
    }
}
