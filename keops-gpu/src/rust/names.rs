//! Names for what a kernel's Rust source declares.

use std::collections::HashSet;

use crate::kernel::{Kernel, Reg};

/// What may not name a variable: keywords, and what the source uses.
const TAKEN: &str = "abstract as async await become box break const continue crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self \
    static struct super trait true try type typeof unsafe unsized use virtual where while yield \
    bool f32 f64 i32 u32 u64 \
    ldg ldg2 ldg4 ld ld2 ld4 st st2 st4 lds lds2 lds4 sts sts2 sts4 vote_all vote_any \
    fma min max neg abs sqrt round_even floor to_integer div_approx sqrt_approx rsqrt_approx rcp_approx \
    ex2_approx lg2_approx sin_approx cos_approx bits from_bits low high pack";

/// A name that is no keyword.
pub(super) fn identifier(name: &str) -> String {
    if TAKEN.split_whitespace().any(|taken| taken == name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// The names of one kernel, each of them once.
pub(super) struct Names {
    registers: Vec<String>,
    locals: Vec<String>,
    shared: String,
}

impl Names {
    pub(super) fn new(kernel: &Kernel) -> Names {
        let mut used: HashSet<String> = TAKEN.split_whitespace().map(str::to_owned).collect();
        used.extend(kernel.params.iter().map(|param| identifier(&param.name)));
        used.insert(kernel.name.clone());
        let shared = unique(&mut used, &format!("{}_tile", kernel.name), 0);
        let locals = kernel.locals.iter().enumerate();
        let locals = locals
            .map(|(k, array)| unique(&mut used, &array.name, k))
            .collect();
        let registers =
            kernel
                .registers
                .iter()
                .enumerate()
                .map(|(k, register)| match &register.name {
                    Some(name) => unique(&mut used, name, k),
                    None => unique(&mut used, &format!("v{k}"), k),
                });
        Names {
            registers: registers.collect(),
            locals,
            shared,
        }
    }

    pub(super) fn reg(&self, reg: Reg) -> &str {
        &self.registers[reg.0 as usize]
    }

    pub(super) fn local(&self, number: usize) -> &str {
        &self.locals[number]
    }

    /// The function that gives the address of the shared memory.
    pub(super) fn shared(&self) -> &str {
        &self.shared
    }
}

/// The name, with the number behind it where it is taken.
fn unique(used: &mut HashSet<String>, name: &str, number: usize) -> String {
    let mut candidate = name.to_owned();
    while !used.insert(candidate.clone()) {
        candidate = if candidate == name {
            format!("{name}_{number}")
        } else {
            format!("{candidate}_")
        };
    }
    candidate
}
