//! What is said of a call to the runtime: its schedule and its kernels.

use keops_program::arith::Precision;
use keops_program::schedule::Schedule;

use super::host::Kernels;
use super::types::Real;
use crate::compile::{self, Gpu};

/// What is the same for all descriptors of a formula.
pub(super) struct Context<'c> {
    /// The name of the formula.
    pub(super) name: &'c str,
    /// The formula as text.
    pub(super) text: &'c str,
    /// Its floating type.
    pub(super) real: Real,
    /// Prints GPU kernels.
    pub(super) gpu: &'c dyn Gpu,
}

impl Context<'_> {
    /// The name of the kernels of what is computed of the formula.
    pub(super) fn kernel(&self, what: &str, precision: Precision) -> String {
        let name = if what.is_empty() {
            String::new()
        } else {
            format!("_{what}")
        };
        let suffix = match precision {
            Precision::Single => "f32",
            Precision::Double => "f64",
        };
        format!("keops_{}{name}_{suffix}", self.name)
    }

    /// The precisions in which it can be computed.
    pub(super) fn precisions(&self) -> &'static [Precision] {
        match self.real {
            Real::Generic => &[Precision::Single, Precision::Double],
            Real::Single => &[Precision::Single],
            Real::Double => &[Precision::Double],
        }
    }

    /// A constant with the descriptor of a schedule.
    pub(super) fn constant<'p>(
        &self,
        constant: &str,
        what: &str,
        schedule: &'p Schedule,
        kernels: &mut Kernels<'p>,
    ) -> String {
        let real = self.real.name();
        let compiled = kernels.of(schedule, real);
        let names: Vec<String> = self
            .precisions()
            .iter()
            .map(|&p| format!("{:?}", self.kernel(what, p)))
            .collect();
        let texts: Vec<String> = self
            .precisions()
            .iter()
            .map(|&precision| {
                let name = &self.kernel(what, precision);
                let comment = self.text;
                let ptx = self.gpu.ptx(compile::Kernels {
                    schedule,
                    name,
                    precision,
                    comment,
                });
                ptx.map_or("None".into(), |text| format!("Some({text:?})"))
            })
            .collect();
        format!(
            "const {constant}: &'static __keops::Descriptor<{real}> = \
             &__keops::descriptor::<{real}>({}, {:?}, &{compiled}, {}); ",
            self.choice(&names),
            schedule.to_string(),
            self.choice(&texts),
        )
    }

    /// One text, or the one of two that belongs to `T`.
    fn choice(&self, texts: &[String]) -> String {
        match texts {
            [one] => one.clone(),
            texts => format!("__keops::choose::<T, _>({})", texts.join(", ")),
        }
    }
}
