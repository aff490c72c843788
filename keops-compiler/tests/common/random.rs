//! Random formulas: every operation of the tables, views, lists, masks and reductions over a few
//! variables of each kind.

mod steps;

use keops_compiler::formula::{Axes, Axis, Data, Formula, Kind, Node, Shape, Variable, width};
use keops_compiler::table::REDUCTIONS;
use keops_program::program::Type;

use super::oracle;

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub(crate) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Between -1 and 1.
    pub(crate) fn number(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2.0 / (1_u64 << 53) as f64 - 1.0
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What a random formula may be made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How many times something is made of what there is.
    pub(crate) steps: usize,
    /// Only what has a slope everywhere: no masks, minima, roundings.
    pub(crate) smooth: bool,
}

/// Index notation of contractions.
const CONTRACTIONS: [&str; 10] = [
    "k->",
    "kl->k",
    "kl->l",
    "k,k->",
    "k,l->kl",
    "k,k->k",
    "kl,l->k",
    "k,kl->l",
    "kl,lm->km",
    "kl,kl->",
];

/// No node has more components.
const WIDEST: u32 = 30;

/// A node as it was asked for, before it was simplified.
pub(crate) struct Made {
    /// What was asked for.
    pub(crate) data: Data,
    /// What came of it.
    pub(crate) node: Node,
}

/// A random formula.
pub(crate) struct Sample {
    pub(crate) formula: Formula,
    /// Nodes that vary along i alone.
    pub(crate) results: Vec<Node>,
    /// All that was made on the way.
    pub(crate) made: Vec<Made>,
}

/// A formula in the making.
struct Maker {
    formula: Formula,
    random: Random,
    options: Options,
    /// Floating values.
    pool: Vec<Node>,
    masks: Vec<Node>,
    /// Indices and labels: positions, label variables, `argmin`.
    integers: Vec<Node>,
    made: Vec<Made>,
}

/// The random formula of a seed.
pub(crate) fn formula(seed: u64, options: Options) -> Sample {
    let mut maker = Maker::new(seed, options);
    for step in 0..options.steps {
        maker.step();
        // Half of the way reductions come in; what is made of them can be reduced again.
        if step % 4 == 3 || step + 1 == options.steps {
            maker.reduce();
        }
    }
    let results = (0..2).map(|_| maker.result()).collect();
    Sample {
        formula: maker.formula,
        results,
        made: maker.made,
    }
}

impl Maker {
    fn new(seed: u64, options: Options) -> Maker {
        let (mut formula, mut pool, mut integers) = (Formula::new(), Vec::new(), Vec::new());
        let variables: [(&str, Axis, &[u32]); 10] = [
            ("x_i", Axis::I, &[3]),
            ("y_j", Axis::J, &[3]),
            ("u_i", Axis::I, &[2]),
            ("v_i", Axis::I, &[9]),
            ("w_j", Axis::J, &[9]),
            ("s_i", Axis::I, &[]),
            ("b_j", Axis::J, &[]),
            ("m_j", Axis::J, &[2, 3]),
            ("c", Axis::Unit, &[]),
            ("p", Axis::Unit, &[9]),
        ];
        for (name, axis, shape) in variables {
            pool.push(super::declare(&mut formula, name, axis, shape));
        }
        for (name, axis) in [("k_i", Axis::I), ("l_j", Axis::J)] {
            let (name, ty, shape) = (name.to_string(), Type::Label, Vec::new());
            integers.push(formula.declare(Variable {
                name,
                axis,
                ty,
                shape,
            }));
        }
        integers.extend([Axis::I, Axis::J].map(|axis| formula.position(axis)));
        let (random, masks, made) = (Random::new(seed), Vec::new(), Vec::new());
        Maker {
            formula,
            random,
            options,
            pool,
            masks,
            integers,
            made,
        }
    }

    /// A floating value, the later ones more often.
    fn any(&mut self) -> Node {
        let len = self.pool.len();
        let from = if self.random.chance(60) {
            len.saturating_sub(4)
        } else {
            0
        };
        self.pool[from + self.random.below(len - from)]
    }

    /// A floating value of a shape, or a scalar.
    fn like(&mut self, shape: &[u32]) -> Node {
        let fits = |node: &Node| {
            let own = self.formula.shape(*node);
            own == shape || own.is_empty()
        };
        let fitting: Vec<Node> = self.pool.iter().copied().filter(fits).collect();
        if self.random.chance(15) {
            let value = *self.random.one_of(&[0.0, 1.0, -1.0, 0.5, 2.0, 3.0]);
            return self.formula.splat(value, shape);
        }
        *self.random.one_of(&fitting)
    }

    /// Notes what was asked for beside what came of it.
    fn note(&mut self, kind: Kind, operands: &[Node], shape: &[u32], node: Node) {
        let mut axes = operands
            .iter()
            .fold(Axes::NONE, |axes, &n| axes.and(self.formula.axes(n)));
        if let Kind::Reduce { axis, .. } = kind {
            axes = axes.without(axis);
        }
        let (operands, shape, ty) = (operands.to_vec(), shape.to_vec(), self.formula.ty(node));
        self.made.push(Made {
            data: Data {
                kind,
                operands,
                shape,
                ty,
                axes,
            },
            node,
        });
    }

    /// The shape of an element-wise value.
    fn common(&self, operands: &[Node]) -> Shape {
        let shapes = operands.iter().map(|&n| self.formula.shape(n));
        shapes
            .max_by_key(|shape| shape.len())
            .unwrap_or(&[])
            .to_vec()
    }

    fn add(&mut self, node: Node) {
        if width(self.formula.shape(node)) <= WIDEST && !self.pool.contains(&node) {
            self.pool.push(node);
        }
    }

    /// Makes something.
    fn step(&mut self) {
        match self.random.below(if self.options.smooth { 8 } else { 10 }) {
            0..=2 => self.operation(),
            3 => self.composite(),
            4 | 5 => self.contraction(),
            6 => self.view(),
            7 => self.list(),
            8 => self.mask(),
            _ => self.choice(),
        }
    }

    /// Reduces something, and keeps the result among the rest.
    fn reduce(&mut self) {
        let axis = if self.random.chance(75) {
            Axis::J
        } else {
            Axis::I
        };
        let smooth = |row: usize| !REDUCTIONS[row].selects;
        let rows: Vec<usize> = (0..REDUCTIONS.len())
            .filter(|&row| oracle::knows(row) && (!self.options.smooth || smooth(row)))
            .collect();
        let row = *self.random.one_of(&rows);
        let first = self.any();
        let shape = self.formula.shape(first).to_vec();
        let mut operands = vec![first];
        if REDUCTIONS[row].operands.len() > 1 {
            let weight = self.like(&shape);
            operands.push(self.within(weight, (0.1, 2.0)));
        }
        if REDUCTIONS[row].neutral.is_some() {
            operands[0] = self.within(operands[0], (-3.0, 3.0));
        } else if !REDUCTIONS[row].additive && !REDUCTIONS[row].selects {
            // What is multiplied, too, and more so.
            operands[0] = self.within(operands[0], (0.8, 1.2));
        }
        // What is summed stays near 1, for the sake of comparisons.
        if REDUCTIONS[row].additive && self.random.chance(70) {
            operands[0] = self.within(operands[0], (-1.0, 1.0));
        }
        if !self.levels_allow(&operands) {
            return;
        }
        let node = self.formula.reduce(row, axis, &operands);
        let shape = self.common(&operands);
        self.note(
            Kind::Reduce {
                reduction: row,
                axis,
                count: 0,
            },
            &operands,
            &shape,
            node,
        );
        if self.formula.ty(node) == Type::Real {
            return self.add(node);
        }
        if self.formula.is_scalar(node) {
            self.integers.push(node);
        }
        let number = self.formula.to_real(node);
        self.note(Kind::ToReal, &[node], &shape, number);
        self.add(number);
    }

    /// Few reductions inside each other.
    fn levels_allow(&self, operands: &[Node]) -> bool {
        let inside = self.formula.reachable(operands);
        let reductions = inside
            .iter()
            .filter(|&&n| matches!(self.formula.kind(n), Kind::Reduce { .. }));
        reductions.count() < 3
    }

    /// Something that varies along i alone.
    fn result(&mut self) -> Node {
        let rows = |node: &Node| !self.formula.axes(*node).j;
        let made: Vec<Node> = self.pool.iter().copied().filter(rows).collect();
        let reduces = |node: &Node| {
            self.formula
                .reachable(&[*node])
                .iter()
                .any(|&n| matches!(self.formula.kind(n), Kind::Reduce { .. }))
        };
        let reduced: Vec<Node> = made.iter().copied().filter(reduces).collect();
        if let Some(&last) = reduced.last() {
            return if self.random.chance(60) {
                last
            } else {
                *self.random.one_of(&reduced)
            };
        }
        let sum = REDUCTIONS
            .iter()
            .position(|row| row.additive)
            .expect("the table has a sum");
        let body = self.any();
        let axes = self.formula.axes(body);
        let node = if axes.has(Axis::J) || axes == Axes::NONE {
            self.formula.reduce(sum, Axis::J, &[body])
        } else {
            body
        };
        self.add(node);
        node
    }
}
