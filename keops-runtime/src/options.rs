//! How a call runs.

use crate::batch::Batch;
use crate::cpu::Level;
use crate::device::{self, Device};
use crate::error::{Error, ErrorKind, Result};
use keops_program::program::BLOCK;

/// How sums are accumulated; the masses of `logsumexp` and `softmax` are sums, too. Where a formula
/// selects or counts, there is nothing to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Accumulate {
    /// Blocks of 64 terms, whose sums are added with compensation: the error of a sum of 10⁶ `f32`
    /// terms of one sign is below 10⁻⁶ of it.
    #[default]
    Blocked,
    /// Every term is added with compensation: the error is at most 4u · Σ|t|, where u is the unit
    /// roundoff of the type.
    Kahan,
    /// Terms are formed in the formula's type and added with at least twice the digits of `f32`; the sum
    /// is rounded once. The error is at most u · |s| + 4 N u² · Σ|t| for N terms with the sum s: in `f32`,
    /// 6·10⁻⁸ of the sum and 10⁻¹⁴ N of what cancelled. It costs what `Kahan` does.
    F64,
}

/// The environment variable that decides the CPU level of calls that force none.
const LEVEL: &str = "KEOPS_CPU_LEVEL";

/// How a call runs: what `.on(…)`, `.accumulate(…)`, `.accurate()` and `.level(…)` set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// Where; none: see [`Device`].
    pub device: Option<Device>,
    /// The CPU level that is forced; none: the best one.
    pub level: Option<Level>,
    /// How sums are accumulated.
    pub accumulate: Accumulate,
    /// On a GPU in `f32`: functions within 4 ulp instead of the fast instructions.
    pub accurate: bool,
    /// How rows are cut into batches: what `.batch(…)` sets.
    pub batch: Batch,
    /// The calling crate is compiled with debug assertions: the lane interpreter is faster than its
    /// compiled kernels where this crate is [optimised](crate::OPTIMISED).
    pub dev: bool,
}

impl Options {
    /// The defaults; `dev` is `cfg!(debug_assertions)` of the calling crate.
    pub const fn new(dev: bool) -> Options {
        Options {
            device: None,
            level: None,
            accumulate: Accumulate::Blocked,
            accurate: false,
            batch: Batch::NONE,
            dev,
        }
    }

    /// The device that the call, or else the environment variable `KEOPS_DEVICE`, names.
    ///
    /// # Errors
    ///
    /// The variable names no device.
    pub fn device(&self) -> Result<Option<Device>> {
        match self.device {
            None => Device::from_env(),
            device => Ok(device),
        }
    }

    /// The CPU level: the one that the call, or else the environment variable `KEOPS_CPU_LEVEL`, forces;
    /// else the best one.
    ///
    /// # Errors
    ///
    /// The variable names no level, or this CPU lacks the level.
    pub fn cpu_level(&self) -> Result<Level> {
        let (level, forced_by) = match (self.level, device::variable(LEVEL)?) {
            (Some(level), _) => (level, None),
            (None, Some(text)) => match parse_level(&text) {
                Ok(level) => (level, Some(LEVEL)),
                Err(error) => return Err(device::named(LEVEL, &error)),
            },
            (None, None) => return Ok(Level::best()),
        };
        match (supported(level), forced_by) {
            (Err(error), Some(variable)) => Err(device::named(variable, &error)),
            (supported, _) => supported.map(|()| level),
        }
    }

    /// Columns in a block, between which states are merged: each merge of two sums has twice the digits
    /// of the type.
    pub(crate) fn block(&self) -> usize {
        match self.accumulate {
            Accumulate::Blocked => BLOCK,
            Accumulate::Kahan | Accumulate::F64 => 1,
        }
    }

    /// Whether the lane interpreter runs instead of compiled kernels.
    pub fn interpreted(&self) -> bool {
        self.dev && crate::OPTIMISED
    }
}

/// The name of a level, as in `KEOPS_CPU_LEVEL` and in plans.
pub(crate) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Baseline => "baseline",
        Level::Avx2 => "avx2",
        Level::Avx512 => "avx512",
    }
}

fn parse_level(text: &str) -> Result<Level> {
    let text = text.trim();
    [Level::Baseline, Level::Avx2, Level::Avx512]
        .into_iter()
        .find(|&level| text.eq_ignore_ascii_case(level_name(level)))
        .ok_or_else(|| {
            let message = format!("`{text}` is no CPU level: write `baseline`, `avx2` or `avx512`");
            Error::new(ErrorKind::Option, message)
        })
}

/// That this CPU has the level.
fn supported(level: Level) -> Result<()> {
    let available = Level::available();
    if available.contains(&level) {
        return Ok(());
    }
    let names: Vec<String> = available
        .iter()
        .map(|&level| format!("`{}`", level_name(level)))
        .collect();
    let message = format!(
        "this CPU cannot run the level `{}`; it has {}",
        level_name(level),
        names.join(", ")
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_or_refused() {
        for level in [Level::Baseline, Level::Avx2, Level::Avx512] {
            assert_eq!(parse_level(level_name(level)).unwrap(), level);
        }
        assert_eq!(parse_level(" AVX2 ").unwrap(), Level::Avx2);
        let error = parse_level("sse9").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Option);
        assert_eq!(
            error.to_string(),
            "`sse9` is no CPU level: write `baseline`, `avx2` or `avx512`"
        );
    }

    #[test]
    fn a_level_that_the_cpu_lacks_is_an_error_that_says_so() {
        for level in [Level::Baseline, Level::Avx2, Level::Avx512] {
            let options = Options {
                level: Some(level),
                ..Options::default()
            };
            match options.cpu_level() {
                Ok(got) => assert_eq!(got, level),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    let lacks = format!("this CPU cannot run the level `{}`", level_name(level));
                    assert!(error.to_string().starts_with(&lacks), "{error}");
                    assert!(!Level::available().contains(&level));
                }
            }
        }
    }

    #[test]
    fn what_the_call_says_goes_before_the_environment() {
        let options = Options {
            device: Some(Device::Cuda(3)),
            ..Options::new(false)
        };
        assert_eq!(options.device().unwrap(), Some(Device::Cuda(3)));
        assert!(!Options::new(false).interpreted());
        assert_eq!(Options::new(true).interpreted(), crate::OPTIMISED);
    }
    /// Runs this test again in a process of its own, with the variable set.
    fn with_variable(name: &str, value: &str) -> String {
        let test = "options::tests::the_environment_decides_for_calls_that_name_nothing";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env_remove("KEOPS_DEVICE")
            .env_remove(LEVEL)
            .env("KEOPS_TEST_CHILD", "1")
            .env(name, value)
            .output()
            .unwrap();
        String::from_utf8(child.stdout).unwrap()
    }

    #[test]
    fn the_environment_decides_for_calls_that_name_nothing() {
        if std::env::var_os("KEOPS_TEST_CHILD").is_some() {
            let options = Options::default();
            println!("device {:?}", options.device());
            println!("level {:?}", options.cpu_level());
            return;
        }
        for (name, value, expected) in [
            ("KEOPS_DEVICE", "cuda:1", "device Ok(Some(Cuda(1)))"),
            ("KEOPS_DEVICE", "", "device Ok(None)"),
            (
                "KEOPS_DEVICE",
                "gpu",
                "device Err(Device: the environment variable KEOPS_DEVICE: `gpu` is no device: \
                 write `cpu`",
            ),
            (LEVEL, "baseline", "level Ok(Baseline)"),
            (
                LEVEL,
                "fast",
                "level Err(Option: the environment variable KEOPS_CPU_LEVEL: `fast` is no CPU level",
            ),
        ] {
            let output = with_variable(name, value);
            assert!(output.contains(expected), "{name}={value}: {output}");
        }
    }
}
