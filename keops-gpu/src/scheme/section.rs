//! Writes a section of a program into a kernel.

use super::access::{Reach, size, unrolled};
use super::memory::{Element, Global, Memory};
use super::slots::{Slot, Slots, global_size, register_type, stored_places};
use crate::builder::Builder;
use crate::kernel::{Binary, Comparison, Instr, Operand, Reg, Type, Unary};
use keops_program::program::{self, Block, Counter, Expr, Index, Loop, Place, Stmt, Value};
use std::collections::HashMap;

/// The value of a counter.
#[derive(Clone, Copy, Debug)]
struct Count {
    reg: Option<Reg>,
    plus: u32,
}

/// A section that is being written.
pub(super) struct Section<'a> {
    b: &'a Builder,
    memory: &'a mut Memory,
    values: HashMap<Value, Operand>,
    counters: HashMap<Counter, Count>,
    /// Sums of counters that are in registers already, by loop.
    sums: Vec<HashMap<Vec<(Reg, u32)>, Reg>>,
}

/// The temporary arrays of a block; made once, so that copies of the block share their memory.
pub(super) fn locals(b: &Builder, block: &Block) -> Vec<Slots> {
    let reach = Reach::of(block);
    let array = |(k, local): (usize, &program::Local)| {
        let len = local.len as usize;
        let types = vec![register_type(local.ty); len];
        Slots::new(
            b,
            "local",
            &types,
            &reach.dynamic(Place::Local(k as u32), len),
        )
    };
    block.locals.iter().enumerate().map(array).collect()
}

/// Writes a block; `locals` are its temporary arrays.
pub(super) fn write(b: &Builder, block: &Block, locals: &[Slots], memory: &mut Memory) {
    for (k, local) in locals.iter().enumerate() {
        memory.set(Place::Local(k as u32), local.clone());
    }
    let mut section = Section {
        b,
        memory,
        values: HashMap::new(),
        counters: HashMap::new(),
        sums: vec![HashMap::new()],
    };
    section.stmts(&block.stmts);
}

impl Section<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    let result = self.expr(*ty, expr);
                    self.values.insert(*value, result);
                }
                Stmt::Store {
                    place,
                    index,
                    value,
                } => {
                    let value = self.value(*value);
                    self.store(*place, index, value);
                }
                Stmt::Loop(l) if unrolled(l) => {
                    self.enter(l);
                    self.turns(l, 0..l.count);
                }
                Stmt::Loop(l) => self.loop_in_registers(l),
                Stmt::When { mask, body } => {
                    if let Operand::Reg(mask) = self.value(*mask) {
                        self.when(mask, body);
                    }
                }
            }
        }
    }

    /// The value; a valid program has defined it.
    fn value(&self, value: Value) -> Operand {
        self.values.get(&value).copied().unwrap_or(Operand::U32(0))
    }

    fn enter(&mut self, l: &Loop) {
        for carried in &l.carried {
            let init = self.value(carried.init);
            self.values.insert(carried.value, init);
        }
    }

    fn turn(&mut self, l: &Loop, count: Count) {
        self.counters.insert(l.counter, count);
        self.stmts(&l.body);
        let next: Vec<Operand> = l.carried.iter().map(|c| self.value(c.next)).collect();
        for (carried, next) in l.carried.iter().zip(next) {
            self.values.insert(carried.value, next);
        }
    }

    fn turns(&mut self, l: &Loop, turns: std::ops::Range<u32>) {
        for plus in turns {
            self.turn(l, Count { reg: None, plus });
        }
    }

    /// A loop that stays one: up to four turns are written, the rest of the count after it.
    fn loop_in_registers(&mut self, l: &Loop) {
        let b = self.b;
        let copies = if size(&l.body) <= 32 && l.count >= 8 {
            4
        } else {
            1
        };
        let whole = l.count - l.count % copies;
        self.enter(l);
        let mut carried = Vec::new();
        for c in &l.carried {
            let variable = b.register(register_type(c.ty), Some("carried"));
            b.assign(variable, self.value(c.value));
            self.values.insert(c.value, variable.into());
            carried.push((c.value, variable));
        }
        let reach = Reach::in_loops(&l.body, &mut HashMap::new());
        let mut held = Vec::new();
        for place in stored_places(&reach.accesses) {
            if let Some(slots) = self.memory.slots(place) {
                let stores = reach.stores(place, slots.slots.len());
                held.push((place, slots.carry(b, "held", &stores)));
            }
        }
        b.repeat(
            "k",
            (Operand::U32(0), Operand::U32(whole)),
            copies,
            true,
            |counter| {
                self.sums.push(HashMap::new());
                for plus in 0..copies {
                    self.turn(
                        l,
                        Count {
                            reg: Some(counter),
                            plus,
                        },
                    );
                }
                let mut pairs = Vec::new();
                for &(value, variable) in &carried {
                    pairs.push((variable, self.value(value)));
                    self.values.insert(value, variable.into());
                }
                for (place, variables) in &held {
                    if let Some(slots) = self.memory.slots(*place) {
                        pairs.extend(slots.settle(variables));
                    }
                }
                b.assign_all(&pairs);
                self.sums.pop();
            },
        );
        self.turns(l, whole..l.count);
    }

    /// Statements that are skipped where the mask does not hold.
    fn when(&mut self, mask: Reg, body: &[Stmt]) {
        let b = self.b;
        let reach = Reach::in_loops(body, &mut HashMap::new());
        let mut held = Vec::new();
        for place in stored_places(&reach.accesses) {
            if let Some(slots) = self.memory.slots(place) {
                let stores = reach.stores(place, slots.slots.len());
                held.push((place, slots.carry(b, "held", &stores)));
            }
        }
        b.when(mask, || {
            self.sums.push(HashMap::new());
            self.stmts(body);
            let mut pairs = Vec::new();
            for (place, variables) in &held {
                if let Some(slots) = self.memory.slots(*place) {
                    pairs.extend(slots.settle(variables));
                }
            }
            b.assign_all(&pairs);
            self.sums.pop();
        });
    }

    /// A position as a constant and terms of registers.
    fn position(&self, index: &Index) -> (u32, Vec<(Reg, u32)>) {
        let (mut offset, mut terms) = (index.offset, Vec::new());
        for (counter, stride) in &index.terms {
            if let Some(count) = self.counters.get(counter) {
                offset += count.plus * stride;
                terms.extend(count.reg.map(|reg| (reg, *stride)));
            }
        }
        (offset, terms)
    }

    /// `Σ register · stride · scale`
    fn sum(&mut self, terms: &[(Reg, u32)], scale: u32) -> Operand {
        let terms: Vec<(Reg, u32)> = terms
            .iter()
            .map(|&(reg, stride)| (reg, stride * scale))
            .collect();
        if let Some(sum) = self.sums.iter().find_map(|known| known.get(&terms)) {
            return (*sum).into();
        }
        let mut sum: Option<Reg> = None;
        for &(reg, stride) in &terms {
            sum = Some(match (sum, stride) {
                (None, 1) => reg,
                (None, stride) => self
                    .b
                    .binary(Binary::Mul, Type::U32, reg, Operand::U32(stride)),
                (Some(sum), stride) => self.b.fma(Type::U32, reg, Operand::U32(stride), sum),
            });
        }
        match sum {
            None => Operand::U32(0),
            Some(sum) => {
                if let Some(known) = self.sums.last_mut() {
                    known.insert(terms, sum);
                }
                sum.into()
            }
        }
    }

    /// The pointer and byte offset of an element in global memory.
    fn global(&mut self, global: &Global, offset: u32, terms: &[(Reg, u32)]) -> (Reg, u32) {
        let size = global_size(self.b, global.ty);
        let pointer = match self.sum(terms, 1) {
            Operand::Reg(sum) => self.b.offset_pointer(global.pointer, sum, size),
            _ => global.pointer,
        };
        (pointer, offset * size)
    }

    /// The address of an array in shared memory with the terms added.
    fn shared(&mut self, address: Reg, terms: &[(Reg, u32)]) -> Reg {
        match self.sum(terms, self.b.real_size()) {
            Operand::Reg(sum) => self.b.binary(Binary::Add, Type::U32, address, sum),
            _ => address,
        }
    }

    fn load(&mut self, place: Place, index: &Index, ty: Type) -> Operand {
        let b = self.b;
        let (offset, terms) = self.position(index);
        match self.memory.place(place, offset, ty) {
            // Not written before: any value will do, and a valid program has none.
            Element::Nowhere => zero(ty),
            Element::Value(value) => value,
            Element::Global(global) => {
                let (pointer, bytes) = self.global(&global, offset, &terms);
                let name = format!("{}_{offset}", global.name);
                let to = b.register(ty, terms.is_empty().then_some(name.as_str()));
                let constant = global.constant;
                b.instr(Instr::LoadGlobal {
                    to: vec![to],
                    pointer,
                    offset: bytes,
                    constant,
                });
                to.into()
            }
            Element::Shared(address, bytes) => {
                let address = self.shared(address, &terms);
                let offset = bytes + offset * b.real_size();
                let to = b.register(Type::Real, None);
                b.instr(Instr::LoadShared {
                    to: vec![to],
                    address,
                    offset,
                });
                b.decode(to.into(), ty)
            }
            Element::Local(array, first) => {
                let index = self.sum(&terms, 1);
                let to = b.register(ty, None);
                b.instr(Instr::LoadLocal {
                    to,
                    array,
                    index,
                    offset: offset - first,
                });
                to.into()
            }
        }
    }

    fn store(&mut self, place: Place, index: &Index, value: Operand) {
        let b = self.b;
        let (offset, terms) = self.position(index);
        match self.memory.place(place, offset, b.ty(value)) {
            Element::Global(global) => {
                let (pointer, offset) = self.global(&global, offset, &terms);
                b.instr(Instr::StoreGlobal {
                    pointer,
                    offset,
                    values: vec![value],
                });
            }
            Element::Shared(address, bytes) => {
                let address = self.shared(address, &terms);
                let offset = bytes + offset * b.real_size();
                let values = vec![b.encode(value)];
                b.instr(Instr::StoreShared {
                    address,
                    offset,
                    values,
                });
            }
            Element::Local(array, first) => {
                let index = self.sum(&terms, 1);
                b.instr(Instr::StoreLocal {
                    array,
                    index,
                    offset: offset - first,
                    value,
                });
            }
            Element::Nowhere | Element::Value(_) => {
                if let Some(slots) = self.memory.slots(place)
                    && let Some(slot) = slots.slots.get_mut(offset as usize)
                {
                    *slot = Slot::Value(value);
                }
            }
        }
    }

    fn expr(&mut self, ty: program::Type, expr: &Expr) -> Operand {
        let b = self.b;
        match expr {
            Expr::Real(a) => b.real(*a),
            Expr::Integer(a) if ty == program::Type::Index => Operand::I32(*a as i32),
            Expr::Integer(a) => Operand::U32(*a as u32),
            Expr::Load(place, index) => self.load(*place, index, register_type(ty)),
            Expr::Op(op, operands) => {
                let operands: Vec<Operand> = operands.iter().map(|&a| self.value(a)).collect();
                b.op(*op, &operands)
            }
            Expr::Compare(op, x, y) => {
                let op = match op {
                    program::Comparison::Lt => Comparison::Lt,
                    program::Comparison::Le => Comparison::Le,
                    program::Comparison::Eq => Comparison::Eq,
                    program::Comparison::Ne => Comparison::Ne,
                };
                b.compare(op, self.value(*x), self.value(*y)).into()
            }
            Expr::And(x, y) => b
                .binary(Binary::And, Type::Pred, self.value(*x), self.value(*y))
                .into(),
            Expr::Or(x, y) => b
                .binary(Binary::Or, Type::Pred, self.value(*x), self.value(*y))
                .into(),
            Expr::Not(x) => b.unary(Unary::Not, Type::Pred, self.value(*x)),
            Expr::Select(mask, x, y) => match self.value(*mask) {
                Operand::Reg(mask) => b.select(mask, self.value(*x), self.value(*y)),
                _ => self.value(*y),
            },
            Expr::Subtract(x, y) => b
                .binary(Binary::Sub, Type::I32, self.value(*x), self.value(*y))
                .into(),
            Expr::ToReal(x) => match self.value(*x) {
                Operand::I32(a) => b.real(a.into()),
                Operand::U32(a) => b.real(a.into()),
                a => b.unary(Unary::ToReal, Type::Real, a),
            },
        }
    }
}

/// Zero of a type.
fn zero(ty: Type) -> Operand {
    match ty {
        Type::Real => Operand::Real(0.0),
        Type::I32 => Operand::I32(0),
        Type::U64 => Operand::U64(0),
        Type::U32 | Type::Pred => Operand::U32(0),
    }
}
