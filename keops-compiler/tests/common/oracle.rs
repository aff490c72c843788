//! What a formula means: every node at every pair, by loops. Knows nothing of passes, programs or
//! blocks, and does not read the lines of the table of reductions.

use std::collections::HashMap;

use keops_compiler::formula::{
    Axes, Axis, Contraction, Data, Formula, Kind, Node, Variable, row_major, width,
};
use keops_compiler::notation;
use keops_compiler::table::{COMPOSITES, REDUCTIONS};
use keops_program::program::{Comparison, Type};

use super::{Size, rows};

/// The rows of a node along an axis: its values, if it varies along no other.
pub(crate) fn evaluate(
    formula: &Formula,
    node: Node,
    axis: Axis,
    inputs: &[Vec<f64>],
    size: Size,
) -> Vec<f64> {
    let mut oracle = Oracle {
        formula,
        inputs,
        size,
        tables: HashMap::new(),
    };
    for node in formula.reachable(&[node]) {
        let table = oracle.table(node);
        oracle.tables.insert(node, table);
    }
    let varies = formula.axes(node).beyond(Axes::of(axis));
    assert_eq!(
        varies,
        Axes::NONE,
        "{} varies along another axis",
        formula.show(node)
    );
    let row = |r: usize| {
        oracle
            .at(node, if axis == Axis::J { (0, r) } else { (r, 0) })
            .to_vec()
    };
    (0..rows(axis, size)).flat_map(row).collect()
}

/// The components of a value for each i and, within, each j along which it varies: of what a node was
/// asked to be, and of what it is.
pub(crate) fn compare(
    formula: &Formula,
    data: &Data,
    node: Node,
    inputs: &[Vec<f64>],
    size: Size,
) -> [Vec<f64>; 2] {
    let mut oracle = Oracle {
        formula,
        inputs,
        size,
        tables: HashMap::new(),
    };
    let mut roots = data.operands.clone();
    roots.push(node);
    for node in formula.reachable(&roots) {
        let table = oracle.table(node);
        oracle.tables.insert(node, table);
    }
    let (m, n) = oracle.extent(data.axes);
    let pairs = || (0..m).flat_map(|i| (0..n).map(move |j| (i, j)));
    let asked = pairs()
        .flat_map(|pair| oracle.components(data, pair))
        .collect();
    let got = pairs()
        .flat_map(|pair| oracle.at(node, pair).to_vec())
        .collect();
    [asked, got]
}

/// Whether a reduction is one of any numbers to one of them: no list, and not of conditions.
pub(crate) fn knows(reduction: usize) -> bool {
    let row = &REDUCTIONS[reduction];
    row.list.is_none() && !row.conditions
}

struct Oracle<'a> {
    formula: &'a Formula,
    inputs: &'a [Vec<f64>],
    size: Size,
    /// The components of a node for each i and, within, each j; one for all where it does not vary.
    tables: HashMap<Node, Vec<f64>>,
}

impl Oracle<'_> {
    /// The rows along i and j that a table of these axes has.
    fn extent(&self, axes: Axes) -> Size {
        (
            if axes.i { self.size.0 } else { 1 },
            if axes.j { self.size.1 } else { 1 },
        )
    }

    /// The components of a node at a pair.
    fn at(&self, node: Node, (i, j): (usize, usize)) -> &[f64] {
        let data = self.formula.data(node);
        let (_, columns) = self.extent(data.axes);
        let row = (if data.axes.i { i } else { 0 }) * columns + if data.axes.j { j } else { 0 };
        let width = width(&data.shape) as usize;
        &self.tables[&node][row * width..][..width]
    }

    fn table(&self, node: Node) -> Vec<f64> {
        let data = self.formula.data(node);
        let (m, n) = self.extent(data.axes);
        let pairs = (0..m).flat_map(|i| (0..n).map(move |j| (i, j)));
        pairs.flat_map(|pair| self.components(data, pair)).collect()
    }

    fn components(&self, data: &Data, pair: (usize, usize)) -> Vec<f64> {
        let count = width(&data.shape) as usize;
        let operands: Vec<&[f64]> = match data.kind {
            Kind::Reduce { .. } => Vec::new(),
            _ => data
                .operands
                .iter()
                .map(|&operand| self.at(operand, pair))
                .collect(),
        };
        let each = |f: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
            let scalar = |k: usize, of: &[f64]| of[if of.len() == 1 { 0 } else { k }];
            let of = |k: usize| {
                operands
                    .iter()
                    .map(|of| scalar(k, of))
                    .collect::<Vec<f64>>()
            };
            (0..count).map(|k| f(&of(k))).collect()
        };
        let truth = f64::from;
        match &data.kind {
            Kind::Real(bits) => vec![bits.value(); count],
            Kind::Integer(value) => vec![*value as f64; count],
            Kind::Variable(number) => {
                let row = match self.formula.variables()[*number as usize].axis {
                    Axis::I => pair.0,
                    Axis::J => pair.1,
                    Axis::Batch | Axis::Unit => 0,
                };
                self.inputs[*number as usize][row * count..][..count].to_vec()
            }
            Kind::Position(axis) => vec![if *axis == Axis::I { pair.0 } else { pair.1 } as f64],
            Kind::Op(op) => each(&|x| (op.row().eval)(x)),
            Kind::Composite(row) => each(&|x| composite(*row, x)),
            Kind::Compare(how) => each(&|x| {
                truth(match how {
                    Comparison::Lt => x[0] < x[1],
                    Comparison::Le => x[0] <= x[1],
                    Comparison::Eq => x[0] == x[1],
                    Comparison::Ne => x[0] != x[1],
                })
            }),
            Kind::And => each(&|x| truth(x[0] == 1.0 && x[1] == 1.0)),
            Kind::Or => each(&|x| truth(x[0] == 1.0 || x[1] == 1.0)),
            Kind::Not => each(&|x| truth(x[0] == 0.0)),
            Kind::Select => each(&|x| if x[0] == 1.0 { x[1] } else { x[2] }),
            Kind::Subtract => each(&|x| x[0] - x[1]),
            Kind::ToReal => each(&|x| x[0]),
            Kind::Contract(contraction) => self.contract(contraction, data, &operands),
            Kind::View { offset, strides } => positions(&data.shape)
                .map(|at| operands[0][*offset as usize + place(&at, strides)])
                .collect(),
            Kind::Concat => operands.concat(),
            Kind::Reduce {
                reduction,
                axis,
                count: entries,
            } => {
                let columns = rows(*axis, self.size);
                let pair = |c: usize| match axis {
                    Axis::I => (c, pair.1),
                    Axis::J => (pair.0, c),
                    Axis::Batch | Axis::Unit => pair,
                };
                let terms = |k: usize, operand: Node| {
                    let of = |c: usize| {
                        let of = self.at(operand, pair(c));
                        of[if of.len() == 1 { 0 } else { k }]
                    };
                    (0..columns).map(of).collect::<Vec<f64>>()
                };
                let name = REDUCTIONS[*reduction].name;
                let of = |k: usize| -> Vec<Vec<f64>> {
                    data.operands
                        .iter()
                        .map(|&operand| terms(k, operand))
                        .collect()
                };
                if *entries == 0 {
                    return (0..count).map(|k| reduce(name, &of(k))).collect();
                }
                let components = count / *entries as usize;
                let lists: Vec<Vec<f64>> = (0..components)
                    .map(|k| reduce_list(name, *entries as usize, &of(k)[0]))
                    .collect();
                (0..count)
                    .map(|k| lists[k % components][k / components])
                    .collect()
            }
        }
    }

    fn contract(&self, contraction: &Contraction, data: &Data, operands: &[&[f64]]) -> Vec<f64> {
        let shapes: Vec<&[u32]> = data
            .operands
            .iter()
            .map(|&n| self.formula.shape(n))
            .collect();
        let sizes = contraction
            .sizes(&shapes)
            .expect("operands of a contraction fit");
        let mut result = vec![0.0; width(&data.shape) as usize];
        for at in positions(&sizes) {
            let of = |indices: &[u8], shape: &[u32]| {
                let at: Vec<u32> = indices.iter().map(|&index| at[index as usize]).collect();
                place(&at, &row_major(shape))
            };
            let factors = contraction.inputs.iter().zip(&shapes).zip(operands);
            let product: f64 = factors
                .map(|((indices, shape), operand)| operand[of(indices, shape)])
                .product();
            result[of(&contraction.output, &data.shape)] += product;
        }
        result
    }
}

/// Every position in a shape, in row-major order.
fn positions(shape: &[u32]) -> impl Iterator<Item = Vec<u32>> + use<> {
    let (shape, strides) = (shape.to_vec(), row_major(shape));
    (0..width(&shape)).map(move |flat| {
        let digit = |(step, size): (&u32, &u32)| flat / step % size;
        strides.iter().zip(&shape).map(digit).collect()
    })
}

/// Σ position · stride
fn place(at: &[u32], strides: &[u32]) -> usize {
    at.iter()
        .zip(strides)
        .map(|(k, stride)| (k * stride) as usize)
        .sum()
}

/// A composite by its definition.
fn composite(row: usize, x: &[f64]) -> f64 {
    let mut formula = Formula::new();
    let mut names = Vec::new();
    for name in COMPOSITES[row].operands {
        let (text, axis, ty) = (name.to_string(), Axis::Unit, Type::Real);
        names.push((
            *name,
            formula.declare(Variable {
                name: text,
                axis,
                ty,
                shape: Vec::new(),
            }),
        ));
    }
    let node = notation::instantiate(&mut formula, COMPOSITES[row].definition, &names, Axis::Unit);
    let inputs: Vec<Vec<f64>> = x.iter().map(|&x| vec![x]).collect();
    evaluate(&formula, node, Axis::Unit, &inputs, (1, 1))[0]
}

/// The list that a reduction of these terms selects.
pub(crate) fn reduce_list(name: &str, entries: usize, terms: &[f64]) -> Vec<f64> {
    let sign = if name.ends_with("min") { 1.0 } else { -1.0 };
    let mut order: Vec<usize> = (0..terms.len())
        .filter(|&k| sign * terms[k] < f64::INFINITY)
        .collect();
    // Stable: the first of equals first.
    order.sort_by(|&a, &b| {
        (sign * terms[a])
            .partial_cmp(&(sign * terms[b]))
            .expect("no NaN")
    });
    let none = if name.starts_with("arg") {
        -1.0
    } else {
        sign * f64::INFINITY
    };
    let of = |k: usize| {
        if name.starts_with("arg") {
            k as f64
        } else {
            terms[k]
        }
    };
    let mut list: Vec<f64> = order.into_iter().take(entries).map(of).collect();
    list.resize(entries, none);
    list
}

/// A reduction of its operands' terms.
pub(crate) fn reduce(name: &str, operands: &[Vec<f64>]) -> f64 {
    let terms = &operands[0];
    let first = |better: &dyn Fn(f64, f64) -> bool, none: f64| {
        let mut best = (none, -1.0);
        for (k, &term) in terms.iter().enumerate() {
            if better(term, best.0) {
                best = (term, k as f64);
            }
        }
        best
    };
    let least = || first(&|a, b| a < b, f64::INFINITY);
    let most = || first(&|a, b| a > b, f64::NEG_INFINITY);
    match name {
        "sum" => terms.iter().fold(0.0, |sum, term| sum + term),
        "min" => least().0,
        "max" => most().0,
        "argmin" => least().1,
        "argmax" => most().1,
        "prod" => terms.iter().product(),
        "count" => terms.iter().filter(|x| **x != 0.0).count() as f64,
        "softmax" => {
            let shift = most().0;
            if shift == f64::NEG_INFINITY && !terms.iter().any(|x| x.is_nan()) {
                return 0.0;
            }
            let part = |x: f64| if x == shift { 1.0 } else { (x - shift).exp() };
            let mass: f64 = terms.iter().map(|&x| part(x)).sum();
            let pairs = terms.iter().zip(&operands[1]);
            pairs.map(|(&x, w)| w * part(x)).sum::<f64>() / mass
        }
        "logsumexp" => {
            let shift = most().0;
            if shift.is_infinite() && !terms.iter().any(|x| x.is_nan()) {
                return shift;
            }
            let weight = |k: usize| operands.get(1).map_or(1.0, |weights| weights[k]);
            let sum: f64 = terms
                .iter()
                .enumerate()
                .map(|(k, x)| weight(k) * (x - shift).exp())
                .sum();
            shift + sum.ln()
        }
        _ => panic!("write here what `{name}` means"),
    }
}
