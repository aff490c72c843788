//! Sums of products over components, in index notation.

use keops_program::op::Op;
use keops_program::program::Type;

use super::{Formula, Kind, Node, Shape, row_major, width};

/// The most dimensions of a value.
const MOST_RANK: usize = 8;

/// `result[output] = Σ Π_k operand_k[inputs[k]]` over the indices that `output` lacks.
///
/// Indices are numbered in the order of their first appearance, so equal contractions are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contraction {
    /// The indices of each operand, one or two operands.
    pub inputs: Vec<Vec<u8>>,
    /// The indices of the result, each once, each in some operand.
    pub output: Vec<u8>,
}

impl Contraction {
    /// From index notation, such as `kl,l->k`.
    pub fn parse(text: &str) -> Option<Contraction> {
        let (inputs, output) = text.split_once("->")?;
        let inputs = inputs
            .split(',')
            .map(|part| part.bytes().collect())
            .collect();
        Some(
            Contraction {
                inputs,
                output: output.bytes().collect(),
            }
            .numbered(),
        )
    }

    /// From index notation in which a capital is a run of indices, for operands of these ranks.
    pub fn of_ranks(text: &str, ranks: &[usize]) -> Option<Contraction> {
        let (inputs, output) = text.split_once("->")?;
        let mut runs: Vec<(char, usize)> = Vec::new();
        let parts: Vec<&str> = inputs.split(',').collect();
        if parts.len() != ranks.len() {
            return None;
        }
        for (part, &rank) in parts.iter().zip(ranks) {
            let Some(run) = part.chars().find(char::is_ascii_uppercase) else {
                if part.len() != rank {
                    return None;
                }
                continue;
            };
            let length = (rank + 1).checked_sub(part.len())?;
            match runs.iter().find(|(known, _)| *known == run) {
                Some(&(_, known)) if known != length => return None,
                Some(_) => {}
                None => runs.push((run, length)),
            }
        }
        // Letters are below 128: each run takes numbers of its own above.
        let indices = |part: &str| -> Vec<u8> {
            let mut all = Vec::new();
            for letter in part.chars() {
                match runs.iter().position(|(run, _)| *run == letter) {
                    Some(k) => {
                        all.extend((0..runs[k].1).map(|n| 128 + (16 * k + n) as u8));
                    }
                    None => all.push(letter as u8),
                }
            }
            all
        };
        let contraction = Contraction {
            inputs: parts.iter().map(|part| indices(part)).collect(),
            output: indices(output),
        };
        (contraction.output.len() <= MOST_RANK).then(|| contraction.numbered())
    }

    /// The sum of all components of one operand.
    pub fn sum(shape: &[u32]) -> Contraction {
        Contraction {
            inputs: vec![(0..shape.len() as u8).collect()],
            output: Vec::new(),
        }
    }

    /// The same with indices numbered by appearance. (An adjoint may lack some.)
    pub(crate) fn numbered(self) -> Contraction {
        let mut order: Vec<u8> = Vec::new();
        for &index in self.inputs.iter().flatten() {
            if !order.contains(&index) {
                order.push(index);
            }
        }
        let number = |index: &u8| order.iter().position(|o| o == index).unwrap_or(0) as u8;
        Contraction {
            inputs: self
                .inputs
                .iter()
                .map(|part| part.iter().map(number).collect())
                .collect(),
            output: self.output.iter().map(number).collect(),
        }
    }

    /// The size of each index, where the operands' shapes agree on them.
    pub fn sizes(&self, shapes: &[&[u32]]) -> Option<Vec<u32>> {
        let count = self
            .inputs
            .iter()
            .flatten()
            .max()
            .map_or(0, |&m| m as usize + 1);
        let mut sizes = vec![None; count];
        for (indices, shape) in self.inputs.iter().zip(shapes) {
            if indices.len() != shape.len() {
                return None;
            }
            for (&index, &size) in indices.iter().zip(*shape) {
                match sizes[index as usize] {
                    None => sizes[index as usize] = Some(size),
                    Some(known) if known == size => {}
                    Some(_) => return None,
                }
            }
        }
        sizes.into_iter().collect()
    }

    /// The shape of the result.
    pub fn shape(&self, sizes: &[u32]) -> Shape {
        self.output
            .iter()
            .map(|&index| sizes[index as usize])
            .collect()
    }

    /// The indices that are summed.
    pub fn summed(&self) -> Vec<u8> {
        let mut all: Vec<u8> = self.inputs.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|index| !self.output.contains(index));
        all
    }

    /// The contribution of a cotangent to operand `k`: the contraction of the cotangent with the
    /// other operands, in the indices of that operand.
    pub fn adjoint(&self, k: usize) -> Contraction {
        let mut inputs = vec![self.output.clone()];
        inputs.extend(
            self.inputs
                .iter()
                .enumerate()
                .filter(|&(n, _)| n != k)
                .map(|(_, i)| i.clone()),
        );
        Contraction {
            inputs,
            output: self.inputs[k].clone(),
        }
    }
}

/// The node of a contraction: element-wise products and factors of all components are made plain,
/// so that one sum has one form.
pub(super) fn build(formula: &mut Formula, contraction: Contraction, operands: Vec<Node>) -> Node {
    let contraction = contraction.numbered();
    let shapes: Vec<&[u32]> = operands.iter().map(|&n| formula.shape(n)).collect();
    let sizes = contraction
        .sizes(&shapes)
        .expect("operands of a contraction fit");
    let shape = contraction.shape(&sizes);
    if operands.iter().any(|&n| formula.constant(n) == Some(0.0)) {
        return formula.splat(0.0, &shape);
    }
    match (&contraction.inputs[..], &operands[..]) {
        ([indices], &[a]) => {
            if *indices == contraction.output {
                return a;
            }
            if let Some(b) = transposed(formula, indices, &contraction.output, a, &shape) {
                return b;
            }
            sum_of_one(formula, contraction, a, shape)
        }
        ([left, right], &[a, b]) => {
            // A factor without indices multiplies the rest.
            if left.is_empty() || right.is_empty() {
                let (factor, rest, indices) = if left.is_empty() {
                    (a, b, right)
                } else {
                    (b, a, left)
                };
                let one = Contraction {
                    inputs: vec![indices.clone()],
                    output: contraction.output,
                };
                let rest = formula.contract(one, &[rest]);
                return formula.op(Op::Mul, &[factor, rest]);
            }
            // Equal indices: an element-wise product.
            if left == right {
                let product = formula.op(Op::Mul, &[a, b]);
                let one = Contraction {
                    inputs: vec![left.clone()],
                    output: contraction.output,
                };
                return formula.contract(one, &[product]);
            }
            formula.make(Kind::Contract(contraction), operands, shape, Type::Real)
        }
        _ => unreachable!("a contraction has one or two operands"),
    }
}

/// One operand whose indices are only permuted: a view.
fn transposed(
    formula: &mut Formula,
    from: &[u8],
    to: &[u8],
    a: Node,
    shape: &[u32],
) -> Option<Node> {
    if from.len() != to.len() {
        return None;
    }
    let strides = row_major(formula.shape(a));
    let of = |index: &u8| Some(strides[from.iter().position(|f| f == index)?]);
    let strides: Option<Vec<u32>> = to.iter().map(of).collect();
    Some(formula.view(a, 0, strides?, shape))
}

/// A sum over some indices of one operand; factors that all components share come out of it.
fn sum_of_one(formula: &mut Formula, contraction: Contraction, a: Node, shape: Shape) -> Node {
    let data = formula.data(a).clone();
    match data.kind {
        Kind::Real(bits) => {
            let turns = width(&data.shape) / width(&shape).max(1);
            return formula.splat(bits.value() * f64::from(turns), &shape);
        }
        Kind::Op(Op::Neg) => {
            let inner = formula.contract(contraction, &data.operands);
            return formula.op(Op::Neg, &[inner]);
        }
        Kind::Op(Op::Mul) => {
            let scalar = data.operands.iter().position(|&n| formula.is_scalar(n));
            if let Some(k) = scalar {
                let factor = data.operands[k];
                let inner = formula.contract(contraction, &[data.operands[1 - k]]);
                return formula.op(Op::Mul, &[factor, inner]);
            }
        }
        Kind::View {
            offset,
            ref strides,
        } if strides.iter().all(|&s| s == 0) && shape.is_empty() => {
            let turns = formula.real(f64::from(width(&data.shape)));
            let scalar = formula.view(data.operands[0], offset, Vec::new(), &[]);
            return formula.op(Op::Mul, &[turns, scalar]);
        }
        _ => {}
    }
    formula.make(Kind::Contract(contraction), vec![a], shape, Type::Real)
}
