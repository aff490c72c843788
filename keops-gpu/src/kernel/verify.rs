//! What a valid kernel is.

use super::{Binary, Instr, Kernel, Operand, ParamKind, Precision, Reg, Stmt, Type, Unary};
use std::collections::HashSet;

impl Kernel {
    /// Says what is wrong with the kernel, if anything: types, numbers out of range, registers that
    /// may be read before they are written, barriers and votes that some thread may not reach.
    ///
    /// # Errors
    ///
    /// A sentence that quotes the instruction.
    pub fn verify(&self) -> Result<(), String> {
        let name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let mut seen = HashSet::new();
        for param in &self.params {
            if !name(&param.name) || !seen.insert(param.name.as_str()) {
                return Err(format!(
                    "parameter `{}`: not a name, or there twice",
                    param.name
                ));
            }
            if let ParamKind::Input(ty) | ParamKind::Output(ty) = param.kind
                && !matches!(ty, Type::Real | Type::U32 | Type::I32)
            {
                return Err(format!("parameter `{}`: no memory of {ty}", param.name));
            }
        }
        for register in &self.registers {
            if register.name.as_deref().is_some_and(|n| !name(n)) {
                return Err(format!("register {register:?}: not a name"));
            }
        }
        for array in &self.locals {
            if !matches!(array.ty, Type::Real | Type::U32 | Type::I32)
                || array.len == 0
                || !name(&array.name)
            {
                return Err(format!("local array {array:?}"));
            }
        }
        if self.flush && self.precision == Precision::Double {
            return Err("flush in f64".into());
        }
        if self.threads == 0 || self.threads > 1024 || self.rows_per_thread == 0 {
            return Err(format!(
                "{} threads of {} rows",
                self.threads, self.rows_per_thread
            ));
        }
        let mut uniform = Uniform {
            varying: HashSet::new(),
        };
        while uniform.block(&self.body, false) {}
        let mut checker = Checker {
            kernel: self,
            varying: uniform.varying,
        };
        checker.block(&self.body, &mut HashSet::new(), false, &[])
    }
}

/// Finds the registers that may differ between the threads of a block.
struct Uniform {
    varying: HashSet<Reg>,
}

impl Uniform {
    fn varies(&self, operand: Operand) -> bool {
        matches!(operand, Operand::Reg(reg) if self.varying.contains(&reg))
    }

    /// Marks what varies; true if that is more than before. `divergent`: under a condition that does.
    fn block(&mut self, body: &[Stmt], divergent: bool) -> bool {
        let before = self.varying.len();
        for stmt in body {
            match stmt {
                Stmt::Comment(_) => {}
                Stmt::Instr(instr) => {
                    let source = match instr {
                        Instr::Special { what, .. } => matches!(what, super::Special::Thread),
                        // What nobody writes is the same wherever the address is.
                        Instr::LoadGlobal { constant, .. } => !constant,
                        Instr::LoadShared { .. } | Instr::LoadLocal { .. } => true,
                        _ => false,
                    };
                    if divergent || source || instr.reads().iter().any(|&a| self.varies(a)) {
                        self.varying.extend(instr.writes());
                    }
                }
                Stmt::Loop {
                    counter,
                    from,
                    to,
                    body,
                    ..
                } => {
                    let inside = divergent || self.varies(*from) || self.varies(*to);
                    if inside {
                        self.varying.insert(*counter);
                    }
                    self.block(body, inside);
                }
                Stmt::If {
                    mask,
                    then,
                    otherwise,
                } => {
                    let inside = divergent || self.varying.contains(mask);
                    self.block(then, inside);
                    self.block(otherwise, inside);
                }
            }
        }
        self.varying.len() > before
    }
}

struct Checker<'a> {
    kernel: &'a Kernel,
    varying: HashSet<Reg>,
}

impl Checker<'_> {
    fn block(
        &mut self,
        body: &[Stmt],
        defined: &mut HashSet<Reg>,
        divergent: bool,
        frozen: &[Reg],
    ) -> Result<(), String> {
        for stmt in body {
            match stmt {
                Stmt::Comment(_) => {}
                Stmt::Instr(instr) => {
                    let fail = |what: &str| Err(format!("{what}: {instr:?}"));
                    for operand in instr.reads() {
                        self.read(operand, defined)
                            .map_err(|e| format!("{e}: {instr:?}"))?;
                    }
                    for &reg in instr.writes() {
                        if reg.0 as usize >= self.kernel.registers.len() {
                            return fail("no such register");
                        }
                        if frozen.contains(&reg) {
                            return fail("writes the counter or bound of a loop that it is in");
                        }
                        defined.insert(reg);
                    }
                    if divergent && matches!(instr, Instr::Barrier | Instr::Vote { .. }) {
                        return fail("not reached by all threads");
                    }
                    self.types(instr).map_err(|e| format!("{e}: {instr:?}"))?;
                }
                Stmt::Loop {
                    counter,
                    from,
                    to,
                    step,
                    at_least_once,
                    body,
                } => {
                    for &operand in [from, to] {
                        self.read(operand, defined)?;
                        if self.kernel.operand_ty(operand) != Type::U32 {
                            return Err(format!("loop bound {operand:?} is not a u32"));
                        }
                    }
                    if counter.0 as usize >= self.kernel.registers.len()
                        || self.kernel.ty(*counter) != Type::U32
                        || *step == 0
                        || frozen.contains(counter)
                        || *to == Operand::Reg(*counter)
                    {
                        return Err(format!("loop counter {counter:?} step {step}"));
                    }
                    let varies =
                        |a: &Operand| matches!(a, Operand::Reg(r) if self.varying.contains(r));
                    let inside = divergent || varies(from) || varies(to);
                    let mut frozen = frozen.to_vec();
                    frozen.push(*counter);
                    if let Operand::Reg(to) = to {
                        frozen.push(*to);
                    }
                    defined.insert(*counter);
                    let mut after = defined.clone();
                    self.block(body, &mut after, inside, &frozen)?;
                    if *at_least_once {
                        *defined = after;
                    }
                }
                Stmt::If {
                    mask,
                    then,
                    otherwise,
                } => {
                    self.read((*mask).into(), defined)?;
                    if self.kernel.ty(*mask) != Type::Pred {
                        return Err(format!("the condition {mask:?} is not a pred"));
                    }
                    let inside = divergent || self.varying.contains(mask);
                    let (mut left, mut right) = (defined.clone(), defined.clone());
                    self.block(then, &mut left, inside, frozen)?;
                    self.block(otherwise, &mut right, inside, frozen)?;
                    *defined = left.intersection(&right).copied().collect();
                }
            }
        }
        Ok(())
    }

    fn read(&self, operand: Operand, defined: &HashSet<Reg>) -> Result<(), String> {
        match operand {
            Operand::Reg(reg) if reg.0 as usize >= self.kernel.registers.len() => {
                Err(format!("no such register {reg:?}"))
            }
            Operand::Reg(reg) if !defined.contains(&reg) => Err(format!(
                "{} may be read before it is written",
                self.kernel.register_name(reg)
            )),
            Operand::Real(a)
                if self.kernel.precision == Precision::Single
                    && !a.is_nan()
                    && f64::from(a as f32) != a =>
            {
                Err(format!("the constant {a:?} is not an f32"))
            }
            _ => Ok(()),
        }
    }

    fn types(&self, instr: &Instr) -> Result<(), String> {
        use Type::{I32, Pred, Real, U32, U64};
        let ty = |operand: Operand| self.kernel.operand_ty(operand);
        let reg = |reg: Reg| self.kernel.ty(reg);
        let single = self.kernel.precision == Precision::Single;
        let integer = |t: Type| matches!(t, U32 | I32);
        let ok = match instr {
            Instr::Unary { op, to, a } => {
                let (to, a) = (reg(*to), ty(*a));
                match op {
                    Unary::Move => to == a,
                    Unary::Neg | Unary::Abs | Unary::RoundEven | Unary::Floor | Unary::Sqrt => {
                        (to, a) == (Real, Real)
                    }
                    Unary::SqrtApprox
                    | Unary::RsqrtApprox
                    | Unary::RcpApprox
                    | Unary::Ex2Approx
                    | Unary::Lg2Approx
                    | Unary::SinApprox
                    | Unary::CosApprox => (to, a) == (Real, Real) && single,
                    Unary::Not => to == a && matches!(a, U32 | I32 | Pred),
                    Unary::ToInteger => (to, a) == (I32, Real),
                    Unary::ToReal => to == Real && integer(a),
                    Unary::Bits => (to, a) == (U32, Real) && single,
                    Unary::FromBits => (to, a) == (Real, U32) && single,
                    Unary::Low | Unary::High => (to, a) == (U32, Real) && !single,
                    Unary::Widen => (to, a) == (U64, U32),
                    Unary::Cast => (to, a) == (U32, I32) || (to, a) == (I32, U32),
                }
            }
            Instr::Binary { op, to, a, b } => {
                let (to, a, b) = (reg(*to), ty(*a), ty(*b));
                let same = to == a && a == b;
                match op {
                    Binary::Add | Binary::Sub => same && to != Pred,
                    Binary::Mul | Binary::Min | Binary::Max => same && (to == Real || integer(to)),
                    Binary::Div => same && to == Real,
                    Binary::DivApprox => same && to == Real && single,
                    Binary::And | Binary::Or | Binary::Xor => same && (to == Pred || integer(to)),
                    Binary::Shl | Binary::Shr => to == a && integer(a) && b == U32,
                    Binary::MulWide => (to, a, b) == (U64, U32, U32),
                    Binary::Pack => (to, a, b) == (Real, U32, U32) && !single,
                }
            }
            Instr::Fma { to, a, b, c } => {
                let to = reg(*to);
                [ty(*a), ty(*b), ty(*c)] == [to; 3] && (to == Real || integer(to))
            }
            Instr::Compare { to, a, b, .. } => {
                reg(*to) == Pred && ty(*a) == ty(*b) && matches!(ty(*a), Real | U32 | I32 | U64)
            }
            Instr::Select { to, mask, a, b } => {
                let to = reg(*to);
                reg(*mask) == Pred && [ty(*a), ty(*b)] == [to; 2] && (to == Real || integer(to))
            }
            Instr::Special { to, .. } | Instr::SharedBase { to } => reg(*to) == U32,
            Instr::Param { to, param } => match self.kernel.params.get(*param as usize) {
                None => false,
                Some(param) => {
                    reg(*to)
                        == if param.kind == ParamKind::Number {
                            U32
                        } else {
                            U64
                        }
                }
            },
            Instr::LoadGlobal {
                to,
                pointer,
                offset,
                ..
            } => reg(*pointer) == U64 && self.vector(to.iter().map(|&r| reg(r)), *offset),
            Instr::StoreGlobal {
                pointer,
                offset,
                values,
            } => reg(*pointer) == U64 && self.vector(values.iter().map(|&a| ty(a)), *offset),
            Instr::LoadShared {
                to,
                address,
                offset,
            } => {
                reg(*address) == U32
                    && to.iter().all(|&r| reg(r) != I32)
                    && self.vector(to.iter().map(|&r| reg(r)), *offset)
            }
            Instr::StoreShared {
                address,
                offset,
                values,
            } => {
                reg(*address) == U32
                    && values.iter().all(|&a| ty(a) != I32)
                    && self.vector(values.iter().map(|&a| ty(a)), *offset)
            }
            Instr::LoadLocal {
                to,
                array,
                index,
                offset,
            } => self.local(*array, *index, *offset, reg(*to)),
            Instr::StoreLocal {
                array,
                index,
                offset,
                value,
            } => self.local(*array, *index, *offset, ty(*value)),
            Instr::Barrier => true,
            Instr::Vote { to, a, .. } => (reg(*to), reg(*a)) == (Pred, Pred),
        };
        if ok {
            Ok(())
        } else {
            Err("the types or numbers do not fit".into())
        }
    }

    fn vector(&self, types: impl ExactSizeIterator<Item = Type>, offset: u32) -> bool {
        let types: Vec<Type> = types.collect();
        let Some(&first) = types.first() else {
            return false;
        };
        let size = first.size(self.kernel.precision);
        matches!(first, Type::Real | Type::U32 | Type::I32)
            && types.iter().all(|&t| t == first)
            && matches!(types.len(), 1 | 2 | 4)
            && size * types.len() as u32 <= 16
            && offset.is_multiple_of(size * types.len() as u32)
    }

    fn local(&self, array: u32, index: Operand, offset: u32, ty: Type) -> bool {
        let Some(array) = self.kernel.locals.get(array as usize) else {
            return false;
        };
        let constant = if let Operand::U32(index) = index {
            index
        } else {
            0
        };
        self.kernel.operand_ty(index) == Type::U32
            && ty == array.ty
            && u64::from(constant) + u64::from(offset) < u64::from(array.len)
    }
}
