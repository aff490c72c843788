//! Instructions as Rust.

use super::life::Site;
use super::{Printer, names, rust_type};
use crate::kernel::{Binary, Comparison, Instr, Operand, Reg, Special, Type, Unary};

impl Printer<'_> {
    /// Prints an instruction.
    pub(super) fn instr(&mut self, instr: &Instr, site: Site) {
        let kernel = self.kernel;
        let operand = |a: &Operand| self.operand(*a);
        let value = match instr {
            Instr::Unary { op, to, a } => self.unary(*op, kernel.ty(*to), *a),
            Instr::Binary { op, to, a, b } => self.binary(*op, kernel.ty(*to), *a, *b),
            Instr::Fma { to, a, b, c } => {
                let (a, b, c) = (operand(a), operand(b), operand(c));
                match kernel.ty(*to) {
                    Type::Real => format!("fma({a}, {b}, {c})"),
                    _ => format!("{a} * {b} + {c}"),
                }
            }
            Instr::Compare { op, a, b, .. } => {
                let op = match op {
                    Comparison::Lt => "<",
                    Comparison::Le => "<=",
                    Comparison::Eq => "==",
                    Comparison::Ne => "!=",
                };
                format!("{} {op} {}", operand(a), operand(b))
            }
            Instr::Select { mask, a, b, .. } => {
                format!(
                    "if {} {{ {} }} else {{ {} }}",
                    self.names.reg(*mask),
                    operand(a),
                    operand(b)
                )
            }
            Instr::Special { what, .. } => match what {
                Special::Thread => "thread::thread_idx_x()".into(),
                Special::BlockX => "thread::block_idx_x()".into(),
                Special::BlockY => "thread::block_idx_y()".into(),
            },
            Instr::Param { to, param } => {
                let name = names::identifier(&kernel.params[*param as usize].name);
                if kernel.ty(*to) == Type::U64 {
                    format!("{name} as u64")
                } else {
                    name
                }
            }
            Instr::SharedBase { .. } => format!("{}()", self.names.shared()),
            Instr::LoadGlobal {
                to,
                pointer,
                offset,
                constant,
            } => {
                let name = if *constant { "ldg" } else { "ld" };
                self.load(name, to, *pointer, *offset)
            }
            Instr::LoadShared {
                to,
                address,
                offset,
            } => self.load("lds", to, *address, *offset),
            Instr::StoreGlobal {
                pointer,
                offset,
                values,
            } => {
                return self.store("st", values, *pointer, *offset);
            }
            Instr::StoreShared {
                address,
                offset,
                values,
            } => {
                return self.store("sts", values, *address, *offset);
            }
            Instr::LoadLocal {
                array,
                index,
                offset,
                ..
            } => {
                format!(
                    "{}.get({})",
                    self.names.local(*array as usize),
                    self.position(*index, *offset)
                )
            }
            Instr::StoreLocal {
                array,
                index,
                offset,
                value,
            } => {
                let (index, value) = (self.position(*index, *offset), operand(value));
                let line = format!(
                    "{}.set({index}, {value});",
                    self.names.local(*array as usize)
                );
                return self.line(&line);
            }
            Instr::Barrier => return self.line("thread::sync_threads();"),
            Instr::Vote { all, a, .. } => {
                format!(
                    "{}({})",
                    if *all { "vote_all" } else { "vote_any" },
                    self.names.reg(*a)
                )
            }
        };
        self.assign(instr.writes(), &value, site);
    }

    /// A position in a local array.
    fn position(&self, index: Operand, offset: u32) -> String {
        match index {
            Operand::U32(index) => format!("{}u32", index.wrapping_add(offset)),
            index if offset == 0 => self.operand(index),
            index => format!("{} + {offset}u32", self.operand(index)),
        }
    }

    /// An address with the bytes that are added to it.
    fn address(&self, address: Reg, offset: u32) -> String {
        let (name, ty) = (
            self.names.reg(address),
            rust_type(self.kernel, self.kernel.ty(address)),
        );
        if offset == 0 {
            name.to_owned()
        } else {
            format!("{name} + {offset}{ty}")
        }
    }

    fn load(&self, name: &str, to: &[Reg], address: Reg, offset: u32) -> String {
        let ty = rust_type(self.kernel, self.kernel.ty(to[0]));
        format!(
            "{name}{}::<{ty}>({})",
            count(to.len()),
            self.address(address, offset)
        )
    }

    fn store(&mut self, name: &str, values: &[Operand], address: Reg, offset: u32) {
        let mut arguments = vec![self.address(address, offset)];
        arguments.extend(values.iter().map(|value| self.operand(*value)));
        self.line(&format!(
            "{name}{}({});",
            count(values.len()),
            arguments.join(", ")
        ));
    }

    fn unary(&self, op: Unary, ty: Type, operand: Operand) -> String {
        let a = self.operand(operand);
        let call = |name: &str| format!("{name}({a})");
        match op {
            Unary::Move => a,
            Unary::Neg => call("neg"),
            Unary::Abs => call("abs"),
            Unary::RoundEven => call("round_even"),
            Unary::Floor => call("floor"),
            Unary::Sqrt => call("sqrt"),
            Unary::SqrtApprox => call("sqrt_approx"),
            Unary::RsqrtApprox => call("rsqrt_approx"),
            Unary::RcpApprox => call("rcp_approx"),
            Unary::Ex2Approx => call("ex2_approx"),
            Unary::Lg2Approx => call("lg2_approx"),
            Unary::SinApprox => call("sin_approx"),
            Unary::CosApprox => call("cos_approx"),
            Unary::Not => format!("!{a}"),
            Unary::ToInteger => call("to_integer"),
            Unary::Bits => call("bits"),
            Unary::FromBits => call("from_bits"),
            Unary::Low => call("low"),
            Unary::High => call("high"),
            Unary::Widen => self.widened(operand),
            Unary::ToReal | Unary::Cast => format!("{a} as {}", rust_type(self.kernel, ty)),
        }
    }

    /// A U32 as a u64.
    fn widened(&self, a: Operand) -> String {
        match a {
            Operand::U32(value) => format!("{value}u64"),
            a => format!("{} as u64", self.operand(a)),
        }
    }

    fn binary(&self, op: Binary, ty: Type, a: Operand, b: Operand) -> String {
        if op == Binary::MulWide {
            return format!("{} * {}", self.widened(a), self.widened(b));
        }
        let real = ty == Type::Real;
        let (a, b) = (self.operand(a), self.operand(b));
        let infix = |op: &str| format!("{a} {op} {b}");
        match op {
            Binary::Add => infix("+"),
            Binary::Sub => infix("-"),
            Binary::Mul | Binary::MulWide => infix("*"),
            Binary::Div => infix("/"),
            Binary::DivApprox => format!("div_approx({a}, {b})"),
            Binary::Min if real => format!("min({a}, {b})"),
            Binary::Max if real => format!("max({a}, {b})"),
            Binary::Min => format!("if {a} < {b} {{ {a} }} else {{ {b} }}"),
            Binary::Max => format!("if {a} > {b} {{ {a} }} else {{ {b} }}"),
            Binary::And => infix("&"),
            Binary::Or => infix("|"),
            Binary::Xor => infix("^"),
            Binary::Shl => infix("<<"),
            Binary::Shr => infix(">>"),
            Binary::Pack => format!("pack({a}, {b})"),
        }
    }
}

/// What the name of a load or a store of so many elements ends in.
fn count(count: usize) -> String {
    if count == 1 {
        String::new()
    } else {
        count.to_string()
    }
}
