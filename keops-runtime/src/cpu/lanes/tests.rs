//! Random blocks in lanes, against the interpreter of scalars.

use super::Machine;
use super::compile::compile;
use super::layout::Section;
use crate::cpu::simd::Level;
use crate::cpu::slot::from_index;
use keops_program::interpret::{Arrays, run_block};
use keops_program::op::Op;
use keops_program::program::*;
use keops_program::verify::verify;

const LANES: usize = 64;

/// A generator of numbers and of blocks over real and integer arrays.
struct Random {
    state: u64,
    values: u32,
    counters: u32,
}

/// What can be named: values by type, and counters with their numbers of turns.
#[derive(Clone, Default)]
struct Scope {
    reals: Vec<Value>,
    integers: Vec<Value>,
    masks: Vec<Value>,
    counters: Vec<(Counter, u32)>,
}

/// The lengths of the arrays: a real part, then integers in state and row.
const STATE: (u32, u32) = (5, 2);
const ROW: (u32, u32) = (3, 1);
const COLUMN: u32 = 4;
const PARAM: u32 = 2;
const LOCAL: u32 = 3;

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as usize % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn value(&mut self) -> Value {
        self.values += 1;
        Value(self.values)
    }

    /// A position below `len` for all turns of the loops around.
    fn index(&mut self, scope: &Scope, len: u32) -> Index {
        let mut room = len - 1;
        let mut terms = Vec::new();
        for &(counter, count) in &scope.counters {
            if count - 1 <= room && self.below(2) == 0 {
                terms.push((counter, 1));
                room -= count - 1;
            }
        }
        Index {
            offset: self.below(room as usize + 1) as u32,
            terms,
        }
    }

    fn real(&mut self, scope: &Scope) -> Expr {
        let recent = scope.reals.len().saturating_sub(5);
        let from = if self.below(2) > 0 { recent } else { 0 };
        let (a, b) = (
            self.pick(&scope.reals[from..]),
            self.pick(&scope.reals[from..]),
        );
        match self.below(14) {
            0 => Expr::Real(self.below(9) as f64 - 4.0),
            1 => Expr::Load(Place::State, self.index(scope, STATE.0)),
            2 => Expr::Load(Place::Row, self.index(scope, ROW.0)),
            3 => Expr::Load(Place::Column, self.index(scope, COLUMN)),
            4 => Expr::Load(Place::Param, self.index(scope, PARAM)),
            5 => Expr::Load(Place::Local(0), self.index(scope, LOCAL)),
            6 => Expr::Op(Op::Mul, vec![a, b]),
            7 => Expr::Op(Op::Min, vec![a, b]),
            8 => Expr::Op(Op::Max, vec![a, b]),
            9 => Expr::Op(Op::Neg, vec![a]),
            10 if !scope.masks.is_empty() => Expr::Select(self.pick(&scope.masks), a, b),
            11 => Expr::ToReal(self.pick(&scope.integers)),
            12 => Expr::Op(Op::Sub, vec![a, b]),
            _ => Expr::Op(Op::Add, vec![a, b]),
        }
    }

    fn integer(&mut self, scope: &Scope) -> Expr {
        let (a, b) = (self.pick(&scope.integers), self.pick(&scope.integers));
        match self.below(5) {
            0 => Expr::Integer(self.below(9) as i64 - 4),
            1 => Expr::Load(
                Place::State,
                Index::at(STATE.0 + self.below(STATE.1 as usize) as u32),
            ),
            2 => Expr::Load(Place::Row, Index::at(ROW.0)),
            3 if !scope.masks.is_empty() => Expr::Select(self.pick(&scope.masks), a, b),
            _ => Expr::Subtract(a, b),
        }
    }

    fn mask(&mut self, scope: &Scope) -> Expr {
        use Comparison::*;
        let comparison = self.pick(&[Lt, Le, Eq, Ne]);
        let of = if self.below(2) == 0 {
            &scope.reals
        } else {
            &scope.integers
        };
        let compare = Expr::Compare(comparison, self.pick(of), self.pick(of));
        if scope.masks.is_empty() {
            return compare;
        }
        let (a, b) = (self.pick(&scope.masks), self.pick(&scope.masks));
        match self.below(6) {
            0 => Expr::And(a, b),
            1 => Expr::Or(a, b),
            2 => Expr::Not(a),
            _ => compare,
        }
    }

    fn define(&mut self, scope: &mut Scope, ty: Type, expr: Expr) -> Stmt {
        let value = self.value();
        match ty {
            Type::Real => scope.reals.push(value),
            Type::Mask => scope.masks.push(value),
            Type::Index | Type::Label => scope.integers.push(value),
        }
        Stmt::Let { value, ty, expr }
    }

    fn stmts(&mut self, scope: &mut Scope, count: usize, depth: usize) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        for _ in 0..count {
            stmts.push(match self.below(14) {
                0 | 1 => {
                    let expr = self.mask(scope);
                    self.define(scope, Type::Mask, expr)
                }
                2 => {
                    let expr = self.integer(scope);
                    self.define(scope, Type::Index, expr)
                }
                3 | 8 => {
                    let index = self.index(scope, STATE.0);
                    // Often something that was computed just before, as programs do.
                    let recent = scope.reals.len().saturating_sub(4);
                    let from = if self.below(4) > 0 { recent } else { 0 };
                    let value = self.pick(&scope.reals[from..]);
                    Stmt::Store {
                        place: Place::State,
                        index,
                        value,
                    }
                }
                4 => {
                    let index = self.index(scope, LOCAL);
                    Stmt::Store {
                        place: Place::Local(0),
                        index,
                        value: self.pick(&scope.reals),
                    }
                }
                5 => {
                    let index = Index::at(STATE.0 + self.below(STATE.1 as usize) as u32);
                    Stmt::Store {
                        place: Place::State,
                        index,
                        value: self.pick(&scope.integers),
                    }
                }
                6 | 7 if depth < 3 => self.repeat(scope, depth),
                9 if !scope.masks.is_empty() => self.when(scope),
                _ => {
                    let expr = self.real(scope);
                    self.define(scope, Type::Real, expr)
                }
            });
        }
        stmts
    }

    /// Statements that have no effect where a mask does not hold.
    fn when(&mut self, scope: &Scope) -> Stmt {
        let mask = self.pick(&scope.masks);
        let mut inner = scope.clone();
        let mut body = Vec::new();
        for _ in 0..=self.below(3) {
            let computed = self.real(&inner);
            body.push(self.define(&mut inner, Type::Real, computed));
            let value = self.pick(&inner.reals[scope.reals.len() / 2..]);
            let (place, index) = (Place::State, self.index(scope, STATE.0));
            let old = Expr::Load(place, index.clone());
            body.push(self.define(&mut inner, Type::Real, old));
            let old = *inner.reals.last().expect("just defined");
            let kept = Expr::Select(mask, value, old);
            body.push(self.define(&mut inner, Type::Real, kept));
            let value = *inner.reals.last().expect("just defined");
            body.push(Stmt::Store {
                place,
                index,
                value,
            });
        }
        Stmt::When { mask, body }
    }

    fn repeat(&mut self, scope: &mut Scope, depth: usize) -> Stmt {
        self.counters += 1;
        let (counter, count) = (Counter(self.counters), self.below(3) as u32 + 1);
        let mut inner = scope.clone();
        inner.counters.push((counter, count));
        let mut carried = Vec::new();
        for _ in 0..self.below(4) {
            let integer = self.below(4) == 0;
            let init = self.pick(if integer {
                &scope.integers
            } else {
                &scope.reals
            });
            let value = self.value();
            let ty = if integer { Type::Index } else { Type::Real };
            carried.push(Carried {
                ty,
                value,
                init,
                next: value,
            });
        }
        // The first values are those before the loop, so none is named until all are chosen.
        for one in &carried {
            for scope in [&mut inner, &mut *scope] {
                match one.ty {
                    Type::Real => scope.reals.push(one.value),
                    _ => scope.integers.push(one.value),
                }
            }
        }
        let turns = self.below(7) + 1;
        let body = self.stmts(&mut inner, turns, depth + 1);
        for one in &mut carried {
            let of = if one.ty == Type::Real {
                &inner.reals
            } else {
                &inner.integers
            };
            one.next = match of.last() {
                Some(&last) if self.below(2) == 0 => last,
                _ => self.pick(of),
            };
        }
        Stmt::Loop(Loop {
            counter,
            count,
            carried,
            body,
        })
    }

    fn program(&mut self) -> Program {
        let types = |(reals, integers): (u32, u32)| {
            let mut types = vec![Type::Real; reals as usize];
            types.resize((reals + integers) as usize, Type::Index);
            types
        };
        let mut scope = Scope::default();
        let mut stmts = vec![
            self.define(
                &mut scope,
                Type::Real,
                Expr::Load(Place::State, Index::at(0)),
            ),
            self.define(&mut scope, Type::Real, Expr::Real(2.0)),
            self.define(
                &mut scope,
                Type::Index,
                Expr::Load(Place::Row, Index::at(ROW.0)),
            ),
        ];
        for k in 0..LOCAL {
            let value = self.pick(&scope.reals);
            stmts.push(Stmt::Store {
                place: Place::Local(0),
                index: Index::at(k),
                value,
            });
        }
        let count = self.below(30) + 4;
        stmts.extend(self.stmts(&mut scope, count, 0));
        let slot = |ty| StateSlot {
            ty,
            init: 0.0,
            carried: false,
        };
        Program {
            param_slots: vec![Type::Real; PARAM as usize],
            row_slots: types(ROW),
            column_slots: vec![Type::Real; COLUMN as usize],
            state: types(STATE).into_iter().map(slot).collect(),
            param: zeros(Place::Param, PARAM, 0),
            row: zeros(Place::Row, ROW.0, ROW.1),
            column: zeros(Place::Column, COLUMN, 0),
            update: Block {
                locals: vec![Local {
                    ty: Type::Real,
                    len: LOCAL,
                }],
                stmts,
            },
            ..Program::default()
        }
    }
}

/// A section that fills its slots, so that the program is whole.
fn zeros(place: Place, reals: u32, integers: u32) -> Block {
    let define = |k, ty, expr| Stmt::Let {
        value: Value(k),
        ty,
        expr,
    };
    let mut stmts = vec![
        define(0, Type::Real, Expr::Real(0.0)),
        define(1, Type::Index, Expr::Integer(0)),
    ];
    for k in 0..reals + integers {
        let value = Value(u32::from(k >= reals));
        stmts.push(Stmt::Store {
            place,
            index: Index::at(k),
            value,
        });
    }
    Block {
        locals: Vec::new(),
        stmts,
    }
}

/// Small integers, exact in all operations but long products.
fn data(random: &mut Random, count: u32) -> Vec<f64> {
    (0..count).map(|_| random.below(11) as f64 - 5.0).collect()
}

#[test]
fn random_blocks_agree_with_the_scalar_interpreter() {
    let mut random = Random {
        state: 0x0123_4567_89ab_cdef,
        values: 0,
        counters: 0,
    };
    let mut programs = 0;
    while programs < 5000 {
        (random.values, random.counters) = (0, 0);
        let program = random.program();
        verify(&program).unwrap();
        programs += 1;
        let column = data(&mut random, COLUMN);
        let param = data(&mut random, PARAM);
        let rows: Vec<Vec<f64>> = (0..LANES)
            .map(|_| data(&mut random, ROW.0 + ROW.1))
            .collect();
        let states: Vec<Vec<f64>> = (0..LANES)
            .map(|_| data(&mut random, STATE.0 + STATE.1))
            .collect();
        let code = compile::<f64>(&program, Section::Update, LANES).unwrap();
        for level in Level::available() {
            let mut machine = Machine::new(&code);
            if machine.names(Place::Column) {
                machine.uniform(Place::Column).copy_from_slice(&column);
            }
            if machine.names(Place::Param) {
                machine.uniform(Place::Param).copy_from_slice(&param);
            }
            for lane in 0..LANES {
                for (place, values) in [(Place::Row, &rows[lane]), (Place::State, &states[lane])] {
                    for (k, value) in values.iter().enumerate() {
                        if machine.names(place) {
                            machine.lanes(place, k)[lane] = *value;
                        }
                    }
                }
            }
            machine.run(level, LANES);
            for lane in 0..LANES {
                let mut arrays = Arrays {
                    param: param.clone(),
                    row: rows[lane].clone(),
                    column: column.clone(),
                    state: states[lane].clone(),
                    ..Arrays::default()
                };
                run_block(&program.update, &mut arrays);
                for (k, expected) in arrays.state.iter().enumerate() {
                    let found = machine.lanes(Place::State, k)[lane];
                    assert!(
                        found == *expected || (found.is_nan() && expected.is_nan()),
                        "{level} lane {lane} state {k}: {found}, not {expected}\n{program}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_accumulation_needs_no_copies() {
    let program: Program = "row real*100\ncolumn real*100\nstate real=0.0\nupdate {\nv0 = 0.0\n\
        loop k0 0..100 (v1 = v0) {\nv2 = row[k0]\nv3 = column[k0]\nv4 = sub v2 v3\n\
        v5 = fma v4 v4 v1\nnext v5\n}\nv6 = state[0]\nv7 = add v6 v1\nstate[0] = v7\n}\n"
        .parse()
        .unwrap();
    let code = compile::<f32>(&program, Section::Update, 256).unwrap();
    // In each turn a subtraction and a product; around them the zero and the sum.
    assert_eq!(code.work(), 2 * 100 + 2);
}

#[test]
fn what_only_the_column_decides_is_computed_once() {
    let program: Program = "column real*2\nstate real=0.0\nupdate {\nv0 = column[0]\n\
        v1 = exp v0\nv2 = column[1]\nv3 = mul v1 v2\nv4 = state[0]\nv5 = add v4 v3\n\
        state[0] = v5\n}\n"
        .parse()
        .unwrap();
    let code = compile::<f64>(&program, Section::Update, 64).unwrap();
    let mut machine = Machine::new(&code);
    machine.uniform(Place::Column).copy_from_slice(&[0.0, 3.0]);
    for level in Level::available() {
        machine.lanes(Place::State, 0).fill(1.0);
        machine.run(level, 64);
        assert!(machine.lanes(Place::State, 0).iter().all(|x| *x == 4.0));
    }
    // The state and nothing else has lanes, beside the scratch.
    assert!(code.size < 3 * 96, "{}", code.size);
}

#[test]
fn integers_are_encoded_in_lanes() {
    let program: Program = "row index\nstate index=-1.0\nupdate {\nv0: index = row[0]\n\
        v1 = 16777217\nv2 = v0 - v1\nstate[0] = v2\n}\n"
        .parse()
        .unwrap();
    let code = compile::<f32>(&program, Section::Update, 64).unwrap();
    for level in Level::available() {
        let mut machine = Machine::new(&code);
        machine.lanes(Place::Row, 0).fill(from_index(i32::MIN));
        machine.run(level, 64);
        let expected: f32 = from_index(i32::MIN.wrapping_sub(16_777_217));
        assert_eq!(
            machine.lanes(Place::State, 0)[5].to_bits(),
            expected.to_bits()
        );
    }
}
