//! Prints kernels as PTX.
//!
//! It only prints: one instruction of the kernel is one of PTX, or a fixed handful. What ptxas would
//! do on its own is spelled so that it does not: every sum and product is `.rn`, so that none is
//! contracted, and loops carry `.pragma "nounroll"`. `neg` and `abs` are never `.ftz`, so that ptxas
//! folds them into the instruction that uses them.

use crate::kernel::{
    Array, Binary, Comparison, Instr, Kernel, Operand, ParamKind, Precision, Reg, Special, Stmt, Type, Unary,
};
use std::fmt::Write;

/// One module with these kernels as entries, for every GPU from sm_70 on.
pub fn module(kernels: &[Kernel]) -> String {
    let mut text = String::from(".version 7.0\n.target sm_70\n.address_size 64\n");
    for kernel in kernels {
        text.push('\n');
        Printer { kernel, text: &mut text, depth: 1, labels: 0 }.entry();
    }
    text
}

struct Printer<'a> {
    kernel: &'a Kernel,
    text: &'a mut String,
    depth: usize,
    /// Labels so far.
    labels: u32,
}

impl Printer<'_> {
    fn entry(&mut self) {
        let kernel = self.kernel;
        for line in kernel.comment.iter().flat_map(|c| c.lines()) {
            self.raw(&format!("// {line}"));
        }
        self.raw(&format!(".visible .entry {}(", kernel.name));
        for (k, param) in kernel.params.iter().enumerate() {
            let ty = if param.kind == ParamKind::Number { "u32" } else { "u64" };
            let comma = if k + 1 < kernel.params.len() { "," } else { "" };
            self.raw(&format!("    .param .{ty} {}{comma}", self.param(k as u32)));
        }
        self.raw(")");
        self.raw(&format!(".maxntid {}, 1, 1", kernel.threads));
        self.raw(&format!(".minnctapersm {}", kernel.blocks));
        self.raw("{");
        self.declarations();
        self.block(&kernel.body);
        self.line("ret;");
        self.raw("}");
    }

    fn declarations(&mut self) {
        let kernel = self.kernel;
        for ty in [Type::Real, Type::U32, Type::I32, Type::U64, Type::Pred] {
            let all = (0..kernel.registers.len() as u32).map(Reg).filter(|&r| kernel.ty(r) == ty);
            let names: Vec<String> = all.map(|r| self.reg(r)).collect();
            for some in names.chunks(12) {
                self.line(&format!(".reg .{} {};", self.suffix(ty), some.join(", ")));
            }
        }
        let labels = labels(&kernel.body);
        if labels > 0 {
            self.line(&format!(".reg .pred %again<{labels}>;"));
        }
        if kernel.precision == Precision::Double {
            self.line(".reg .u32 %half;");
        }
        if !kernel.locals.is_empty() {
            self.line(".reg .u32 %local;");
        }
        for (k, array) in kernel.locals.iter().enumerate() {
            let size = array.ty.size(kernel.precision);
            self.line(&format!(".local .align {size} .b8 {}[{}];", local(k as u32, array), array.len * size));
        }
        if kernel.shared > 0 {
            self.line(&format!(".shared .align 16 .b8 tile[{}];", kernel.shared));
        }
    }

    fn raw(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", 4 * self.depth);
    }

    /// A new label; its number is also that of a loop's `%again`.
    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels - 1
    }

    fn block(&mut self, body: &[Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn nested(&mut self, body: &[Stmt]) {
        self.depth += 1;
        self.block(body);
        self.depth -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Comment(text) => self.line(&format!("// {text}")),
            Stmt::Instr(instr) => self.instr(instr),
            Stmt::Loop { counter, from, to, step, at_least_once, body } => {
                let label = self.label();
                let (counter, to) = (self.reg(*counter), self.operand(*to));
                self.line(&format!("mov.u32 {counter}, {};", self.operand(*from)));
                if !at_least_once {
                    self.line(&format!("setp.ge.u32 %again{label}, {counter}, {to};"));
                    self.line(&format!("@%again{label} bra END{label};"));
                }
                self.raw(&format!("LOOP{label}:"));
                self.line(".pragma \"nounroll\";");
                self.nested(body);
                self.line(&format!("add.u32 {counter}, {counter}, {step};"));
                self.line(&format!("setp.lt.u32 %again{label}, {counter}, {to};"));
                self.line(&format!("@%again{label} bra LOOP{label};"));
                if !at_least_once {
                    self.raw(&format!("END{label}:"));
                }
            }
            Stmt::If { mask, then, otherwise } => {
                let label = self.label();
                self.line(&format!("@!{} bra ELSE{label};", self.reg(*mask)));
                self.nested(then);
                if !otherwise.is_empty() {
                    self.line(&format!("bra FI{label};"));
                }
                self.raw(&format!("ELSE{label}:"));
                if !otherwise.is_empty() {
                    self.nested(otherwise);
                    self.raw(&format!("FI{label}:"));
                }
            }
        }
    }

    fn param(&self, k: u32) -> String {
        format!("{}_{}", self.kernel.name, self.kernel.params[k as usize].name)
    }

    /// A register: the letter of its type, its number, its name.
    fn reg(&self, reg: Reg) -> String {
        let letter = match self.kernel.ty(reg) {
            Type::Real => 'f',
            Type::U32 => 'r',
            Type::I32 => 'i',
            Type::U64 => 'd',
            Type::Pred => 'p',
        };
        match &self.kernel.registers[reg.0 as usize].name {
            Some(name) => format!("%{letter}{}_{name}", reg.0),
            None => format!("%{letter}{}", reg.0),
        }
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Reg(reg) => self.reg(reg),
            Operand::Real(a) => match self.kernel.precision {
                Precision::Single => format!("0f{:08X}", (a as f32).to_bits()),
                Precision::Double => format!("0d{:016X}", a.to_bits()),
            },
            Operand::U32(a) => a.to_string(),
            Operand::I32(a) => a.to_string(),
            Operand::U64(a) => a.to_string(),
        }
    }

    fn suffix(&self, ty: Type) -> &'static str {
        match (ty, self.kernel.precision) {
            (Type::Real, Precision::Single) => "f32",
            (Type::Real, Precision::Double) => "f64",
            (Type::U32, _) => "u32",
            (Type::I32, _) => "s32",
            (Type::U64, _) => "u64",
            (Type::Pred, _) => "pred",
        }
    }

    /// The suffix for instructions that look at bits only.
    fn bits(&self, ty: Type) -> &'static str {
        if ty == Type::Pred { "pred" } else { "b32" }
    }

    /// `.ftz` where subnormal numbers count as 0.
    fn ftz(&self, ty: Type) -> &'static str {
        if self.kernel.flush && ty == Type::Real { ".ftz" } else { "" }
    }

    fn vector(&self, names: &[String]) -> (String, String) {
        match names {
            [one] => (String::new(), one.clone()),
            many => (format!(".v{}", many.len()), format!("{{{}}}", many.join(", "))),
        }
    }

    fn instr(&mut self, instr: &Instr) {
        let line = match instr {
            Instr::Unary { op, to, a } => self.unary(*op, *to, *a),
            Instr::Binary { op, to, a, b } => self.binary(*op, *to, *a, *b),
            Instr::Fma { to, a, b, c } => {
                let ty = self.kernel.ty(*to);
                let name = match ty {
                    Type::Real => format!("fma.rn{}", self.ftz(ty)),
                    _ => "mad.lo".into(),
                };
                let (suffix, to) = (self.suffix(ty), self.reg(*to));
                let (a, b, c) = (self.operand(*a), self.operand(*b), self.operand(*c));
                format!("{name}.{suffix} {to}, {a}, {b}, {c};")
            }
            Instr::Compare { op, to, a, b } => {
                let ty = self.kernel.operand_ty(*a);
                let name = match (op, ty) {
                    (Comparison::Lt, _) => "lt",
                    (Comparison::Le, _) => "le",
                    (Comparison::Eq, _) => "eq",
                    (Comparison::Ne, Type::Real) => "neu",
                    (Comparison::Ne, _) => "ne",
                };
                let (ftz, suffix, to) = (self.ftz(ty), self.suffix(ty), self.reg(*to));
                format!("setp.{name}{ftz}.{suffix} {to}, {}, {};", self.operand(*a), self.operand(*b))
            }
            Instr::Select { to, mask, a, b } => {
                let suffix = self.suffix(self.kernel.ty(*to));
                let (to, a, b) = (self.reg(*to), self.operand(*a), self.operand(*b));
                format!("selp.{suffix} {to}, {a}, {b}, {};", self.reg(*mask))
            }
            Instr::Special { to, what } => {
                let what = match what {
                    Special::Thread => "%tid.x",
                    Special::BlockX => "%ctaid.x",
                    Special::BlockY => "%ctaid.y",
                };
                format!("mov.u32 {}, {what};", self.reg(*to))
            }
            Instr::Param { to, param } => {
                let reg = self.reg(*to);
                let suffix = self.suffix(self.kernel.ty(*to));
                let load = format!("ld.param.{suffix} {reg}, [{}];", self.param(*param));
                if suffix == "u64" {
                    self.line(&load);
                    format!("cvta.to.global.u64 {reg}, {reg};")
                } else {
                    load
                }
            }
            Instr::SharedBase { to } => format!("mov.u32 {}, tile;", self.reg(*to)),
            Instr::LoadGlobal { to, pointer, offset, constant } => {
                let space = if *constant { "global.nc" } else { "global" };
                self.load(space, to, *pointer, *offset)
            }
            Instr::LoadShared { to, address, offset } => self.load("shared", to, *address, *offset),
            Instr::StoreGlobal { pointer, offset, values } => self.store("global", *pointer, *offset, values),
            Instr::StoreShared { address, offset, values } => self.store("shared", *address, *offset, values),
            Instr::LoadLocal { to, array, index, offset } => {
                let suffix = self.suffix(self.kernel.ty(*to));
                let place = self.local(*array, *index, *offset);
                format!("ld.local.{suffix} {}, [{place}];", self.reg(*to))
            }
            Instr::StoreLocal { array, index, offset, value } => {
                let suffix = self.suffix(self.kernel.operand_ty(*value));
                let place = self.local(*array, *index, *offset);
                format!("st.local.{suffix} [{place}], {};", self.operand(*value))
            }
            Instr::Barrier => "bar.sync 0;".into(),
            Instr::Vote { all, to, a } => {
                let mode = if *all { "all" } else { "any" };
                format!("vote.sync.{mode}.pred {}, {}, -1;", self.reg(*to), self.reg(*a))
            }
        };
        self.line(&line);
    }

    fn load(&self, space: &str, to: &[Reg], address: Reg, offset: u32) -> String {
        let suffix = self.suffix(self.kernel.ty(to[0]));
        let names: Vec<String> = to.iter().map(|&r| self.reg(r)).collect();
        let (vector, names) = self.vector(&names);
        format!("ld.{space}{vector}.{suffix} {names}, [{}+{offset}];", self.reg(address))
    }

    fn store(&self, space: &str, address: Reg, offset: u32, values: &[Operand]) -> String {
        let suffix = self.suffix(self.kernel.operand_ty(values[0]));
        let names: Vec<String> = values.iter().map(|&a| self.operand(a)).collect();
        let (vector, names) = self.vector(&names);
        format!("st.{space}{vector}.{suffix} [{}+{offset}], {names};", self.reg(address))
    }

    /// The address of an element of a local array; writes what computes it.
    fn local(&mut self, k: u32, index: Operand, offset: u32) -> String {
        let array = &self.kernel.locals[k as usize];
        let size = array.ty.size(self.kernel.precision);
        let name = local(k, array);
        match index {
            Operand::U32(index) => format!("{name}+{}", (index + offset) * size),
            index => {
                let index = self.operand(index);
                self.line(&format!("mov.u32 %local, {name};"));
                self.line(&format!("mad.lo.u32 %local, {index}, {size}, %local;"));
                format!("%local+{}", offset * size)
            }
        }
    }

    fn unary(&self, op: Unary, to: Reg, a: Operand) -> String {
        let (ty, from) = (self.kernel.ty(to), self.kernel.operand_ty(a));
        let (suffix, source, ftz) = (self.suffix(ty), self.suffix(from), self.ftz(Type::Real));
        let (to, a) = (self.reg(to), self.operand(a));
        match op {
            Unary::Move => format!("mov.{suffix} {to}, {a};"),
            Unary::Neg => format!("neg.{suffix} {to}, {a};"),
            Unary::Abs => format!("abs.{suffix} {to}, {a};"),
            Unary::RoundEven => format!("cvt.rni{ftz}.{suffix}.{suffix} {to}, {a};"),
            Unary::Floor => format!("cvt.rmi{ftz}.{suffix}.{suffix} {to}, {a};"),
            Unary::Sqrt => format!("sqrt.rn{ftz}.{suffix} {to}, {a};"),
            Unary::SqrtApprox => format!("sqrt.approx{ftz}.{suffix} {to}, {a};"),
            Unary::RsqrtApprox => format!("rsqrt.approx{ftz}.{suffix} {to}, {a};"),
            Unary::RcpApprox => format!("rcp.approx{ftz}.{suffix} {to}, {a};"),
            Unary::Ex2Approx => format!("ex2.approx{ftz}.{suffix} {to}, {a};"),
            Unary::Lg2Approx => format!("lg2.approx{ftz}.{suffix} {to}, {a};"),
            Unary::SinApprox => format!("sin.approx{ftz}.{suffix} {to}, {a};"),
            Unary::CosApprox => format!("cos.approx{ftz}.{suffix} {to}, {a};"),
            Unary::Not => format!("not.{} {to}, {a};", self.bits(ty)),
            Unary::ToInteger => format!("cvt.rni{ftz}.{suffix}.{source} {to}, {a};"),
            Unary::ToReal => format!("cvt.rn.{suffix}.{source} {to}, {a};"),
            Unary::Bits | Unary::FromBits | Unary::Cast => format!("mov.b32 {to}, {a};"),
            Unary::Low => format!("mov.b64 {{{to}, %half}}, {a};"),
            Unary::High => format!("mov.b64 {{%half, {to}}}, {a};"),
            Unary::Widen => format!("cvt.u64.u32 {to}, {a};"),
        }
    }

    fn binary(&self, op: Binary, to: Reg, a: Operand, b: Operand) -> String {
        let ty = self.kernel.ty(to);
        let (suffix, bits, ftz) = (self.suffix(ty), self.bits(ty), self.ftz(ty));
        let (to, a, b) = (self.reg(to), self.operand(a), self.operand(b));
        let real = ty == Type::Real;
        match op {
            Binary::Add if real => format!("add.rn{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::Sub if real => format!("sub.rn{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::Mul if real => format!("mul.rn{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::Add => format!("add.{suffix} {to}, {a}, {b};"),
            Binary::Sub => format!("sub.{suffix} {to}, {a}, {b};"),
            Binary::Mul => format!("mul.lo.{suffix} {to}, {a}, {b};"),
            Binary::Div => format!("div.rn{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::DivApprox => format!("div.approx{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::Min => format!("min{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::Max => format!("max{ftz}.{suffix} {to}, {a}, {b};"),
            Binary::And => format!("and.{bits} {to}, {a}, {b};"),
            Binary::Or => format!("or.{bits} {to}, {a}, {b};"),
            Binary::Xor => format!("xor.{bits} {to}, {a}, {b};"),
            Binary::Shl => format!("shl.b32 {to}, {a}, {b};"),
            Binary::Shr => format!("shr.{suffix} {to}, {a}, {b};"),
            Binary::MulWide => format!("mul.wide.u32 {to}, {a}, {b};"),
            Binary::Pack => format!("mov.b64 {to}, {{{a}, {b}}};"),
        }
    }
}

/// A local array in PTX.
fn local(k: u32, array: &Array) -> String {
    format!("local{k}_{}", array.name)
}

/// The loops and ifs of a body: labels are numbered through both.
fn labels(body: &[Stmt]) -> u32 {
    body.iter()
        .map(|stmt| match stmt {
            Stmt::Loop { body, .. } => 1 + labels(body),
            Stmt::If { then, otherwise, .. } => 1 + labels(then) + labels(otherwise),
            _ => 0,
        })
        .sum()
}
