//! What a call will do.

use std::fmt;

use crate::cpu::Level;
use crate::device::Device;
use crate::options::level_name;

/// What a call will do, and where; prints well.
///
/// ```text
/// gaussian on the CPU: avx512, 8 threads
///   pass 0: 10,000 rows × 20,000 columns (j) = 2.00e8 pairs, compiled kernel
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The name of the formula, with what is computed of it.
    pub name: String,
    /// Where it runs.
    pub device: Device,
    /// What the device is: the name of the GPU, or the level and the threads of the CPU.
    pub hardware: String,
    /// The passes, in order.
    pub passes: Vec<Step>,
    /// What would make it faster.
    pub advice: Option<String>,
}

/// A pass of a [`Plan`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// How the rows meet the columns.
    pub work: Work,
    /// How many rows it has.
    pub rows: usize,
    /// How many columns it has; 0 where it has none.
    pub columns: usize,
    /// The pairs that are visited: all of them, or those of ranges and batches.
    pub visited: u128,
    /// How many batches there are, of which the rows of each meet the columns of the same.
    pub batches: usize,
    /// In how many parts the columns are cut, whose states are merged.
    pub splits: usize,
    /// What runs.
    pub engine: Engine,
}

/// How the rows of a pass meet its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Work {
    /// Every row with every column; the axis of the columns.
    Pairs(&'static str),
    /// Every row alone.
    Rows,
    /// Every row with the one column that was selected for it; the axis of the columns.
    Selected(&'static str),
}

/// What runs a pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The kernel that was compiled with the calling crate.
    Compiled,
    /// The lane interpreter.
    Interpreted,
    /// A GPU kernel, by its entry, with what is known of its launch.
    Kernel(String),
}

impl Plan {
    /// A plan without passes yet.
    pub fn new(name: impl Into<String>, device: Device, hardware: impl Into<String>) -> Plan {
        Plan {
            name: name.into(),
            device,
            hardware: hardware.into(),
            passes: Vec::new(),
            advice: None,
        }
    }

    /// A plan on the CPU without passes yet. `dev`: the calling crate has debug assertions.
    pub fn on_cpu(name: impl Into<String>, level: Level, threads: usize, dev: bool) -> Plan {
        let threads_are = if threads == 1 { "thread" } else { "threads" };
        let hardware = format!("{}, {threads} {threads_are}", level_name(level));
        let mut plan = Plan::new(name, Device::Cpu, hardware);
        plan.advice = advice(dev, crate::OPTIMISED).map(str::to_owned);
        plan
    }

    /// Pairs of a row and a column in all passes.
    pub fn pairs(&self) -> u128 {
        self.passes.iter().map(Step::pairs).sum()
    }
}

/// What to do about a build that is slower than it need be.
fn advice(dev: bool, optimised: bool) -> Option<&'static str> {
    match (dev, optimised) {
        (false, _) => None,
        (true, true) => Some(
            "this is a dev build, so calls run in the lane interpreter; `cargo run --release` runs \
             the compiled kernels",
        ),
        (true, false) => Some(
            "this is a dev build and keops is not optimised; for speed add to Cargo.toml\n\
             \n    [profile.dev.package.keops-runtime]\n    opt-level = 3\n\n\
             or use `cargo run --release`",
        ),
    }
}

impl Step {
    /// A pass.
    pub fn new(work: Work, rows: usize, columns: usize, engine: Engine) -> Step {
        Step {
            work,
            rows,
            columns,
            visited: match work {
                Work::Pairs(_) => rows as u128 * columns as u128,
                Work::Rows => 0,
                Work::Selected(_) => rows as u128,
            },
            batches: 1,
            splits: 1,
            engine,
        }
    }

    /// The same pass with its columns cut in parts.
    #[must_use]
    pub fn split(mut self, splits: usize) -> Step {
        self.splits = splits;
        self
    }

    /// The same pass over some of the pairs.
    #[must_use]
    pub fn visiting(mut self, pairs: u128) -> Step {
        if let Work::Pairs(_) = self.work {
            self.visited = pairs;
        }
        self
    }

    /// The same pass in batches.
    #[must_use]
    pub fn in_batches(mut self, batches: usize) -> Step {
        if let Work::Pairs(_) = self.work {
            self.batches = batches;
        }
        self
    }

    /// Pairs of a row and a column that are visited.
    pub fn pairs(&self) -> u128 {
        self.visited
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.device {
            Device::Cpu => write!(f, "{} on the CPU: {}", self.name, self.hardware)?,
            Device::Cuda(_) => write!(f, "{} on {}: {}", self.name, self.device, self.hardware)?,
        }
        for (number, step) in self.passes.iter().enumerate() {
            write!(f, "\n  pass {number}: {step}")?;
        }
        if self.passes.len() > 1 {
            write!(f, "\n  {} pairs in all", scientific(self.pairs()))?;
        }
        match &self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = grouped(self.rows);
        match self.work {
            Work::Pairs(axis) => {
                let (columns, pairs) = (grouped(self.columns), scientific(self.pairs()));
                write!(f, "{rows} rows × {columns} columns ({axis})")?;
                let batches = self.batches.max(1) as u128;
                let all = self.rows as u128 * self.columns as u128 / batches;
                if batches > 1 {
                    write!(f, " in {} batches", grouped(self.batches))?;
                }
                if self.visited < all {
                    let share = 100.0 * self.visited as f64 / all as f64;
                    write!(f, ", {pairs} pairs in ranges ({share:.3} %)")?;
                } else {
                    write!(f, " = {pairs} pairs")?;
                }
            }
            Work::Rows => write!(f, "{rows} rows, each alone")?,
            Work::Selected(axis) => write!(f, "{rows} rows, each with its selected {axis}")?,
        }
        if self.splits > 1 {
            write!(f, " in {} parts", self.splits)?;
        }
        write!(f, ", {}", self.engine)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Engine::Compiled => f.write_str("compiled kernel"),
            Engine::Interpreted => f.write_str("lane interpreter"),
            Engine::Kernel(entry) => write!(f, "GPU kernel {entry}"),
        }
    }
}

/// `12,345,678`
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `640` or `2.00e8`
fn scientific(n: u128) -> String {
    if n < 1_000_000 {
        grouped(n as usize)
    } else {
        format!("{:.2e}", n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(dev: bool) -> Plan {
        let mut plan = Plan::on_cpu("gaussian", Level::Avx2, 2, dev);
        plan.passes.push(Step::new(
            Work::Pairs("j"),
            10_000,
            20_000,
            Engine::Compiled,
        ));
        plan
    }

    #[test]
    fn a_plan_is_readable() {
        assert_eq!(
            plan(false).to_string(),
            "gaussian on the CPU: avx2, 2 threads\n  \
             pass 0: 10,000 rows × 20,000 columns (j) = 2.00e8 pairs, compiled kernel"
        );
        let mut plan = Plan::new("gaussian.grad_y", Device::Cuda(1), "NVIDIA H100");
        let engine = Engine::Kernel("gaussian_0".into());
        plan.passes
            .push(Step::new(Work::Pairs("i"), 7, 2_000_000, engine).split(16));
        plan.passes
            .push(Step::new(Work::Rows, 7, 0, Engine::Interpreted));
        plan.passes
            .push(Step::new(Work::Selected("j"), 7, 9, Engine::Interpreted));
        assert_eq!(
            plan.to_string(),
            "gaussian.grad_y on cuda:1: NVIDIA H100\n  \
             pass 0: 7 rows × 2,000,000 columns (i) = 1.40e7 pairs in 16 parts, GPU kernel gaussian_0\n  \
             pass 1: 7 rows, each alone, lane interpreter\n  \
             pass 2: 7 rows, each with its selected j, lane interpreter\n  \
             1.40e7 pairs in all"
        );
        assert_eq!(plan.pairs(), 14_000_007);
    }

    #[test]
    fn pairs_do_not_overflow() {
        let step = Step::new(Work::Pairs("j"), usize::MAX, usize::MAX, Engine::Compiled);
        assert_eq!(step.pairs(), (usize::MAX as u128).pow(2));
    }

    #[test]
    fn a_dev_build_says_what_to_add() {
        let text = advice(true, false).unwrap();
        assert!(
            text.contains("[profile.dev.package.keops-runtime]\n    opt-level = 3"),
            "{text}"
        );
        assert!(advice(true, true).unwrap().contains("lane interpreter"));
        assert_eq!(advice(false, false), None);
        assert!(
            plan(true)
                .to_string()
                .ends_with(advice(true, crate::OPTIMISED).unwrap())
        );
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(grouped(n), text);
        }
        assert_eq!(scientific(999_999), "999,999");
        assert_eq!(scientific(1 << 40), "1.10e12");
    }
}
