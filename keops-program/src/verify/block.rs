//! The rules of a block: definitions, scopes, types, places and bounds.

use super::coverage::positions;
use super::{Error, LIMIT, in_range};
use crate::program::{Block, Class, Counter, Expr, Index, Loop, Place, Program, Stmt, Type, Value};
use crate::text::header;

/// The block of a section by its name.
pub(super) fn block<'a>(program: &'a Program, section: &str) -> &'a Block {
    match section {
        "param" => &program.param,
        "row" => &program.row,
        "column" => &program.column,
        "update" => &program.update,
        "grouped" => &program.grouped,
        "merge" => &program.merge,
        _ => &program.finish,
    }
}

/// Checks a section but for what is stored before it is loaded.
pub(super) fn verify(program: &Program, section: &'static str) -> Result<(), Error> {
    let block = block(program, section);
    for (k, local) in block.locals.iter().enumerate() {
        let error = |message| Err(Error::new(section, format!("local{k}: {message}")));
        if local.ty == Type::Mask {
            return error("a mask is never stored");
        }
        if local.len > LIMIT {
            return error("too long");
        }
    }
    let mut checker = Checker {
        program,
        section,
        block,
        visible: Vec::new(),
        order: Vec::new(),
        defined: Vec::new(),
        counters: Vec::new(),
    };
    checker.stmts(&block.stmts)
}

struct Checker<'a> {
    program: &'a Program,
    section: &'static str,
    block: &'a Block,
    /// By number, the type of each value that can be used here.
    visible: Vec<Option<Type>>,
    /// These values in the order of their definitions.
    order: Vec<Value>,
    /// By number, whether a value was defined anywhere before.
    defined: Vec<bool>,
    /// The loops around, outermost first, with their numbers of turns.
    counters: Vec<(Counter, u32)>,
}

impl Checker<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) -> Result<(), Error> {
        for stmt in stmts {
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    let checked = self.expr(*ty, expr).and_then(|()| self.define(*value, *ty));
                    checked.map_err(|m| self.at(stmt, m))?;
                }
                Stmt::Store {
                    place,
                    index,
                    value,
                } => self
                    .store(*place, index, *value)
                    .map_err(|m| self.at(stmt, m))?,
                Stmt::Loop(l) => {
                    let mark = self.order.len();
                    self.enter(l).map_err(|m| self.at(stmt, m))?;
                    self.stmts(&l.body)?;
                    self.leave(l, mark).map_err(|m| self.at(stmt, m))?;
                }
                Stmt::When { mask, body } => {
                    let mark = self.order.len();
                    self.want(*mask, Type::Mask).map_err(|m| self.at(stmt, m))?;
                    self.stmts(body)?;
                    self.hide(mark);
                }
            }
        }
        Ok(())
    }

    /// An error in this statement.
    fn at(&self, stmt: &Stmt, message: String) -> Error {
        let text = match stmt {
            Stmt::Loop(l) => header(l),
            Stmt::When { mask, .. } => format!("when {mask}"),
            other => other.to_string(),
        };
        Error {
            statement: Some(text),
            ..Error::new(self.section, message)
        }
    }

    fn define(&mut self, value: Value, ty: Type) -> Result<(), String> {
        let k = value.0 as usize;
        if value.0 >= LIMIT {
            return Err(format!("the number of {value} is too large"));
        }
        if k >= self.defined.len() {
            self.defined.resize(k + 1, false);
            self.visible.resize(k + 1, None);
        }
        if self.defined[k] {
            return Err(format!("{value} is defined twice"));
        }
        self.defined[k] = true;
        self.visible[k] = Some(ty);
        self.order.push(value);
        Ok(())
    }

    fn enter(&mut self, l: &Loop) -> Result<(), String> {
        if l.count == 0 {
            return Err("a loop has at least one turn".into());
        }
        if l.counter.0 >= LIMIT {
            return Err(format!("the number of {} is too large", l.counter));
        }
        if self.counters.iter().any(|&(k, _)| k == l.counter) {
            return Err(format!("{} counts a loop around this one", l.counter));
        }
        for c in &l.carried {
            self.want(c.init, c.ty)?;
        }
        for c in &l.carried {
            self.define(c.value, c.ty)?;
        }
        self.counters.push((l.counter, l.count));
        Ok(())
    }

    fn leave(&mut self, l: &Loop, mark: usize) -> Result<(), String> {
        for c in &l.carried {
            self.want(c.next, c.ty)?;
        }
        self.hide(mark + l.carried.len());
        self.counters.pop();
        Ok(())
    }

    /// Hides the values that were defined since.
    fn hide(&mut self, mark: usize) {
        for hidden in self.order.drain(mark..) {
            self.visible[hidden.0 as usize] = None;
        }
    }

    fn ty(&self, value: Value) -> Result<Type, String> {
        let k = value.0 as usize;
        match self.visible.get(k).copied().flatten() {
            Some(ty) => Ok(ty),
            None if self.defined.get(k) == Some(&true) => {
                Err(format!("{value} is not seen outside its loop"))
            }
            None => Err(format!("{value} is not defined")),
        }
    }

    fn want(&self, value: Value, ty: Type) -> Result<(), String> {
        let found = self.ty(value)?;
        if found == ty {
            return Ok(());
        }
        Err(format!("{value} is of type {found}, not {ty}"))
    }

    fn expr(&self, ty: Type, expr: &Expr) -> Result<(), String> {
        let gives = |found| match found == ty {
            true => Ok(()),
            false => Err(format!("this is of type {found}, not {ty}")),
        };
        match *expr {
            Expr::Real(_) => gives(Type::Real),
            Expr::Integer(c) => match in_range(ty, c) {
                true => Ok(()),
                false => Err(format!("{c} is not of type {ty}")),
            },
            Expr::Load(place, ref index) => {
                if !self.may_load(place) {
                    return Err(format!("{} does not load from {place}", self.section));
                }
                self.element(place, index, ty)
            }
            Expr::Op(op, ref operands) => {
                let row = op.row();
                if operands.len() != row.arity {
                    return Err(format!("{} has {} operands", row.name, row.arity));
                }
                operands
                    .iter()
                    .try_for_each(|&x| self.want(x, Type::Real))?;
                gives(Type::Real)
            }
            Expr::Compare(_, a, b) => {
                let compared = self.ty(a)?;
                if compared == Type::Mask {
                    return Err("masks are not compared".into());
                }
                self.want(b, compared)?;
                gives(Type::Mask)
            }
            Expr::And(a, b) | Expr::Or(a, b) => {
                self.want(a, Type::Mask)?;
                self.want(b, Type::Mask)?;
                gives(Type::Mask)
            }
            Expr::Not(a) => {
                self.want(a, Type::Mask)?;
                gives(Type::Mask)
            }
            Expr::Select(m, a, b) => {
                self.want(m, Type::Mask)?;
                if ty == Type::Mask {
                    return Err("masks are not selected".into());
                }
                self.want(a, ty)?;
                self.want(b, ty)
            }
            Expr::Subtract(a, b) => {
                self.want(a, Type::Index)?;
                self.want(b, Type::Index)?;
                gives(Type::Index)
            }
            Expr::ToReal(a) => {
                let from = self.ty(a)?;
                if !matches!(from, Type::Index | Type::Label) {
                    return Err(format!("{a} is of type {from}, not index or label"));
                }
                gives(Type::Real)
            }
        }
    }

    fn store(&self, place: Place, index: &Index, value: Value) -> Result<(), String> {
        if !may_store(self.section, place) {
            return Err(format!("{} does not store to {place}", self.section));
        }
        let ty = self.ty(value)?;
        if ty == Type::Mask {
            return Err("a mask is never stored".into());
        }
        self.element(place, index, ty)
    }

    fn may_load(&self, place: Place) -> bool {
        match (self.section, place) {
            (_, Place::Local(_)) => true,
            ("update" | "grouped" | "merge", Place::Input(_)) => false,
            (section, Place::Input(k)) => {
                let class = self.program.inputs.get(k as usize).map(|input| input.class);
                let own = match section {
                    "row" | "finish" => Class::Row,
                    "column" => Class::Column,
                    _ => Class::Param,
                };
                // A number out of range is reported as such.
                class.is_none_or(|class| class == own || class == Class::Param)
            }
            (section, Place::Param) => section != "merge",
            (section, Place::Row) => matches!(section, "row" | "update" | "grouped" | "finish"),
            (section, Place::Column) => matches!(section, "column" | "update" | "grouped"),
            (section, Place::State) => matches!(section, "update" | "grouped" | "merge" | "finish"),
            (section, Place::Other) => section == "merge",
            (_, Place::Output(_)) => false,
        }
    }

    /// Checks that the positions are within the array and its elements there have this type.
    fn element(&self, place: Place, index: &Index, ty: Type) -> Result<(), String> {
        let p = self.program;
        let mut len = length(p, self.block, place).ok_or_else(|| format!("there is no {place}"))?;
        if (self.section, place) == ("grouped", Place::Column) {
            len *= p.group as usize;
        }
        let mut largest = u128::from(index.offset);
        for (k, &(counter, stride)) in index.terms.iter().enumerate() {
            let Some((_, count)) = self.counters.iter().find(|(c, _)| *c == counter) else {
                return Err(format!("{counter} counts no loop around"));
            };
            if index.terms[..k].iter().any(|(c, _)| *c == counter) {
                return Err(format!("{counter} occurs twice"));
            }
            largest += u128::from(stride) * u128::from(count - 1);
        }
        if largest >= len as u128 {
            return Err(format!("{place} has {len} elements, none at {largest}"));
        }
        let typed = |found: Type| match found == ty {
            true => Ok(()),
            false => Err(format!("{place} holds {found} there, not {ty}")),
        };
        let slots = |types: &dyn Fn(usize) -> Type| {
            positions(index, &self.counters, len).try_for_each(|k| typed(types(k)))
        };
        match place {
            Place::Input(k) => typed(p.inputs[k as usize].ty),
            Place::Output(k) => typed(p.outputs[k as usize].ty),
            Place::Local(k) => typed(self.block.locals[k as usize].ty),
            Place::Param => slots(&|k| p.param_slots[k]),
            Place::Row => slots(&|k| p.row_slots[k]),
            Place::Column => slots(&|k| p.column_slots[k % p.column_slots.len()]),
            Place::State | Place::Other => slots(&|k| p.state[k].ty),
        }
    }
}

/// The number of elements of an array, if there is such a one.
pub(super) fn length(program: &Program, block: &Block, place: Place) -> Option<usize> {
    let len = match place {
        Place::Input(k) => program.inputs.get(k as usize)?.width as usize,
        Place::Param => program.param_slots.len(),
        Place::Row => program.row_slots.len(),
        Place::Column => program.column_slots.len(),
        Place::State | Place::Other => program.state.len(),
        Place::Output(k) => program.outputs.get(k as usize)?.width as usize,
        Place::Local(k) => block.locals.get(k as usize)?.len as usize,
    };
    Some(len)
}

fn may_store(section: &str, place: Place) -> bool {
    match place {
        Place::Local(_) => true,
        Place::Param => section == "param",
        Place::Row => section == "row",
        Place::Column => section == "column",
        Place::State => matches!(section, "update" | "grouped" | "merge"),
        Place::Output(_) => section == "finish",
        Place::Input(_) | Place::Other => false,
    }
}
