//! PTX that rustc makes of the kernels' Rust source.

use std::cell::RefCell;
use std::collections::HashMap;

use keops_compiler::compile::{Gpu, Kernels};
use keops_gpu::kernel::Kernel;
use keops_gpu::rustc;

use super::{Printers, module};

/// Notes which modules a macro call asks for.
#[derive(Default)]
pub(super) struct Collector(RefCell<Vec<(String, Vec<Kernel>)>>);

impl Gpu for Collector {
    fn ptx(&self, kernels: Kernels<'_>) -> Option<String> {
        let modules = &mut self.0.borrow_mut();
        modules.push((kernels.name.to_string(), module(kernels)?));
        None
    }

    fn rust(&self, _: &[Kernels<'_>]) -> String {
        String::new()
    }
}

impl Collector {
    /// All of them, built at once. An empty reason: there are none.
    pub(super) fn build(self) -> Result<Built, String> {
        let (names, groups): (Vec<String>, Vec<Vec<Kernel>>) =
            self.0.into_inner().into_iter().unzip();
        if groups.is_empty() {
            return Err(String::new());
        }
        Ok(Built(
            names.into_iter().zip(rustc::modules(&groups)?).collect(),
        ))
    }
}

/// The modules that rustc has made, by name.
pub(super) struct Built(HashMap<String, String>);

impl Gpu for Built {
    fn ptx(&self, kernels: Kernels<'_>) -> Option<String> {
        self.0.get(kernels.name).cloned()
    }

    fn rust(&self, all: &[Kernels<'_>]) -> String {
        Printers.rust(all)
    }
}
