//! The typed formula: interned nodes over tensors of static shape.
//!
//! In: what `check` builds, one constructor call per node. Out: a graph in which equal nodes are one
//! node, and which is simplified as it is built; there is no other way to make a node. For
//! `exp(-|x_i - y_j|^2)`, printed by [`Formula::show`]:
//!
//! ```text
//! exp(-sum(square(x_i - y_j)))
//! ```
//!
//! Nodes are numbered in the order in which they are made, so operands come before their users.

mod contract;
mod copy;
mod node;
mod show;

use std::collections::HashMap;

use keops_program::op::Op;
use keops_program::program::{Comparison, Type};
pub use keops_program::schedule::Axis;

pub use contract::Contraction;
pub use node::{Axes, Bits, Data, Kind, Node, Shape, Variable, row_major, width};

use crate::simplify;

/// The arena of nodes.
#[derive(Clone, Debug, Default)]
pub struct Formula {
    nodes: Vec<Data>,
    interned: HashMap<Data, Node>,
    variables: Vec<Variable>,
}

impl Formula {
    /// An empty arena.
    pub fn new() -> Formula {
        Formula::default()
    }

    /// What is known of a node.
    pub fn data(&self, node: Node) -> &Data {
        &self.nodes[node.0 as usize]
    }

    /// The node's kind.
    pub fn kind(&self, node: Node) -> &Kind {
        &self.data(node).kind
    }

    /// The node's operands.
    pub fn operands(&self, node: Node) -> &[Node] {
        &self.data(node).operands
    }

    /// The node's shape.
    pub fn shape(&self, node: Node) -> &[u32] {
        &self.data(node).shape
    }

    /// The type of the node's components.
    pub fn ty(&self, node: Node) -> Type {
        self.data(node).ty
    }

    /// The axes along which the node varies.
    pub fn axes(&self, node: Node) -> Axes {
        self.data(node).axes
    }

    /// Whether the node has one component and no dimensions.
    pub fn is_scalar(&self, node: Node) -> bool {
        self.shape(node).is_empty()
    }

    /// The arguments, by number.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The value of a floating constant.
    pub fn constant(&self, node: Node) -> Option<f64> {
        match self.kind(node) {
            Kind::Real(bits) => Some(bits.value()),
            _ => None,
        }
    }

    /// Declares an argument; its node.
    pub fn declare(&mut self, variable: Variable) -> Node {
        let number = self.variables.len() as u32;
        let (shape, ty, axes) = (variable.shape.clone(), variable.ty, Axes::of(variable.axis));
        self.variables.push(variable);
        self.intern(Data {
            kind: Kind::Variable(number),
            operands: Vec::new(),
            shape,
            ty,
            axes,
        })
    }

    /// The node of a declared argument.
    pub fn variable(&mut self, number: u32) -> Node {
        let variable = &self.variables[number as usize];
        let (shape, ty, axes) = (variable.shape.clone(), variable.ty, Axes::of(variable.axis));
        self.intern(Data {
            kind: Kind::Variable(number),
            operands: Vec::new(),
            shape,
            ty,
            axes,
        })
    }

    /// A floating scalar.
    pub fn real(&mut self, value: f64) -> Node {
        self.splat(value, &[])
    }

    /// A floating constant in every component.
    pub fn splat(&mut self, value: f64, shape: &[u32]) -> Node {
        self.leaf(Kind::Real(Bits::of(value)), Type::Real, shape, Axes::NONE)
    }

    /// An integer scalar of type Index or Label.
    pub fn integer(&mut self, value: i64, ty: Type) -> Node {
        self.leaf(Kind::Integer(value), ty, &[], Axes::NONE)
    }

    /// `i` or `j`.
    pub fn position(&mut self, axis: Axis) -> Node {
        self.leaf(Kind::Position(axis), Type::Index, &[], Axes::of(axis))
    }

    /// A primitive. Operands are Real (a Mask counts as 0 or 1) and of one shape, or scalars.
    pub fn op(&mut self, op: Op, operands: &[Node]) -> Node {
        debug_assert_eq!(operands.len(), op.row().arity, "{}", op.row().name);
        let operands: Vec<Node> = operands.iter().map(|&n| self.number(n)).collect();
        simplify::op(self, op, operands)
    }

    /// A composite with its own derivative.
    pub fn composite(&mut self, composite: usize, operands: &[Node]) -> Node {
        let operands: Vec<Node> = operands.iter().map(|&n| self.number(n)).collect();
        self.elementwise(Kind::Composite(composite), operands, Type::Real)
    }

    /// A Mask as 0 or 1; a Real as it is.
    pub fn number(&mut self, node: Node) -> Node {
        if self.ty(node) == Type::Mask {
            let (one, zero) = (self.real(1.0), self.real(0.0));
            self.select(node, one, zero)
        } else {
            node
        }
    }

    /// A comparison of two operands of one type.
    pub fn compare(&mut self, comparison: Comparison, a: Node, b: Node) -> Node {
        self.elementwise(Kind::Compare(comparison), vec![a, b], Type::Mask)
    }

    /// Both masks.
    pub fn and(&mut self, a: Node, b: Node) -> Node {
        if a == b {
            a
        } else {
            self.elementwise(Kind::And, vec![a, b], Type::Mask)
        }
    }

    /// Either mask.
    pub fn or(&mut self, a: Node, b: Node) -> Node {
        if a == b {
            a
        } else {
            self.elementwise(Kind::Or, vec![a, b], Type::Mask)
        }
    }

    /// The contrary of a mask.
    pub fn not(&mut self, a: Node) -> Node {
        match self.kind(a) {
            Kind::Not => self.operands(a)[0],
            _ => self.elementwise(Kind::Not, vec![a], Type::Mask),
        }
    }

    /// `a` where the mask holds, else `b`: both of one type. The mask and the branches are of one
    /// shape, or scalars.
    pub fn select(&mut self, mask: Node, a: Node, b: Node) -> Node {
        simplify::select(self, mask, a, b)
    }

    /// The difference of two Index operands.
    pub fn subtract(&mut self, a: Node, b: Node) -> Node {
        match (self.kind(a), self.kind(b)) {
            (_, Kind::Integer(0)) => return a,
            (&Kind::Integer(x), &Kind::Integer(y)) if self.is_scalar(a) && self.is_scalar(b) => {
                let difference = (x as i32).wrapping_sub(y as i32);
                return self.integer(i64::from(difference), Type::Index);
            }
            _ => {}
        }
        self.elementwise(Kind::Subtract, vec![a, b], Type::Index)
    }

    /// An Index or a Label as a Real.
    pub fn to_real(&mut self, a: Node) -> Node {
        self.elementwise(Kind::ToReal, vec![a], Type::Real)
    }

    /// A sum of products of one or two Real operands over components.
    pub fn contract(&mut self, contraction: Contraction, operands: &[Node]) -> Node {
        let operands: Vec<Node> = operands.iter().map(|&n| self.number(n)).collect();
        contract::build(self, contraction, operands)
    }

    /// The sum of all components of a Real node.
    pub fn sum(&mut self, a: Node) -> Node {
        let contraction = Contraction::sum(self.shape(a));
        self.contract(contraction, &[a])
    }

    /// A scalar in every component of a shape (any type).
    pub fn fill(&mut self, a: Node, shape: &[u32]) -> Node {
        if self.shape(a) == shape {
            return a;
        }
        debug_assert!(self.is_scalar(a));
        match self.data(a) {
            Data {
                kind: Kind::Real(bits),
                ..
            } => self.splat(bits.value(), shape),
            _ => self.view(a, 0, vec![0; shape.len()], shape),
        }
    }

    /// Components picked from `a`; see [`Kind::View`].
    pub fn view(&mut self, a: Node, offset: u32, strides: Vec<u32>, shape: &[u32]) -> Node {
        simplify::view(self, a, offset, strides, shape)
    }

    /// The same components in another shape of the same width.
    pub fn reshape(&mut self, a: Node, shape: &[u32]) -> Node {
        let strides = row_major(shape);
        self.view(a, 0, strides, shape)
    }

    /// All components of the operands (of one type) in order, in a shape of that width.
    pub fn concat(&mut self, operands: &[Node], shape: &[u32]) -> Node {
        simplify::concat(self, operands, shape)
    }

    /// The adjoint of a view: a value of shape `shape` that has `a`'s components where the view of
    /// `offset` and `strides` picks them, summed where it picks one twice, and 0 elsewhere.
    pub fn unview(&mut self, a: Node, offset: u32, strides: &[u32], shape: &[u32]) -> Node {
        simplify::unview(self, a, offset, strides, shape)
    }

    /// A reduction of Real operands over an axis, per component, for each row of the other axis, if
    /// there is one: each row may meet columns of its own.
    pub fn reduce(&mut self, reduction: usize, axis: Axis, operands: &[Node]) -> Node {
        self.reduce_list(reduction, (axis, 0), operands)
    }

    /// The same, to a list of so many entries: the first dimension of the result. 0: to none.
    pub fn reduce_list(
        &mut self,
        reduction: usize,
        (axis, count): (Axis, u32),
        operands: &[Node],
    ) -> Node {
        let of = |axis| self.variables.iter().any(|variable| variable.axis == axis);
        let other = match axis {
            Axis::I if of(Axis::J) => Axis::J,
            Axis::J if of(Axis::I) => Axis::I,
            _ => Axis::Unit,
        };
        let own = operands.iter().map(|&n| self.axes(n));
        let axes = own.fold(Axes::of(other), Axes::and).without(axis);
        self.reduce_for(reduction, (axis, count), operands, axes)
    }

    /// The same for each row of `axes`, which are at least those of the operands without the reduced
    /// one; for none, the sum over all batches.
    pub fn reduce_for(
        &mut self,
        reduction: usize,
        axis: (Axis, u32),
        operands: &[Node],
        axes: Axes,
    ) -> Node {
        let operands: Vec<Node> = operands.iter().map(|&n| self.number(n)).collect();
        simplify::reduce(self, reduction, axis, operands, axes)
    }

    /// The node of an element-wise kind: shape of the operands that are not scalars.
    pub(crate) fn elementwise(&mut self, kind: Kind, operands: Vec<Node>, ty: Type) -> Node {
        let shape = self.common_shape(&operands);
        self.make(kind, operands, shape, ty)
    }

    /// The shape of an element-wise result.
    pub(crate) fn common_shape(&self, operands: &[Node]) -> Shape {
        let shapes = operands.iter().map(|&n| self.shape(n));
        let shape = shapes.max_by_key(|s| s.len()).unwrap_or(&[]).to_vec();
        debug_assert!(
            operands
                .iter()
                .all(|&n| self.is_scalar(n) || self.shape(n) == shape),
            "operands of different shapes reached the formula"
        );
        shape
    }

    /// Interns a node as it is: for `simplify`, whose work is done.
    pub(crate) fn make(&mut self, kind: Kind, operands: Vec<Node>, shape: Shape, ty: Type) -> Node {
        let axes = operands.iter().map(|&n| self.axes(n));
        let axes = axes.fold(Axes::NONE, Axes::and);
        self.make_for(kind, operands, shape, ty, axes)
    }

    /// The same with its axes.
    pub(crate) fn make_for(
        &mut self,
        kind: Kind,
        operands: Vec<Node>,
        shape: Shape,
        ty: Type,
        axes: Axes,
    ) -> Node {
        self.intern(Data {
            kind,
            operands,
            shape,
            ty,
            axes,
        })
    }

    fn leaf(&mut self, kind: Kind, ty: Type, shape: &[u32], axes: Axes) -> Node {
        self.intern(Data {
            kind,
            operands: Vec::new(),
            shape: shape.to_vec(),
            ty,
            axes,
        })
    }

    fn intern(&mut self, data: Data) -> Node {
        if let Some(&node) = self.interned.get(&data) {
            return node;
        }
        let node = Node(self.nodes.len() as u32);
        self.nodes.push(data.clone());
        self.interned.insert(data, node);
        node
    }

    /// The nodes that the roots are made of, operands before users.
    pub fn reachable(&self, roots: &[Node]) -> Vec<Node> {
        let mut seen = std::collections::BTreeSet::new();
        let mut open = roots.to_vec();
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend_from_slice(self.operands(node));
            }
        }
        seen.into_iter().collect()
    }
}
