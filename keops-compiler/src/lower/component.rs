//! Components of nodes, produced where they are used.

use keops_program::op::Op;
use keops_program::program::{Carried, Expr, Index, Place, Type, Value};

use super::code::Code;
use super::{Lower, Made, Section, UNROLL, for_each, load, place, shifted};
use crate::formula::{Contraction, Kind, Node, row_major, width};

/// Errors above this make an operation dear enough to keep its results in an array.
const CHEAP_ULP: f64 = 0.5;

impl Lower<'_> {
    /// The component of a node at a position.
    pub(super) fn component(
        &mut self,
        code: &mut Code,
        section: Section,
        node: Node,
        index: &Index,
    ) -> Value {
        let index = if self.formula.is_scalar(node) {
            &Index::at(0)
        } else {
            index
        };
        let key = (node, index.clone());
        if let Some(value) = code.known(&key) {
            return value;
        }
        let aside = code.hoist(index);
        let value = self.produce(code, section, node, index);
        code.remember(key, value);
        code.restore(aside);
        value
    }

    fn produce(&mut self, code: &mut Code, section: Section, node: Node, index: &Index) -> Value {
        let data = self.formula.data(node).clone();
        match &data.kind {
            Kind::Real(bits) => return code.push(Type::Real, Expr::Real(bits.value())),
            Kind::Integer(value) => return code.push(data.ty, Expr::Integer(*value)),
            _ => {}
        }
        // What another section computes is read from its slots; views and masks cost nothing to make.
        let free = matches!(data.kind, Kind::View { .. } | Kind::Concat) && index.terms.is_empty();
        if let Some(class) = self.class(node, section)
            && Section::of(class) != section
            && data.ty != Type::Mask
            && !free
        {
            let offset = self.slots(node, class, Made::Plain);
            return load(code, data.ty, place(class), shifted(index, offset));
        }
        if self.is_input(node) {
            let input = self.input(node, section);
            return load(code, data.ty, Place::Input(input), index.clone());
        }
        if self.is_dear(node, index) || self.is_spread(node, index) {
            return self.array_element(code, section, node, index);
        }
        match &data.kind {
            Kind::View { offset, strides } => match picked(*offset, strides, &data.shape, index) {
                Some(at) => self.component(code, section, data.operands[0], &at),
                None => self.array_element(code, section, node, index),
            },
            Kind::Concat => {
                if !index.terms.is_empty() {
                    return self.array_element(code, section, node, index);
                }
                let mut at = index.offset;
                for &operand in &data.operands {
                    let count = width(self.formula.shape(operand));
                    if at < count {
                        return self.component(code, section, operand, &Index::at(at));
                    }
                    at -= count;
                }
                unreachable!("a component of a concatenation is one of its operands'")
            }
            Kind::Contract(contraction) => {
                if !index.terms.is_empty() {
                    return self.array_element(code, section, node, index);
                }
                let mut rest = index.offset;
                let mut outer = Vec::new();
                for (&label, step) in contraction.output.iter().zip(row_major(&data.shape)) {
                    outer.push((label, Index::at(rest / step)));
                    rest %= step;
                }
                self.sum(code, section, contraction, &data.operands, outer)
            }
            Kind::Reduce { .. } => self.finished(code, node, index),
            _ if let Some((slot, rest)) = self.factor(section, node) => {
                let factor = load(code, Type::Real, slot.0, Index::at(slot.1));
                let rest = self.component(code, section, rest, index);
                code.push(Type::Real, Expr::Op(Op::Mul, vec![factor, rest]))
            }
            _ => {
                let operands: Vec<Value> = data
                    .operands
                    .iter()
                    .map(|&operand| self.component(code, section, operand, index))
                    .collect();
                code.push(data.ty, elementwise(&data.kind, operands))
            }
        }
    }

    /// `-(a · b)` as `(-a) · b`, and `b / a` as `(1/a) · b`, where `a` is a scalar that is computed less
    /// often than the node: the slot of the first factor, and `b`. (`1/a` costs at most one rounding
    /// more than the quotient; an `a` whose reciprocal is not a normal number is not supported as a
    /// common divisor.)
    fn factor(&mut self, section: Section, node: Node) -> Option<((Place, u32), Node)> {
        let operands = |node: Node| self.formula.operands(node);
        let candidates = match *self.formula.kind(node) {
            Kind::Op(Op::Neg) => {
                let product = operands(node)[0];
                let only_here = self.uses.get(&product) == Some(&1);
                match (self.formula.kind(product), operands(product)) {
                    (Kind::Op(Op::Mul), &[a, b]) if only_here => vec![(a, b), (b, a)],
                    _ => return None,
                }
            }
            Kind::Op(Op::Div) => vec![(operands(node)[1], operands(node)[0])],
            _ => return None,
        };
        let made = match self.formula.kind(node) {
            Kind::Op(Op::Neg) => Made::Negative,
            _ => Made::Reciprocal,
        };
        for (factor, rest) in candidates {
            let rarer = self
                .class(factor, section)
                .filter(|&class| Section::of(class) != section);
            if let Some(class) = rarer
                && self.formula.is_scalar(factor)
                && (made == Made::Reciprocal || self.formula.constant(factor).is_none())
            {
                let offset = self.slots(factor, class, made);
                return Some(((place(class), offset), rest));
            }
        }
        None
    }

    /// Whether a vector that a loop reads is computed once, before it, rather than in it: a function
    /// that is used more than once.
    fn is_dear(&self, node: Node, index: &Index) -> bool {
        let dear = match self.formula.kind(node) {
            Kind::Op(op) => op.row().ulp > CHEAP_ULP,
            _ => false,
        };
        dear && !index.terms.is_empty() && self.uses.get(&node).is_some_and(|&uses| uses > 1)
    }

    /// Whether a long value is computed in a loop although this reader wants one component: every one
    /// of them has such a reader.
    fn is_spread(&self, node: Node, index: &Index) -> bool {
        let data = self.formula.data(node);
        let count = width(&data.shape);
        let made = matches!(data.kind, Kind::Op(_) | Kind::Select | Kind::Subtract);
        made && index.terms.is_empty()
            && count > UNROLL
            && self
                .viewed
                .get(&node)
                .is_some_and(|&viewed| viewed >= count)
    }

    /// The component from a temporary array that holds all of the node.
    fn array_element(
        &mut self,
        code: &mut Code,
        section: Section,
        node: Node,
        index: &Index,
    ) -> Value {
        let (ty, shape) = (self.formula.ty(node), self.formula.shape(node).to_vec());
        let (local, new) = code.array(node, ty, width(&shape));
        if new {
            // The array is filled outside of every loop, where all of its later readers see it.
            let aside = code.hoist(&Index::at(0));
            self.fill_array(code, section, node, local);
            code.restore(aside);
        }
        load(code, ty, Place::Local(local), index.clone())
    }

    fn fill_array(&mut self, code: &mut Code, section: Section, node: Node, local: u32) {
        let data = self.formula.data(node).clone();
        let place = Place::Local(local);
        match &data.kind {
            Kind::View { offset, strides } => {
                self.nest(
                    code,
                    &data.shape,
                    &mut Vec::new(),
                    &mut |lower, code, at| {
                        let from = linear(at, strides, *offset);
                        let to = linear(at, &row_major(&data.shape), 0);
                        let value = lower.component(code, section, data.operands[0], &from);
                        code.store(place, to, value);
                    },
                );
            }
            Kind::Concat => {
                let mut offset = 0;
                for &operand in &data.operands {
                    self.store_all(code, section, operand, place, offset);
                    offset += width(self.formula.shape(operand));
                }
            }
            Kind::Contract(contraction) => {
                self.nest(
                    code,
                    &data.shape,
                    &mut Vec::new(),
                    &mut |lower, code, at| {
                        let labels = contraction.output.iter().copied();
                        let outer = labels.zip(at.iter().cloned()).collect();
                        let value = lower.sum(code, section, contraction, &data.operands, outer);
                        code.store(place, linear(at, &row_major(&data.shape), 0), value);
                    },
                );
            }
            kind => {
                for_each(code, width(&data.shape), &mut |code, index| {
                    let operands = data
                        .operands
                        .iter()
                        .map(|&operand| self.component(code, section, operand, &index))
                        .collect();
                    let value = code.push(data.ty, elementwise(kind, operands));
                    code.store(place, index, value);
                });
            }
        }
    }

    /// Goes through all positions of a shape.
    fn nest(
        &mut self,
        code: &mut Code,
        shape: &[u32],
        at: &mut Vec<Index>,
        body: &mut dyn FnMut(&mut Self, &mut Code, &[Index]),
    ) {
        match shape.get(at.len()) {
            None => body(self, code, at),
            Some(&count) => for_each(code, count, &mut |code, index| {
                at.push(index);
                self.nest(code, shape, at, body);
                at.pop();
            }),
        }
    }

    /// One component of a contraction, given the position of each index of the result.
    fn sum(
        &mut self,
        code: &mut Code,
        section: Section,
        contraction: &Contraction,
        operands: &[Node],
        mut at: Vec<(u8, Index)>,
    ) -> Value {
        let shapes: Vec<&[u32]> = operands.iter().map(|&n| self.formula.shape(n)).collect();
        let sizes = contraction
            .sizes(&shapes)
            .expect("a contraction in a formula fits");
        let summed = contraction.summed();
        let terms: u32 = summed.iter().map(|&label| sizes[label as usize]).product();
        if terms > UNROLL {
            let zero = code.push(Type::Real, Expr::Real(0.0));
            let loops: Vec<(u8, u32)> = summed.iter().map(|&l| (l, sizes[l as usize])).collect();
            return self.sum_loop(code, section, contraction, operands, &mut at, &loops, zero);
        }
        let mut sum = None;
        for term in 0..terms {
            let mut rest = term;
            let known = at.len();
            for &label in summed.iter().rev() {
                let size = sizes[label as usize];
                at.push((label, Index::at(rest % size)));
                rest /= size;
            }
            let product = self.product(code, section, contraction, operands, &at);
            at.truncate(known);
            sum = Some(match sum {
                None => product,
                Some(sum) => code.push(Type::Real, Expr::Op(Op::Add, vec![sum, product])),
            });
        }
        sum.unwrap_or_else(|| code.push(Type::Real, Expr::Real(0.0)))
    }

    /// Nested loops over the summed indices that carry the sum.
    #[allow(clippy::too_many_arguments)]
    fn sum_loop(
        &mut self,
        code: &mut Code,
        section: Section,
        contraction: &Contraction,
        operands: &[Node],
        at: &mut Vec<(u8, Index)>,
        loops: &[(u8, u32)],
        sum: Value,
    ) -> Value {
        let Some((&(label, count), inner)) = loops.split_first() else {
            let product = self.product(code, section, contraction, operands, at);
            return code.push(Type::Real, Expr::Op(Op::Add, vec![sum, product]));
        };
        let counter = code.open(count);
        let value = code.fresh();
        at.push((
            label,
            Index {
                offset: 0,
                terms: vec![(counter, 1)],
            },
        ));
        let next = self.sum_loop(code, section, contraction, operands, at, inner, value);
        at.pop();
        code.close(vec![Carried {
            ty: Type::Real,
            value,
            init: sum,
            next,
        }]);
        value
    }

    /// One term of a contraction.
    fn product(
        &mut self,
        code: &mut Code,
        section: Section,
        contraction: &Contraction,
        operands: &[Node],
        at: &[(u8, Index)],
    ) -> Value {
        let mut product = None;
        for (labels, &operand) in contraction.inputs.iter().zip(operands) {
            let position: Vec<Index> = labels
                .iter()
                .map(|label| {
                    let found = at.iter().find(|(l, _)| l == label);
                    found
                        .map(|(_, index)| index.clone())
                        .expect("every index has a position")
                })
                .collect();
            let strides = row_major(self.formula.shape(operand));
            let index = linear(&position, &strides, 0);
            let factor = self.component(code, section, operand, &index);
            product = Some(match product {
                None => factor,
                Some(product) => code.push(Type::Real, Expr::Op(Op::Mul, vec![product, factor])),
            });
        }
        product.expect("a contraction has an operand")
    }
}

/// The expression of an element-wise kind.
pub(super) fn elementwise(kind: &Kind, operands: Vec<Value>) -> Expr {
    let of = |k: usize| operands[k];
    match kind {
        Kind::Op(op) => Expr::Op(*op, operands),
        Kind::Compare(comparison) => Expr::Compare(*comparison, of(0), of(1)),
        Kind::And => Expr::And(of(0), of(1)),
        Kind::Or => Expr::Or(of(0), of(1)),
        Kind::Not => Expr::Not(of(0)),
        Kind::Select => Expr::Select(of(0), of(1), of(2)),
        Kind::Subtract => Expr::Subtract(of(0), of(1)),
        Kind::ToReal => Expr::ToReal(of(0)),
        _ => unreachable!("not element-wise: {kind:?}"),
    }
}

/// `offset + Σ position · stride`.
fn linear(position: &[Index], strides: &[u32], offset: u32) -> Index {
    let mut sum = Index::at(offset);
    for (index, &stride) in position.iter().zip(strides) {
        if stride == 0 {
            continue;
        }
        sum.offset += index.offset * stride;
        for &(counter, step) in &index.terms {
            match sum.terms.iter_mut().find(|(c, _)| *c == counter) {
                Some((_, total)) => *total += step * stride,
                None => sum.terms.push((counter, step * stride)),
            }
        }
    }
    sum
}

/// Where a view finds the component at a position, if that is the same expression for all turns.
fn picked(offset: u32, strides: &[u32], shape: &[u32], index: &Index) -> Option<Index> {
    let plain = row_major(shape);
    if index.terms.is_empty() {
        let mut rest = index.offset;
        let mut at = offset;
        for (step, stride) in plain.iter().zip(strides) {
            at += rest / step * stride;
            rest %= step;
        }
        return Some(Index::at(at));
    }
    // The strides are one multiple of the row-major ones (0 for a repetition).
    let wide = || {
        plain
            .iter()
            .zip(strides)
            .zip(shape)
            .filter(|(_, size)| **size > 1)
    };
    let ((&step, &stride), _) = wide().next_back()?;
    let scale = stride / step.max(1);
    wide()
        .all(|((&step, &stride), _)| stride == step * scale)
        .then(|| linear(std::slice::from_ref(index), &[scale], offset))
}
