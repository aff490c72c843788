//! One execution of a block.

use crate::program::{Block, Comparison, Expr, Index, Loop, Place, Stmt, Type, Value};

/// The arrays that a block sees: one row, one column.
#[derive(Clone, Debug, Default)]
pub struct Arrays<'a> {
    /// The components of each input, at the row or column in question.
    pub inputs: Vec<&'a [f64]>,
    /// The param slots.
    pub param: Vec<f64>,
    /// The row slots.
    pub row: Vec<f64>,
    /// The column slots.
    pub column: Vec<f64>,
    /// The state.
    pub state: Vec<f64>,
    /// In `merge`, the later state.
    pub other: Vec<f64>,
    /// The components of each result.
    pub outputs: Vec<Vec<f64>>,
}

/// Runs a block once.
pub fn run_block(block: &Block, arrays: &mut Arrays<'_>) {
    Runner::new(block).run(arrays);
}

/// A block with its scalars, which are kept from one run to the next for their memory alone.
pub(super) struct Runner<'p> {
    block: &'p Block,
    values: Vec<f64>,
    counters: Vec<usize>,
    /// `None`: not stored yet.
    locals: Vec<Vec<Option<f64>>>,
}

impl<'p> Runner<'p> {
    pub(super) fn new(block: &'p Block) -> Runner<'p> {
        let (values, counters) = sizes(&block.stmts);
        Runner {
            block,
            values: vec![f64::NAN; values],
            counters: vec![0; counters],
            locals: block
                .locals
                .iter()
                .map(|local| vec![None; local.len as usize])
                .collect(),
        }
    }

    pub(super) fn run(&mut self, arrays: &mut Arrays<'_>) {
        self.locals.iter_mut().for_each(|local| local.fill(None));
        self.stmts(&self.block.stmts, arrays);
    }

    fn stmts(&mut self, stmts: &[Stmt], arrays: &mut Arrays<'_>) {
        for stmt in stmts {
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    self.values[value.0 as usize] = self.expr(*ty, expr, arrays);
                }
                Stmt::Store {
                    place,
                    index,
                    value,
                } => {
                    let at = self.position(index);
                    let value = self.get(*value);
                    match *place {
                        Place::Param => arrays.param[at] = value,
                        Place::Row => arrays.row[at] = value,
                        Place::Column => arrays.column[at] = value,
                        Place::State => arrays.state[at] = value,
                        Place::Output(k) => arrays.outputs[k as usize][at] = value,
                        Place::Local(k) => self.locals[k as usize][at] = Some(value),
                        Place::Input(_) | Place::Other => panic!("{stmt}: not to be stored to"),
                    }
                }
                Stmt::Loop(l) => self.turns(l, arrays),
                Stmt::When { mask, body } => self.when(*mask, body, arrays),
            }
        }
    }

    /// The body is run in any case, since a back end may: where the mask does not hold, that must make
    /// no difference.
    fn when(&mut self, mask: Value, body: &[Stmt], arrays: &mut Arrays<'_>) {
        if self.get(mask) != 0.0 {
            return self.stmts(body, arrays);
        }
        let before = (arrays.state.clone(), self.locals.clone());
        self.stmts(body, arrays);
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert!(
            bits(&before.0) == bits(&arrays.state) && before.1 == self.locals,
            "`when {mask}` has an effect where the mask does not hold"
        );
    }

    fn turns(&mut self, l: &Loop, arrays: &mut Arrays<'_>) {
        for c in &l.carried {
            self.values[c.value.0 as usize] = self.get(c.init);
        }
        for turn in 0..l.count {
            self.counters[l.counter.0 as usize] = turn as usize;
            self.stmts(&l.body, arrays);
            // All at once: a `next` may be another carried value.
            let next: Vec<f64> = l.carried.iter().map(|c| self.get(c.next)).collect();
            for (c, next) in l.carried.iter().zip(next) {
                self.values[c.value.0 as usize] = next;
            }
        }
    }

    fn get(&self, value: Value) -> f64 {
        self.values[value.0 as usize]
    }

    fn position(&self, index: &Index) -> usize {
        let terms = index.terms.iter();
        index.offset as usize
            + terms
                .map(|(k, stride)| self.counters[k.0 as usize] * *stride as usize)
                .sum::<usize>()
    }

    fn expr(&self, ty: Type, expr: &Expr, arrays: &Arrays<'_>) -> f64 {
        let mask = |m: bool| f64::from(u8::from(m));
        let holds = |v: Value| self.get(v) != 0.0;
        match *expr {
            Expr::Real(c) => c,
            Expr::Integer(c) if ty == Type::Label => f64::from(c as u32),
            Expr::Integer(c) => f64::from(c as i32),
            Expr::Load(place, ref index) => {
                let at = self.position(index);
                match place {
                    Place::Input(k) => arrays.inputs[k as usize][at],
                    Place::Param => arrays.param[at],
                    Place::Row => arrays.row[at],
                    Place::Column => arrays.column[at],
                    Place::State => arrays.state[at],
                    Place::Other => arrays.other[at],
                    Place::Output(k) => arrays.outputs[k as usize][at],
                    Place::Local(k) => self.locals[k as usize][at]
                        .unwrap_or_else(|| panic!("{place}[{at}] is loaded before it is stored")),
                }
            }
            Expr::Op(op, ref operands) => match operands[..] {
                [a] => (op.row().eval)(&[self.get(a)]),
                [a, b] => (op.row().eval)(&[self.get(a), self.get(b)]),
                _ => {
                    let x: Vec<f64> = operands.iter().map(|&x| self.get(x)).collect();
                    (op.row().eval)(&x)
                }
            },
            Expr::Compare(how, a, b) => {
                let (a, b) = (self.get(a), self.get(b));
                mask(match how {
                    Comparison::Lt => a < b,
                    Comparison::Le => a <= b,
                    Comparison::Eq => a == b,
                    Comparison::Ne => a != b,
                })
            }
            Expr::And(a, b) => mask(holds(a) && holds(b)),
            Expr::Or(a, b) => mask(holds(a) || holds(b)),
            Expr::Not(a) => mask(!holds(a)),
            Expr::Select(m, a, b) => self.get(if holds(m) { a } else { b }),
            Expr::Subtract(a, b) => {
                f64::from((self.get(a) as i32).wrapping_sub(self.get(b) as i32))
            }
            Expr::ToReal(a) => self.get(a),
        }
    }
}

/// One more than the largest number of a value and of a counter.
fn sizes(stmts: &[Stmt]) -> (usize, usize) {
    let mut sizes = (0, 0);
    let mut see = |values: usize, counters: usize| {
        sizes = (sizes.0.max(values), sizes.1.max(counters));
    };
    for stmt in stmts {
        match stmt {
            Stmt::Let { value, .. } => see(value.0 as usize + 1, 0),
            Stmt::Store { .. } => {}
            Stmt::Loop(l) => {
                see(0, l.counter.0 as usize + 1);
                l.carried
                    .iter()
                    .for_each(|c| see(c.value.0 as usize + 1, 0));
                let (values, counters) = self::sizes(&l.body);
                see(values, counters);
            }
            Stmt::When { body, .. } => {
                let (values, counters) = self::sizes(body);
                see(values, counters);
            }
        }
    }
    sizes
}
