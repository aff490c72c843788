//! Prints kernels as Rust, in the names of Rust-CUDA's `cuda_std`.
//!
//! ```text
//! /// sum_j exp(-|x_i - y_j|^2) * b_j
//! #[kernel]
//! pub unsafe fn gaussian_0(in0_x: *const f32, …, rows: u32, columns: u32, first_row: u32, first_column: u32) {
//!     use dev::f32_flush::*;
//!     let thread = thread::thread_idx_x();
//!     …
//! }
//! ```
//!
//! It only prints: operators where Rust has them, else a function of the module `dev`, which the
//! [`prelude`] of each compiler provides. Operators on f32 do not flush subnormal
//! numbers by themselves: that a kernel does is an option of its compiler, as it is in Rust-CUDA.

mod host;
mod instr;
mod life;
mod names;

pub use host::host_program;

use std::fmt::Write;

use crate::kernel::{Kernel, Operand, Param, ParamKind, Precision, Reg, Stmt, Type};
use crate::prelude;
use life::{Life, Site};
use names::Names;

/// The source of kernels, without a prelude.
pub fn source(kernels: &[Kernel]) -> String {
    let mut text = String::from("use cuda_std::prelude::*;\nuse dev::*;\n");
    for kernel in kernels {
        Printer::new(kernel, &mut text).kernel();
    }
    text
}

/// The contents of a module for Rust-CUDA: the prelude for `cuda_std` and the kernels.
pub fn cuda_std_module(kernels: &[Kernel]) -> String {
    [prelude::CUDA_STD, prelude::DEVICE, "\n", &source(kernels)].concat()
}

/// A whole crate for rustc's nvptx64 back end. `#[kernel]` is written out, because no attribute can
/// be declared in a crate that stands alone.
pub fn nvptx_crate(kernels: &[Kernel]) -> String {
    let source = source(kernels).replace(
        "#[kernel]\npub unsafe fn",
        "#[unsafe(no_mangle)]\npub unsafe extern \"ptx-kernel\" fn",
    );
    [prelude::NO_CORE, prelude::DEVICE, "\n", &source].concat()
}

/// The Rust type of a register.
fn rust_type(kernel: &Kernel, ty: Type) -> &'static str {
    match ty {
        Type::Real if kernel.precision == Precision::Single => "f32",
        Type::Real => "f64",
        Type::U32 => "u32",
        Type::I32 => "i32",
        Type::U64 => "u64",
        Type::Pred => "bool",
    }
}

/// The Rust type of an element in memory.
fn memory_type(kernel: &Kernel, ty: Type) -> &'static str {
    rust_type(kernel, ty)
}

struct Printer<'a> {
    kernel: &'a Kernel,
    text: &'a mut String,
    names: Names,
    life: Life,
    depth: usize,
}

impl<'a> Printer<'a> {
    fn new(kernel: &'a Kernel, text: &'a mut String) -> Printer<'a> {
        Printer {
            kernel,
            text,
            names: Names::new(kernel),
            life: Life::new(kernel),
            depth: 0,
        }
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", 4 * self.depth);
    }

    fn kernel(&mut self) {
        let kernel = self.kernel;
        self.line("");
        if kernel.shared > 0 {
            self.line(&format!(
                "shared!({}, {});",
                self.names.shared(),
                kernel.shared
            ));
            self.line("");
        }
        for line in kernel.comment.iter().flat_map(|comment| comment.lines()) {
            self.line(&format!("/// {line}"));
        }
        self.line("#[kernel]");
        let params: Vec<String> = kernel
            .params
            .iter()
            .map(|param| self.param(param))
            .collect();
        self.line(&format!(
            "pub unsafe fn {}({}) {{",
            kernel.name,
            params.join(", ")
        ));
        self.depth += 1;
        let flavour = match (kernel.precision, kernel.flush) {
            (Precision::Single, true) => "f32_flush",
            (Precision::Single, false) => "f32_ieee",
            (Precision::Double, _) => "f64_ieee",
        };
        self.line(&format!("use dev::{flavour}::*;"));
        self.line("unsafe {");
        self.depth += 1;
        for (k, array) in kernel.locals.iter().enumerate() {
            let ty = rust_type(kernel, array.ty);
            self.line(&format!(
                "let mut {} = Local::<{ty}, {}>::new();",
                self.names.local(k),
                array.len
            ));
        }
        let mut block = 0;
        self.block(&kernel.body, &mut block);
        self.depth -= 1;
        self.line("}");
        self.depth -= 1;
        self.line("}");
    }

    fn param(&self, param: &Param) -> String {
        let name = names::identifier(&param.name);
        match param.kind {
            ParamKind::Input(ty) => format!("{name}: *const {}", memory_type(self.kernel, ty)),
            ParamKind::Output(ty) => format!("{name}: *mut {}", memory_type(self.kernel, ty)),
            ParamKind::Number => format!("{name}: u32"),
        }
    }

    /// Prints a body; `next` numbers the bodies in the order of the text, as [`Life`] does.
    fn block(&mut self, body: &[Stmt], next: &mut usize) {
        let block = *next;
        *next += 1;
        for (index, stmt) in body.iter().enumerate() {
            let site = Site { block, index };
            for reg in self.life.declared_at(site) {
                let ty = rust_type(self.kernel, self.kernel.ty(reg));
                let zero = match ty {
                    "bool" => "false".to_owned(),
                    "f32" | "f64" => format!("0.0{ty}"),
                    _ => format!("0{ty}"),
                };
                self.line(&format!("let mut {}: {ty} = {zero};", self.names.reg(reg)));
            }
            self.stmt(stmt, site, next);
        }
    }

    fn nested(&mut self, body: &[Stmt], next: &mut usize) {
        self.depth += 1;
        self.block(body, next);
        self.depth -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt, site: Site, next: &mut usize) {
        match stmt {
            Stmt::Comment(comment) => comment
                .lines()
                .for_each(|line| self.line(&format!("// {line}"))),
            Stmt::Instr(instr) => self.instr(instr, site),
            Stmt::Loop {
                counter,
                from,
                to,
                step,
                at_least_once,
                body,
            } => {
                let (name, to) = (self.names.reg(*counter).to_owned(), self.operand(*to));
                let from = self.operand(*from);
                self.assign(&[*counter], &from, site);
                let head = if *at_least_once {
                    "loop {".to_owned()
                } else {
                    format!("while {name} < {to} {{")
                };
                self.line(&head);
                self.nested(body, next);
                self.depth += 1;
                self.line(&format!("{name} = {name} + {step}u32;"));
                if *at_least_once {
                    self.line(&format!("if {name} >= {to} {{"));
                    self.line("    break;");
                    self.line("}");
                }
                self.depth -= 1;
                self.line("}");
            }
            Stmt::If {
                mask,
                then,
                otherwise,
            } => {
                self.line(&format!("if {} {{", self.names.reg(*mask)));
                self.nested(then, next);
                if otherwise.is_empty() {
                    *next += 1;
                } else {
                    self.line("} else {");
                    self.nested(otherwise, next);
                }
                self.line("}");
            }
        }
    }

    /// `let to = value;`, or without `let` where the registers have been declared before.
    fn assign(&mut self, to: &[Reg], value: &str, site: Site) {
        let fresh = |reg: &Reg| self.life.begins_at(*reg, site);
        let all_fresh = to.iter().all(fresh);
        let declared: Vec<String> = to
            .iter()
            .filter(|reg| !all_fresh && fresh(reg))
            .map(|reg| format!("let {};", self.binding(*reg)))
            .collect();
        let names: Vec<String> = to
            .iter()
            .map(|reg| {
                if all_fresh {
                    self.binding(*reg)
                } else {
                    self.names.reg(*reg).to_owned()
                }
            })
            .collect();
        for line in declared {
            self.line(&line);
        }
        let names = match names.as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        self.line(&format!(
            "{}{names} = {value};",
            if all_fresh { "let " } else { "" }
        ));
    }

    fn binding(&self, reg: Reg) -> String {
        format!(
            "{}{}",
            if self.life.changes(reg) { "mut " } else { "" },
            self.names.reg(reg)
        )
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Reg(reg) => self.names.reg(reg).to_owned(),
            Operand::Real(value) => real(value, self.kernel.precision),
            Operand::U32(value) => format!("{value}u32"),
            Operand::I32(value) => format!("{value}i32"),
            Operand::U64(value) => format!("{value}u64"),
        }
    }
}

/// A floating constant that Rust reads back exactly.
fn real(value: f64, precision: Precision) -> String {
    match precision {
        Precision::Single if value.is_finite() => format!("{:?}f32", value as f32),
        Precision::Single => format!("from_bits({:#x}u32)", (value as f32).to_bits()),
        Precision::Double if value.is_finite() => format!("{value:?}f64"),
        Precision::Double => {
            let bits = value.to_bits();
            format!("pack({:#x}u32, {:#x}u32)", bits as u32, bits >> 32)
        }
    }
}
