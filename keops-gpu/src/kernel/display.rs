//! A kernel as text, for readers and for comparing.

use super::{Instr, Kernel, Operand, ParamKind, Precision, Reg, Special, Stmt, Type};
use std::fmt::{self, Display, Formatter};

impl Kernel {
    /// A register as printed: `%x3` where it has the name `x`.
    pub fn register_name(&self, reg: Reg) -> String {
        let register = self.registers.get(reg.0 as usize);
        let name = register.and_then(|r| r.name.as_deref()).unwrap_or("");
        format!(
            "%{name}{}{}",
            if name.ends_with(|c: char| c.is_ascii_digit()) {
                "_"
            } else {
                ""
            },
            reg.0
        )
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Real => "real",
            Type::U32 => "u32",
            Type::I32 => "i32",
            Type::U64 => "u64",
            Type::Pred => "pred",
        })
    }
}

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for line in &self.comment {
            writeln!(f, "# {line}")?;
        }
        let precision = match self.precision {
            Precision::Single => "f32",
            Precision::Double => "f64",
        };
        write!(f, "kernel {} {precision}", self.name)?;
        if self.flush {
            f.write_str(" flush")?;
        }
        writeln!(
            f,
            " threads {} blocks {} rows {} shared {}",
            self.threads, self.blocks, self.rows_per_thread, self.shared
        )?;
        for param in &self.params {
            match param.kind {
                ParamKind::Input(ty) => writeln!(f, "param {}: const *{ty}", param.name)?,
                ParamKind::Output(ty) => writeln!(f, "param {}: *{ty}", param.name)?,
                ParamKind::Number => writeln!(f, "param {}: u32", param.name)?,
            }
        }
        for (k, array) in self.locals.iter().enumerate() {
            writeln!(f, "local {}.{k}: [{}; {}]", array.name, array.ty, array.len)?;
        }
        let mut printer = Printer {
            kernel: self,
            f,
            depth: 0,
        };
        printer.block(&self.body)
    }
}

struct Printer<'a, 'b> {
    kernel: &'a Kernel,
    f: &'a mut Formatter<'b>,
    depth: usize,
}

impl Printer<'_, '_> {
    fn block(&mut self, body: &[Stmt]) -> fmt::Result {
        for stmt in body {
            self.stmt(stmt)?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> fmt::Result {
        writeln!(self.f, "{:1$}{text}", "", 4 * self.depth)
    }

    fn nested(&mut self, body: &[Stmt]) -> fmt::Result {
        self.depth += 1;
        self.block(body)?;
        self.depth -= 1;
        Ok(())
    }

    fn stmt(&mut self, stmt: &Stmt) -> fmt::Result {
        match stmt {
            Stmt::Comment(text) => self.line(&format!("# {text}")),
            Stmt::Instr(instr) => {
                let text = self.instr(instr);
                self.line(&text)
            }
            Stmt::Loop {
                counter,
                from,
                to,
                step,
                at_least_once,
                body,
            } => {
                let once = if *at_least_once { " at_least_once" } else { "" };
                let (counter, from, to) =
                    (self.reg(*counter), self.operand(*from), self.operand(*to));
                self.line(&format!(
                    "for {counter} in {from} .. {to} step {step}{once} {{"
                ))?;
                self.nested(body)?;
                self.line("}")
            }
            Stmt::If {
                mask,
                then,
                otherwise,
            } => {
                let mask = self.reg(*mask);
                self.line(&format!("if {mask} {{"))?;
                self.nested(then)?;
                if !otherwise.is_empty() {
                    self.line("} else {")?;
                    self.nested(otherwise)?;
                }
                self.line("}")
            }
        }
    }

    fn reg(&self, reg: Reg) -> String {
        self.kernel.register_name(reg)
    }

    fn regs(&self, regs: &[Reg]) -> String {
        regs.iter()
            .map(|&r| self.reg(r))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Reg(reg) => self.reg(reg),
            Operand::Real(a) => format!("{a:?}"),
            Operand::U32(a) => format!("{a}u32"),
            Operand::I32(a) => format!("{a}i32"),
            Operand::U64(a) => format!("{a}u64"),
        }
    }

    fn operands(&self, operands: &[Operand]) -> String {
        operands
            .iter()
            .map(|&a| self.operand(a))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn instr(&self, instr: &Instr) -> String {
        let array = |k: u32| match self.kernel.locals.get(k as usize) {
            Some(array) => format!("{}.{k}", array.name),
            None => format!("?.{k}"),
        };
        match instr {
            Instr::Unary { op, to, a } => {
                format!("{} = {} {}", self.reg(*to), word(op), self.operand(*a))
            }
            Instr::Binary { op, to, a, b } => {
                format!(
                    "{} = {} {}",
                    self.reg(*to),
                    word(op),
                    self.operands(&[*a, *b])
                )
            }
            Instr::Fma { to, a, b, c } => {
                format!("{} = fma {}", self.reg(*to), self.operands(&[*a, *b, *c]))
            }
            Instr::Compare { op, to, a, b } => {
                format!(
                    "{} = {} {}",
                    self.reg(*to),
                    word(op),
                    self.operands(&[*a, *b])
                )
            }
            Instr::Select { to, mask, a, b } => {
                format!(
                    "{} = select {}, {}",
                    self.reg(*to),
                    self.reg(*mask),
                    self.operands(&[*a, *b])
                )
            }
            Instr::Special { to, what } => {
                let what = match what {
                    Special::Thread => "thread",
                    Special::BlockX => "block.x",
                    Special::BlockY => "block.y",
                };
                format!("{} = {what}", self.reg(*to))
            }
            Instr::Param { to, param } => {
                let name = self
                    .kernel
                    .params
                    .get(*param as usize)
                    .map_or("?", |p| p.name.as_str());
                format!("{} = param {name}", self.reg(*to))
            }
            Instr::SharedBase { to } => format!("{} = shared", self.reg(*to)),
            Instr::LoadGlobal {
                to,
                pointer,
                offset,
                constant,
            } => format!(
                "{} = load.{} [{} + {offset}]",
                self.regs(to),
                if *constant { "constant" } else { "global" },
                self.reg(*pointer)
            ),
            Instr::StoreGlobal {
                pointer,
                offset,
                values,
            } => {
                format!(
                    "store.global [{} + {offset}], {}",
                    self.reg(*pointer),
                    self.operands(values)
                )
            }
            Instr::LoadShared {
                to,
                address,
                offset,
            } => {
                format!(
                    "{} = load.shared [{} + {offset}]",
                    self.regs(to),
                    self.reg(*address)
                )
            }
            Instr::StoreShared {
                address,
                offset,
                values,
            } => {
                format!(
                    "store.shared [{} + {offset}], {}",
                    self.reg(*address),
                    self.operands(values)
                )
            }
            Instr::LoadLocal {
                to,
                array: k,
                index,
                offset,
            } => {
                format!(
                    "{} = {}[{} + {offset}]",
                    self.reg(*to),
                    array(*k),
                    self.operand(*index)
                )
            }
            Instr::StoreLocal {
                array: k,
                index,
                offset,
                value,
            } => {
                format!(
                    "{}[{} + {offset}] = {}",
                    array(*k),
                    self.operand(*index),
                    self.operand(*value)
                )
            }
            Instr::Barrier => "barrier".into(),
            Instr::Vote { all, to, a } => {
                format!(
                    "{} = vote.{} {}",
                    self.reg(*to),
                    if *all { "all" } else { "any" },
                    self.reg(*a)
                )
            }
        }
    }
}

/// The name of an instruction: that of its variant, in small letters.
fn word(op: &impl fmt::Debug) -> String {
    format!("{op:?}").to_ascii_lowercase()
}
