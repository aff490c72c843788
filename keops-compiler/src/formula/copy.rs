//! Nodes made anew: of another formula, or of other operands.

use std::collections::HashMap;

use super::{Axis, Data, Formula, Kind, Node};

impl Formula {
    /// The nodes of another formula in this one: with nodes for its variables, by number, and its positions
    /// along the axes that `axis` gives for theirs.
    pub(crate) fn copy(
        &mut self,
        source: &Formula,
        roots: &[Node],
        variable: impl Fn(u32) -> Node,
        axis: impl Fn(Axis) -> Axis,
    ) -> Vec<Node> {
        let mut images: HashMap<Node, Node> = HashMap::new();
        for node in source.reachable(roots) {
            let data = source.data(node);
            let of: Vec<Node> = data
                .operands
                .iter()
                .map(|operand| images[operand])
                .collect();
            let image = match &data.kind {
                Kind::Real(bits) => self.splat(bits.value(), &data.shape),
                Kind::Integer(value) => self.integer(*value, data.ty),
                Kind::Variable(number) => variable(*number),
                Kind::Position(along) => self.position(axis(*along)),
                Kind::Reduce {
                    reduction,
                    axis: along,
                    count,
                } => self.reduce_list(*reduction, (axis(*along), *count), &of),
                _ => self.anew(data, of),
            };
            images.insert(node, image);
        }
        roots.iter().map(|root| images[root]).collect()
    }

    /// A node with other operands, of the same shapes and along the same axes.
    pub(crate) fn with_operands(&mut self, node: Node, operands: Vec<Node>) -> Node {
        let data = self.data(node);
        if operands == data.operands {
            return node;
        }
        let data = data.clone();
        let Kind::Reduce {
            reduction,
            axis,
            count,
        } = data.kind
        else {
            let image = self.anew(&data, operands);
            // What became a constant is a scalar.
            return self.fill(image, &data.shape);
        };
        self.reduce_for(reduction, (axis, count), &operands, data.axes)
    }

    /// A node of these operands that is neither a leaf nor a reduction.
    fn anew(&mut self, data: &Data, of: Vec<Node>) -> Node {
        match &data.kind {
            Kind::Op(op) => self.op(*op, &of),
            Kind::Composite(row) => self.composite(*row, &of),
            Kind::Compare(comparison) => self.compare(*comparison, of[0], of[1]),
            Kind::And => self.and(of[0], of[1]),
            Kind::Or => self.or(of[0], of[1]),
            Kind::Not => self.not(of[0]),
            Kind::Select => self.select(of[0], of[1], of[2]),
            Kind::Subtract => self.subtract(of[0], of[1]),
            Kind::ToReal => self.to_real(of[0]),
            Kind::Contract(contraction) => self.contract(contraction.clone(), &of),
            Kind::View { offset, strides } => {
                self.view(of[0], *offset, strides.clone(), &data.shape)
            }
            Kind::Concat => self.concat(&of, &data.shape),
            kind @ (Kind::Real(_)
            | Kind::Integer(_)
            | Kind::Variable(_)
            | Kind::Position(_)
            | Kind::Reduce { .. }) => self.make(kind.clone(), of, data.shape.clone(), data.ty),
        }
    }
}
