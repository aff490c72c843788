//! What is made of what there is.

use keops_compiler::formula::{Contraction, Kind, Node, Shape, row_major, width};
use keops_compiler::table::COMPOSITES;
use keops_program::op::Op;
use keops_program::program::{Comparison, Type};

use super::{CONTRACTIONS, Maker, WIDEST};

impl Maker {
    /// A node brought into an interval, strictly, by a smooth function.
    pub(super) fn within(&mut self, node: Node, (low, high): (f64, f64)) -> Node {
        let bent = self.formula.op(Op::Tanh, &[node]);
        let radius = self.formula.real(0.45 * (high - low));
        let middle = self.formula.real(0.5 * (low + high));
        let scaled = self.formula.op(Op::Mul, &[radius, bent]);
        self.formula.op(Op::Add, &[middle, scaled])
    }

    pub(super) fn operation(&mut self) {
        let smooth = |op: &Op| {
            op.row()
                .partials
                .iter()
                .all(|p| !p.contains("if") || p.contains("log"))
        };
        let flat = |op: &Op| {
            op.row()
                .partials
                .iter()
                .all(|&p| p == "0" || p == "sign(x)")
        };
        let mut all: Vec<Op> = Op::ALL.to_vec();
        if self.options.smooth {
            all.retain(|op| smooth(op) && !flat(op) && *op != Op::Guard);
        }
        let op = *self.random.one_of(&all);
        let first = self.any();
        let shape = self.formula.shape(first).to_vec();
        let mut operands = vec![first];
        while operands.len() < op.row().arity {
            operands.push(self.like(&shape));
        }
        if operands.len() > 1 && self.random.chance(50) {
            operands.reverse();
        }
        for (operand, &(low, high)) in operands.iter_mut().zip(op.row().domain) {
            // Values stay near 1, and off the edges of what the operation is defined for.
            let near = (low.max(-3.0), high.min(3.0));
            if low > -3.0 || high > 8.0 || op.row().ulp > 0.5 {
                *operand = self.within(*operand, near);
            }
        }
        let node = self.formula.op(op, &operands);
        self.note(Kind::Op(op), &operands, &self.common(&operands), node);
        self.add(node);
    }

    pub(super) fn composite(&mut self) {
        let own: Vec<usize> = (0..COMPOSITES.len())
            .filter(|&row| !COMPOSITES[row].partials.is_empty())
            .collect();
        let row = *self.random.one_of(&own);
        let first = self.any();
        let shape = self.formula.shape(first).to_vec();
        let mut operands: Vec<Node> = COMPOSITES[row]
            .operands
            .iter()
            .map(|_| self.like(&shape))
            .collect();
        if let Some((low, high)) = COMPOSITES[row].domain {
            for operand in &mut operands {
                *operand = self.within(*operand, (low.max(-3.0), high.min(3.0)));
            }
        }
        let node = self.formula.composite(row, &operands);
        self.add(node);
    }

    pub(super) fn contraction(&mut self) {
        for _ in 0..20 {
            let text = *self.random.one_of(&CONTRACTIONS);
            let contraction = Contraction::parse(text).expect("index notation");
            let operands: Vec<Node> = contraction.inputs.iter().map(|_| self.any()).collect();
            let shapes: Vec<&[u32]> = operands.iter().map(|&n| self.formula.shape(n)).collect();
            let Some(sizes) = contraction.sizes(&shapes) else {
                continue;
            };
            if width(&contraction.shape(&sizes)) > WIDEST {
                continue;
            }
            let shape = contraction.shape(&sizes);
            let node = self.formula.contract(contraction.clone(), &operands);
            self.note(Kind::Contract(contraction), &operands, &shape, node);
            return self.add(node);
        }
    }

    pub(super) fn view(&mut self) {
        let base = self.any();
        let shapes: [&[u32]; 8] = [&[], &[2], &[3], &[9], &[2, 3], &[3, 2], &[3, 3], &[9, 2]];
        let shape = *self.random.one_of(&shapes);
        let total = width(self.formula.shape(base));
        // Mostly what the language writes: a slice, a transpose, a reshape; else any strides.
        let plain = row_major(shape);
        let turned: Vec<u32> = plain.iter().rev().copied().collect();
        let strides: Vec<u32> = match self.random.below(4) {
            0 => plain,
            1 => turned,
            2 => vec![0; shape.len()],
            _ => shape.iter().map(|_| self.random.below(4) as u32).collect(),
        };
        let reach: u32 = strides
            .iter()
            .zip(shape)
            .map(|(stride, size)| stride * (size - 1))
            .sum();
        if reach < total {
            let offset = self.random.below((total - reach) as usize) as u32;
            let node = self.formula.view(base, offset, strides.clone(), shape);
            self.note(Kind::View { offset, strides }, &[base], shape, node);
            self.add(node);
        }
    }

    pub(super) fn list(&mut self) {
        let parts: Vec<Node> = (0..2 + self.random.below(2)).map(|_| self.any()).collect();
        let total = parts.iter().map(|&n| width(self.formula.shape(n))).sum();
        if total > WIDEST {
            return;
        }
        let shape: Shape = if total % 3 == 0 && self.random.chance(30) {
            vec![3, total / 3]
        } else {
            vec![total]
        };
        let node = self.formula.concat(&parts, &shape);
        self.note(Kind::Concat, &parts, &shape, node);
        self.add(node);
    }

    pub(super) fn mask(&mut self) {
        let how = *self.random.one_of(&[
            Comparison::Lt,
            Comparison::Le,
            Comparison::Eq,
            Comparison::Ne,
        ]);
        let mut node = if self.random.chance(40) {
            let a = *self.random.one_of(&self.integers.clone());
            let ty = self.formula.ty(a);
            let alike = |node: &Node| self.formula.ty(*node) == ty;
            let alike: Vec<Node> = self.integers.iter().copied().filter(alike).collect();
            let constant = self.random.below(3) as i64;
            let b = match self.random.below(3) {
                0 => self.formula.integer(constant, ty),
                1 if ty == Type::Index => {
                    let c = *self.random.one_of(&alike);
                    let one = self.formula.integer(constant, ty);
                    self.formula.subtract(c, one)
                }
                _ => *self.random.one_of(&alike),
            };
            self.formula.compare(how, a, b)
        } else {
            let a = self.any();
            let shape = self.formula.shape(a).to_vec();
            let b = self.like(&shape);
            self.formula.compare(how, a, b)
        };
        if self.random.chance(20) {
            let inner = node;
            node = self.formula.not(inner);
            self.note(Kind::Not, &[inner], &self.common(&[inner]), node);
        }
        if let Some(&other) = self.masks.last()
            && self.random.chance(40)
        {
            let (a, b) = (self.formula.shape(node), self.formula.shape(other));
            if a == b || a.is_empty() || b.is_empty() {
                node = match self.random.below(2) {
                    0 => self.formula.and(node, other),
                    _ => self.formula.or(node, other),
                };
            }
        }
        if width(self.formula.shape(node)) <= WIDEST {
            self.masks.push(node);
        }
    }

    pub(super) fn choice(&mut self) {
        let Some(&mask) = self.masks.last() else {
            return self.mask();
        };
        if self.random.chance(15) {
            let node = self.formula.number(mask);
            return self.add(node);
        }
        let of_mask = self.formula.shape(mask).to_vec();
        let a = if of_mask.is_empty() {
            self.any()
        } else {
            self.like(&of_mask)
        };
        let shape = if of_mask.is_empty() {
            self.formula.shape(a).to_vec()
        } else {
            of_mask
        };
        let b = self.like(&shape);
        let (a, b) = if self.random.chance(50) {
            (a, b)
        } else {
            (b, a)
        };
        let node = self.formula.select(mask, a, b);
        self.note(
            Kind::Select,
            &[mask, a, b],
            &self.common(&[mask, a, b]),
            node,
        );
        self.add(node);
    }
}
