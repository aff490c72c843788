//! From a block to its code.

use super::code::{Apply, Code, Operand, Region, Step};
use super::homes::{Home, Homes, copies, find};
use super::lanewise::{self, Addresses, Execute, execute};
use super::layout::{Array, Section};
use super::line::{Item, Line, operands};
use crate::cpu::slot::{from_index, from_label};
use crate::row::Real;
use keops_program::program::{Comparison, Counter, Expr, Index, Place, Program, Type, Value};
use std::collections::HashMap;

/// Lanes between two arrays beyond their capacity, so that they do not share cache sets.
const GAP: usize = 16;

/// The code of a section for runs of at most `capacity` lanes. An error says what is wrong with the
/// program.
pub(crate) fn compile<T: Real>(
    program: &Program,
    section: Section,
    capacity: usize,
) -> Result<Code<T>, String> {
    let line = Line::of(section.block(program))?;
    let arrays = section.arrays(program);
    let homes = Homes::of(&line, &arrays)?;
    let mut compiler = Compiler::new(&line, &homes, &arrays, capacity);
    compiler.place_arrays()?;
    for at in 0..line.items.len() {
        compiler.item(at)?;
    }
    Ok(compiler.code)
}

struct Compiler<'l, 'a, T> {
    line: &'l Line<'a>,
    homes: &'l Homes<'a>,
    arrays: &'l [Array],
    code: Code<T>,
    registers: HashMap<Value, usize>,
    /// Registers that hold nothing: of lanes, and uniform.
    free: [Vec<usize>; 2],
    /// Where the next scalar goes and how many there is room for.
    scalars: (usize, usize),
    constants: HashMap<(Type, u64), usize>,
    counters: HashMap<Counter, usize>,
    /// The values whose registers become free at each position.
    ending: HashMap<usize, Vec<Value>>,
    /// Where the open loops start, and the steps that skip what is open of `when`.
    starts: Vec<usize>,
}

impl<'l, 'a, T: Real> Compiler<'l, 'a, T> {
    fn new(line: &'l Line<'a>, homes: &'l Homes<'a>, arrays: &'l [Array], capacity: usize) -> Self {
        let mut ending: HashMap<usize, Vec<Value>> = HashMap::new();
        for (value, life) in &line.lives {
            ending.entry(life.last).or_default().push(*value);
        }
        for values in ending.values_mut() {
            values.sort_unstable(); // the same code every time
        }
        let code = Code {
            steps: Vec::new(),
            constants: Vec::new(),
            terms: Vec::new(),
            regions: Vec::new(),
            size: capacity, // scratch
            counters: 0,
            capacity,
            stride: capacity + GAP,
        };
        Compiler {
            line,
            homes,
            arrays,
            code,
            registers: HashMap::new(),
            free: [Vec::new(), Vec::new()],
            scalars: (0, 0),
            constants: HashMap::new(),
            counters: HashMap::new(),
            ending,
            starts: Vec::new(),
        }
    }

    /// Gives room to the arrays that the block names.
    fn place_arrays(&mut self) -> Result<(), String> {
        for item in &self.line.items {
            let place = match item {
                Item::Let {
                    expr: Expr::Load(place, _),
                    ..
                }
                | Item::Store { place, .. } => *place,
                _ => continue,
            };
            if self.code.regions.iter().any(|region| region.place == place) {
                continue;
            }
            let &Array { len, uniform, .. } = find(self.arrays, place)?;
            let at = self.code.size;
            let elements = if uniform {
                len.next_multiple_of(GAP)
            } else {
                len * self.code.stride
            };
            self.code.size = at + elements;
            self.code.regions.push(Region {
                place,
                at,
                len,
                uniform,
            });
        }
        Ok(())
    }

    fn item(&mut self, at: usize) -> Result<(), String> {
        match self.line.items[at] {
            Item::Let { value, ty, expr } => self.define(at, value, ty, expr)?,
            Item::Store {
                place,
                index,
                value,
            } => {
                if !self.homes.done.contains(&at) {
                    let result = self.element(place, index)?;
                    let from = self.operand(value)?;
                    self.emit(execute::<T, lanewise::Copy>, result, &[from]);
                }
                self.release(at);
            }
            Item::Enter(repeat) => {
                for carried in &repeat.carried {
                    let from = self.operand(carried.init)?;
                    let result = self.register(carried.value);
                    self.emit(execute::<T, lanewise::Copy>, result, &[from]);
                }
                self.release(at);
                let counter = self.counter(repeat.counter);
                self.code.steps.push(Step::Begin { counter });
                self.starts.push(self.code.steps.len());
            }
            Item::When(mask) => {
                let mask = self.operand(mask)?;
                self.release(at);
                self.starts.push(self.code.steps.len());
                self.code.steps.push(Step::Unless { mask, to: 0 });
            }
            Item::Done => {
                self.release(at);
                let end = self.code.steps.len();
                let start = self.starts.pop().unwrap_or_default();
                if let Some(Step::Unless { to, .. }) = self.code.steps.get_mut(start) {
                    *to = end;
                }
            }
            Item::Leave(repeat) => {
                self.carry(&copies(self.homes, repeat))?;
                self.release(at);
                let counter = self.counter(repeat.counter);
                let start = self.starts.pop().unwrap_or_default();
                self.code.steps.push(Step::Turn {
                    counter,
                    count: repeat.count,
                    start,
                });
            }
        }
        Ok(())
    }

    /// Copies the next carried values, all at once in meaning.
    fn carry(&mut self, copies: &[(Value, Value)]) -> Result<(), String> {
        let crossing = copies
            .iter()
            .any(|(_, next)| copies.iter().any(|(value, _)| value == next));
        let mut moves = Vec::new();
        let mut temporaries = Vec::new();
        for &(value, next) in copies {
            let mut from = self.operand(next)?;
            if crossing {
                let temporary = self.take(from.uniform);
                self.emit(execute::<T, lanewise::Copy>, temporary, &[from]);
                temporaries.push(temporary);
                from = temporary;
            }
            moves.push((self.operand(value)?, from));
        }
        for (result, from) in moves {
            self.emit(execute::<T, lanewise::Copy>, result, &[from]);
        }
        for temporary in temporaries {
            self.free[usize::from(temporary.uniform)].push(temporary.at);
        }
        Ok(())
    }

    fn define(&mut self, at: usize, value: Value, ty: Type, expr: &'a Expr) -> Result<(), String> {
        let life = self.line.life(value)?;
        let home = self.homes.home(value);
        let is_load = matches!(expr, Expr::Load(..));
        if life.uses == 0 || matches!(home, Home::Constant) {
            self.release(at);
            return match (home, expr) {
                (Home::Constant, Expr::Real(x)) => {
                    self.constant(value, ty, x.to_bits(), T::from_f64(*x))
                }
                (Home::Constant, Expr::Integer(i)) => {
                    let slot = integer(ty, *i)?;
                    self.constant(value, ty, *i as u64, slot)
                }
                _ => Ok(()),
            };
        }
        if is_load && matches!(home, Home::Element(..)) {
            return Ok(());
        }
        let mut from = Vec::with_capacity(3);
        for operand in operands(expr) {
            from.push(self.operand(operand)?);
        }
        if let Expr::Load(place, index) = expr {
            from.push(self.element(*place, index)?);
        }
        // An instruction may write where it reads: each lane is read before it is written.
        self.release(at);
        let result = match home {
            Home::Element(place, index) => self.element(place, index)?,
            Home::Carried(carried) => self.operand(carried)?,
            Home::Register | Home::Constant => self.register(value),
        };
        let what = self.instruction(expr)?;
        self.emit(what, result, &from);
        Ok(())
    }

    fn instruction(&self, expr: &Expr) -> Result<Execute<T>, String> {
        use lanewise::*;
        Ok(match expr {
            Expr::Real(_) | Expr::Integer(_) | Expr::Load(..) => execute::<T, Copy>,
            Expr::Op(op, operands) if operands.len() == op.row().arity => elementary(*op),
            Expr::Op(op, _) => return Err(format!("{} takes {}", op.row().name, op.row().arity)),
            Expr::Compare(comparison, a, _) => {
                use Comparison::{Eq, Le, Lt, Ne};
                match (self.line.life(*a)?.ty, comparison) {
                    (Type::Real, Lt) => execute::<T, RealLt>,
                    (Type::Real, Le) => execute::<T, RealLe>,
                    (Type::Real, Eq) => execute::<T, RealEq>,
                    (Type::Real, Ne) => execute::<T, RealNe>,
                    (Type::Index, Lt) => execute::<T, IndexLt>,
                    (Type::Index, Le) => execute::<T, IndexLe>,
                    (Type::Label, Lt) => execute::<T, LabelLt>,
                    (Type::Label, Le) => execute::<T, LabelLe>,
                    (Type::Index | Type::Label, Eq) => execute::<T, IntegerEq>,
                    (Type::Index | Type::Label, Ne) => execute::<T, IntegerNe>,
                    (Type::Mask, _) => return Err("masks are not compared".to_string()),
                }
            }
            Expr::And(..) => execute::<T, And>,
            Expr::Or(..) => execute::<T, Or>,
            Expr::Not(_) => execute::<T, Not>,
            Expr::Select(..) => execute::<T, Select>,
            Expr::Subtract(..) => execute::<T, Subtract>,
            Expr::ToReal(a) => match self.line.life(*a)?.ty {
                Type::Index => execute::<T, IndexToReal>,
                Type::Label => execute::<T, LabelToReal>,
                ty => return Err(format!("a value of type {ty:?} is not an integer")),
            },
        })
    }

    fn emit(&mut self, execute: Execute<T>, result: Operand, from: &[Operand]) {
        let mut moving = [
            result,
            Operand::default(),
            Operand::default(),
            Operand::default(),
        ];
        let mut addresses = Addresses {
            result: result.at,
            uniform_result: result.uniform,
            ..Addresses::default()
        };
        for (k, operand) in from.iter().enumerate() {
            addresses.operands[k] = operand.at;
            addresses.uniform[k] = operand.uniform;
            moving[k + 1] = *operand;
        }
        let moves = moving
            .iter()
            .any(|operand| operand.terms.0 != operand.terms.1);
        let moving = moves.then(|| Box::new(moving));
        self.code.steps.push(Step::Apply(Apply {
            execute,
            addresses,
            moving,
        }));
    }

    fn operand(&mut self, value: Value) -> Result<Operand, String> {
        match self.homes.home(value) {
            Home::Element(place, index) => self.element(place, index),
            Home::Carried(carried) => self.operand(carried),
            Home::Register | Home::Constant => {
                let missing = || format!("%{} is used before it is defined", value.0);
                let at = *self.registers.get(&value).ok_or_else(missing)?;
                Ok(Operand {
                    at,
                    uniform: self.homes.uniform(value),
                    terms: (0, 0),
                })
            }
        }
    }

    fn element(&mut self, place: Place, index: &Index) -> Result<Operand, String> {
        let region = self
            .code
            .regions
            .iter()
            .find(|region| region.place == place);
        let &Region { at, uniform, .. } = region.ok_or_else(|| format!("{place:?} has no room"))?;
        let unit = if uniform { 1 } else { self.code.stride };
        let from = self.code.terms.len() as u32;
        for &(counter, stride) in &index.terms {
            let counter = self.counter(counter);
            self.code.terms.push((counter, stride as usize * unit));
        }
        let terms = (from, self.code.terms.len() as u32);
        Ok(Operand {
            at: at + index.offset as usize * unit,
            uniform,
            terms,
        })
    }

    fn counter(&mut self, counter: Counter) -> usize {
        let next = self.counters.len();
        let number = *self.counters.entry(counter).or_insert(next);
        self.code.counters = self.counters.len();
        number
    }

    fn constant(&mut self, value: Value, ty: Type, bits: u64, slot: T) -> Result<(), String> {
        let at = match self.constants.get(&(ty, bits)) {
            Some(&at) => at,
            None => {
                let at = self.scalar();
                self.code.constants.push((at, slot));
                self.constants.insert((ty, bits), at);
                at
            }
        };
        self.registers.insert(value, at);
        Ok(())
    }

    /// A register for the value.
    fn register(&mut self, value: Value) -> Operand {
        let operand = self.take(self.homes.uniform(value));
        self.registers.insert(value, operand.at);
        operand
    }

    fn take(&mut self, uniform: bool) -> Operand {
        let at = match self.free[usize::from(uniform)].pop() {
            Some(at) => at,
            None if uniform => self.scalar(),
            None => {
                let at = self.code.size;
                self.code.size += self.code.stride;
                at
            }
        };
        Operand {
            at,
            uniform,
            terms: (0, 0),
        }
    }

    fn scalar(&mut self) -> usize {
        let (at, room) = self.scalars;
        if room == 0 {
            self.scalars = (self.code.size, GAP);
            self.code.size += GAP;
            return self.scalar();
        }
        self.scalars = (at + 1, room - 1);
        at
    }

    /// Frees the registers of values that are not used after the position.
    fn release(&mut self, at: usize) {
        for value in self.ending.remove(&at).unwrap_or_default() {
            if matches!(self.homes.home(value), Home::Register)
                && let Some(&register) = self.registers.get(&value)
            {
                self.free[usize::from(self.homes.uniform(value))].push(register);
            }
        }
    }
}

/// An integer constant in slot encoding.
fn integer<T: Real>(ty: Type, value: i64) -> Result<T, String> {
    let outside = || format!("{value} is no value of type {ty:?}");
    match ty {
        Type::Index => Ok(from_index(i32::try_from(value).map_err(|_| outside())?)),
        Type::Label => Ok(from_label(u32::try_from(value).map_err(|_| outside())?)),
        Type::Real | Type::Mask => Err(outside()),
    }
}
