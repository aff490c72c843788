//! Writes a kernel, instruction by instruction.
//!
//! [`Builder`] holds the kernel that is being written. [`Emit`] is the arithmetic of keops-program
//! over its registers: an operation applied to it computes nothing, it writes instructions.

mod arithmetic;

pub use arithmetic::{Double, Emit, Floating, Single};

use crate::kernel::{
    Array, Binary, Comparison, Instr, Kernel, Operand, Param, ParamKind, Precision, Reg, Register,
    Special, Stmt, Type, Unary,
};
use keops_program::op::Op;
use std::cell::RefCell;

/// A kernel that is being written.
#[derive(Debug)]
pub struct Builder {
    precision: Precision,
    accurate: bool,
    inner: RefCell<Inner>,
}

#[derive(Debug)]
struct Inner {
    kernel: Kernel,
    /// The body that is being written, inside those that wait for it.
    open: Vec<Vec<Stmt>>,
}

impl Builder {
    /// An empty kernel. `accurate`: in f32, the functions in place of the hardware's approximations.
    pub fn new(name: &str, precision: Precision, accurate: bool) -> Builder {
        let kernel = Kernel {
            name: name.into(),
            comment: Vec::new(),
            precision,
            flush: precision == Precision::Single && !accurate,
            params: Vec::new(),
            threads: 128,
            blocks: 1,
            rows_per_thread: 1,
            shared: 0,
            locals: Vec::new(),
            registers: Vec::new(),
            body: Vec::new(),
        };
        Builder {
            precision,
            accurate,
            inner: RefCell::new(Inner {
                kernel,
                open: vec![Vec::new()],
            }),
        }
    }

    /// The floating type.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Whether functions are those of IEEE's operations, not the hardware's approximations.
    pub fn is_accurate(&self) -> bool {
        self.accurate || self.precision == Precision::Double
    }

    /// Bytes of a Real.
    pub fn real_size(&self) -> u32 {
        Type::Real.size(self.precision)
    }

    /// The kernel, after `set` has filled in what no instruction says.
    pub fn finish(self, set: impl FnOnce(&mut Kernel)) -> Kernel {
        let mut inner = self.inner.into_inner();
        inner.kernel.body = inner.open.pop().unwrap_or_default();
        set(&mut inner.kernel);
        inner.kernel
    }

    /// A new register.
    pub fn register(&self, ty: Type, name: Option<&str>) -> Reg {
        let registers = &mut self.inner.borrow_mut().kernel.registers;
        registers.push(Register {
            ty,
            name: name.map(identifier),
        });
        Reg(registers.len() as u32 - 1)
    }

    /// A new local array.
    pub fn array(&self, ty: Type, len: u32, name: &str) -> u32 {
        let locals = &mut self.inner.borrow_mut().kernel.locals;
        locals.push(Array {
            ty,
            len,
            name: identifier(name),
        });
        locals.len() as u32 - 1
    }

    /// A new parameter.
    pub fn param(&self, name: &str, kind: ParamKind) -> u32 {
        let params = &mut self.inner.borrow_mut().kernel.params;
        params.push(Param {
            name: identifier(name),
            kind,
        });
        params.len() as u32 - 1
    }

    /// The type of an operand.
    pub fn ty(&self, operand: Operand) -> Type {
        self.inner.borrow().kernel.operand_ty(operand)
    }

    fn push(&self, stmt: Stmt) {
        if let Some(body) = self.inner.borrow_mut().open.last_mut() {
            body.push(stmt);
        }
    }

    /// Writes an instruction.
    pub fn instr(&self, instr: Instr) {
        self.push(Stmt::Instr(instr));
    }

    /// Writes a line for readers.
    pub fn comment(&self, text: &str) {
        self.push(Stmt::Comment(text.into()));
    }

    /// What `f` writes, as a body of its own.
    fn nested(&self, f: impl FnOnce()) -> Vec<Stmt> {
        self.inner.borrow_mut().open.push(Vec::new());
        f();
        self.inner.borrow_mut().open.pop().unwrap_or_default()
    }

    /// Writes a loop; see [`Stmt::Loop`].
    pub fn repeat(
        &self,
        name: &str,
        range: (Operand, Operand),
        step: u32,
        at_least_once: bool,
        body: impl FnOnce(Reg),
    ) {
        let counter = self.register(Type::U32, Some(name));
        let body = self.nested(|| body(counter));
        self.push(Stmt::Loop {
            counter,
            from: range.0,
            to: range.1,
            step,
            at_least_once,
            body,
        });
    }

    /// Writes an `if` without `else`.
    pub fn when(&self, mask: Reg, then: impl FnOnce()) {
        let then = self.nested(then);
        self.push(Stmt::If {
            mask,
            then,
            otherwise: Vec::new(),
        });
    }

    /// Writes an `if` with `else`.
    pub fn either(&self, mask: Reg, then: impl FnOnce(), otherwise: impl FnOnce()) {
        let (then, otherwise) = (self.nested(then), self.nested(otherwise));
        self.push(Stmt::If {
            mask,
            then,
            otherwise,
        });
    }

    /// `to = from`
    pub fn assign(&self, to: Reg, from: Operand) {
        self.instr(Instr::Unary {
            op: Unary::Move,
            to,
            a: from,
        });
    }

    /// Assigns all at once: every value is the one before.
    pub fn assign_all(&self, pairs: &[(Reg, Operand)]) {
        let pairs: Vec<_> = pairs
            .iter()
            .filter(|(to, from)| *from != Operand::Reg(*to))
            .collect();
        let mut moves = Vec::new();
        for (k, &&(to, from)) in pairs.iter().enumerate() {
            let overwritten = pairs[..k]
                .iter()
                .any(|(earlier, _)| from == Operand::Reg(*earlier));
            let from = if overwritten { self.copy(from) } else { from };
            moves.push((to, from));
        }
        for (to, from) in moves {
            self.assign(to, from);
        }
    }

    /// A new register with a value.
    pub fn copy(&self, from: Operand) -> Operand {
        let to = self.register(self.ty(from), None);
        self.assign(to, from);
        to.into()
    }

    /// `op a`, of type `ty`
    pub fn unary(&self, op: Unary, ty: Type, a: Operand) -> Operand {
        let a = if matches!(a, Operand::Reg(_)) {
            a
        } else {
            self.copy(a)
        };
        let to = self.register(ty, None);
        self.instr(Instr::Unary { op, to, a });
        to.into()
    }

    /// `a op b`, of type `ty`
    pub fn binary(
        &self,
        op: Binary,
        ty: Type,
        a: impl Into<Operand>,
        b: impl Into<Operand>,
    ) -> Reg {
        let to = self.register(ty, None);
        self.instr(Instr::Binary {
            op,
            to,
            a: a.into(),
            b: b.into(),
        });
        to
    }

    /// `a · b + c`, of type `ty`
    pub fn fma(
        &self,
        ty: Type,
        a: impl Into<Operand>,
        b: impl Into<Operand>,
        c: impl Into<Operand>,
    ) -> Reg {
        let to = self.register(ty, None);
        self.instr(Instr::Fma {
            to,
            a: a.into(),
            b: b.into(),
            c: c.into(),
        });
        to
    }

    /// `a op b`
    pub fn compare(&self, op: Comparison, a: impl Into<Operand>, b: impl Into<Operand>) -> Reg {
        let to = self.register(Type::Pred, None);
        self.instr(Instr::Compare {
            op,
            to,
            a: a.into(),
            b: b.into(),
        });
        to
    }

    /// `if mask { a } else { b }`
    pub fn select(&self, mask: Reg, a: Operand, b: Operand) -> Operand {
        let to = self.register(self.ty(a), None);
        self.instr(Instr::Select { to, mask, a, b });
        to.into()
    }

    /// What the thread knows of itself.
    pub fn special(&self, what: Special, name: &str) -> Reg {
        let to = self.register(Type::U32, Some(name));
        self.instr(Instr::Special { to, what });
        to
    }

    /// The value of a parameter.
    pub fn read_param(&self, param: u32) -> Reg {
        let (ty, name) = {
            let param = &self.inner.borrow().kernel.params[param as usize];
            (
                if param.kind == ParamKind::Number {
                    Type::U32
                } else {
                    Type::U64
                },
                param.name.clone(),
            )
        };
        let to = self.register(ty, Some(&name));
        self.instr(Instr::Param { to, param });
        to
    }

    /// `pointer + index · bytes`
    pub fn offset_pointer(&self, pointer: Reg, index: impl Into<Operand>, bytes: u32) -> Reg {
        let offset = self.binary(Binary::MulWide, Type::U64, index, Operand::U32(bytes));
        self.binary(Binary::Add, Type::U64, pointer, offset)
    }

    /// An operation of the table.
    pub fn op(&self, op: Op, operands: &[Operand]) -> Operand {
        match self.precision {
            Precision::Single => op.apply(Emit::<Single>::new(self), operands),
            Precision::Double => op.apply(Emit::<Double>::new(self), operands),
        }
    }

    /// Instructions that an operation becomes.
    pub fn cost(&self, op: Op) -> u32 {
        let scratch = Builder::new("", self.precision, self.accurate);
        let operand = Operand::Reg(scratch.register(Type::Real, None));
        scratch.op(op, &vec![operand; op.row().arity]);
        scratch.finish(|_| ()).body.len() as u32
    }

    /// A floating constant, rounded to the precision.
    pub fn real(&self, a: f64) -> Operand {
        Operand::Real(match self.precision {
            Precision::Single => f64::from(a as f32),
            Precision::Double => a,
        })
    }

    /// An integer in the word of a Real: its bits in f32, the low half of them in f64.
    pub fn encode(&self, a: Operand) -> Operand {
        let bits = match self.ty(a) {
            Type::Real => return a,
            Type::I32 => self.unary(Unary::Cast, Type::U32, a),
            _ => a,
        };
        match self.precision {
            Precision::Single => self.unary(Unary::FromBits, Type::Real, bits),
            Precision::Double => self
                .binary(Binary::Pack, Type::Real, bits, Operand::U32(0))
                .into(),
        }
    }

    /// The contrary of [`encode`](Builder::encode).
    pub fn decode(&self, a: Operand, ty: Type) -> Operand {
        if ty == Type::Real {
            return a;
        }
        let bits = match self.precision {
            Precision::Single => self.unary(Unary::Bits, Type::U32, a),
            Precision::Double => self.unary(Unary::Low, Type::U32, a),
        };
        if ty == Type::I32 {
            self.unary(Unary::Cast, Type::I32, bits)
        } else {
            bits
        }
    }
}

/// A name of letters, digits and `_` that starts with a letter.
fn identifier(name: &str) -> String {
    let mut text: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text.insert(0, 'v');
    }
    text
}
