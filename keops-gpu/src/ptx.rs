//! Prints kernels as PTX.
//!
//! It only prints: one instruction of the kernel is one of PTX, or a fixed handful. What ptxas would
//! do on its own is spelled so that it does not: every sum and product is `.rn`, so that none is
//! contracted, and loops carry `.pragma "nounroll"`. `neg` and `abs` are never `.ftz`, so that ptxas
//! folds them into the instruction that uses them.

mod instruction;

use crate::kernel::{Array, Kernel, Operand, ParamKind, Precision, Reg, Stmt, Type};
use std::fmt::Write;

/// One module with these kernels as entries, for every GPU from sm_70 on.
pub fn module(kernels: &[Kernel]) -> String {
    let mut text = String::from(".version 7.0\n.target sm_70\n.address_size 64\n");
    for kernel in kernels {
        text.push('\n');
        Printer {
            kernel,
            text: &mut text,
            depth: 1,
            labels: 0,
        }
        .entry();
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
            let ty = if param.kind == ParamKind::Number {
                "u32"
            } else {
                "u64"
            };
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
            let all = (0..kernel.registers.len() as u32)
                .map(Reg)
                .filter(|&r| kernel.ty(r) == ty);
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
            self.line(&format!(
                ".local .align {size} .b8 {}[{}];",
                local(k as u32, array),
                array.len * size
            ));
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
            Stmt::Loop {
                counter,
                from,
                to,
                step,
                at_least_once,
                body,
            } => {
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
            Stmt::If {
                mask,
                then,
                otherwise,
            } => {
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
        format!(
            "{}_{}",
            self.kernel.name, self.kernel.params[k as usize].name
        )
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
        if self.kernel.flush && ty == Type::Real {
            ".ftz"
        } else {
            ""
        }
    }

    fn vector(&self, names: &[String]) -> (String, String) {
        match names {
            [one] => (String::new(), one.clone()),
            many => (
                format!(".v{}", many.len()),
                format!("{{{}}}", many.join(", ")),
            ),
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
            Stmt::If {
                then, otherwise, ..
            } => 1 + labels(then) + labels(otherwise),
            _ => 0,
        })
        .sum()
}
