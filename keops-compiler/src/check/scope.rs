//! What names stand for.

use crate::formula::Node;

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A scalar, vector, …
    One(Node),
    /// A complex one.
    Complex(Complex),
    /// Several, only to be taken apart or given as the result.
    Tuple(Vec<Value>),
}

/// A complex value: its parts, real and of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Complex {
    /// The real part.
    pub(super) re: Node,
    /// The imaginary part.
    pub(super) im: Node,
}

impl Value {
    /// Its values, nested tuples flattened.
    pub(super) fn flat(&self) -> Vec<&Value> {
        match self {
            Value::Tuple(parts) => parts.iter().flat_map(Value::flat).collect(),
            one => vec![one],
        }
    }

    /// The nodes that it is made of.
    pub(super) fn nodes(&self) -> Vec<Node> {
        match self {
            Value::One(node) => vec![*node],
            Value::Complex(Complex { re, im }) => vec![*re, *im],
            Value::Tuple(parts) => parts.iter().flat_map(Value::nodes).collect(),
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
