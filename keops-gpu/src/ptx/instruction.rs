//! Prints instructions.

use super::{Printer, local};
use crate::kernel::{Binary, Comparison, Instr, Operand, Reg, Special, Type, Unary};

impl Printer<'_> {
    pub(super) fn instr(&mut self, instr: &Instr) {
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
                format!(
                    "setp.{name}{ftz}.{suffix} {to}, {}, {};",
                    self.operand(*a),
                    self.operand(*b)
                )
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
            Instr::LoadGlobal {
                to,
                pointer,
                offset,
                constant,
            } => {
                let space = if *constant { "global.nc" } else { "global" };
                self.load(space, to, *pointer, *offset)
            }
            Instr::LoadShared {
                to,
                address,
                offset,
            } => self.load("shared", to, *address, *offset),
            Instr::StoreGlobal {
                pointer,
                offset,
                values,
            } => self.store("global", *pointer, *offset, values),
            Instr::StoreShared {
                address,
                offset,
                values,
            } => self.store("shared", *address, *offset, values),
            Instr::LoadLocal {
                to,
                array,
                index,
                offset,
            } => {
                let suffix = self.suffix(self.kernel.ty(*to));
                let place = self.local(*array, *index, *offset);
                format!("ld.local.{suffix} {}, [{place}];", self.reg(*to))
            }
            Instr::StoreLocal {
                array,
                index,
                offset,
                value,
            } => {
                let suffix = self.suffix(self.kernel.operand_ty(*value));
                let place = self.local(*array, *index, *offset);
                format!("st.local.{suffix} [{place}], {};", self.operand(*value))
            }
            Instr::Barrier => "bar.sync 0;".into(),
            Instr::Vote { all, to, a } => {
                let mode = if *all { "all" } else { "any" };
                format!(
                    "vote.sync.{mode}.pred {}, {}, -1;",
                    self.reg(*to),
                    self.reg(*a)
                )
            }
        };
        self.line(&line);
    }

    fn load(&self, space: &str, to: &[Reg], address: Reg, offset: u32) -> String {
        let suffix = self.suffix(self.kernel.ty(to[0]));
        let names: Vec<String> = to.iter().map(|&r| self.reg(r)).collect();
        let (vector, names) = self.vector(&names);
        format!(
            "ld.{space}{vector}.{suffix} {names}, [{}+{offset}];",
            self.reg(address)
        )
    }

    fn store(&self, space: &str, address: Reg, offset: u32, values: &[Operand]) -> String {
        let suffix = self.suffix(self.kernel.operand_ty(values[0]));
        let names: Vec<String> = values.iter().map(|&a| self.operand(a)).collect();
        let (vector, names) = self.vector(&names);
        format!(
            "st.{space}{vector}.{suffix} [{}+{offset}], {names};",
            self.reg(address)
        )
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
