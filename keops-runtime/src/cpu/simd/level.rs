//! The levels of instructions: which there are, which is taken, and the way into one.

use super::OnLevel;
#[cfg(target_arch = "x86_64")]
use super::{Detect, Lanes};
use crate::row::Real;
use std::fmt;
use std::str::FromStr;

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What every CPU of the architecture has: SSE2 on x86-64, NEON on aarch64, else no vectors.
    Baseline,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512F. Its other parts are not used: with `dq` and `vl` together rustc 1.95 miscompiles
    /// (rust#158622).
    Avx512,
}

impl Level {
    /// The environment variable that chooses a level.
    pub const VARIABLE: &'static str = "KEOPS_CPU_LEVEL";

    /// Every level, slowest first.
    pub const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

    /// The fastest level of this CPU.
    pub fn best() -> Level {
        let mut best = Level::Baseline;
        for level in Level::ALL {
            if level.is_available() {
                best = level;
            }
        }
        best
    }

    /// The levels of this CPU, slowest first.
    pub fn available() -> Vec<Level> {
        Level::ALL
            .into_iter()
            .filter(|level| level.is_available())
            .collect()
    }

    /// Whether this CPU has the level.
    pub fn is_available(self) -> bool {
        match self {
            Level::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => <f32 as Lanes>::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => <f32 as Lanes>::Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => false,
        }
    }

    /// The level named in the environment variable `KEOPS_CPU_LEVEL`; without it, the best.
    ///
    /// # Errors
    ///
    /// Where the variable names no level, or one that this CPU lacks.
    pub fn chosen() -> Result<Level, LevelError> {
        let Some(value) = std::env::var_os(Level::VARIABLE) else {
            return Ok(Level::best());
        };
        Level::forced(&value.to_string_lossy())
    }

    /// The level of that name, if this CPU has it.
    ///
    /// # Errors
    ///
    /// Where there is no such level, or this CPU lacks it.
    pub fn forced(name: &str) -> Result<Level, LevelError> {
        let level: Level = name.parse()?;
        if level.is_available() {
            Ok(level)
        } else {
            Err(LevelError::Missing(level))
        }
    }

    /// Its name: `baseline`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(name: &str) -> Result<Level, LevelError> {
        for level in Level::ALL {
            if level.name() == name {
                return Ok(level);
            }
        }
        Err(LevelError::Unknown(name.to_string()))
    }
}

/// Why a level was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LevelError {
    /// There is no level of that name.
    Unknown(String),
    /// This CPU lacks the level.
    Missing(Level),
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LevelError::Unknown(name) => write!(
                f,
                "`{name}` is no level of CPU instructions; {} may be `baseline`, `avx2` or `avx512`",
                Level::VARIABLE
            ),
            LevelError::Missing(level) => write!(
                f,
                "this CPU does not have the level `{level}`; the best that it has is `{}`",
                Level::best()
            ),
        }
    }
}

impl std::error::Error for LevelError {}

/// Runs work at a level. A level that the CPU lacks is replaced by the next lower one that it has.
pub fn dispatch<T: Real, V: OnLevel<T>>(level: Level, visitor: V) -> V::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if level >= Level::Avx512
            && let Some(token) = T::Avx512::detect()
        {
            // SAFETY: the token proves that the CPU has AVX-512F (`Real` is sealed: it is ours).
            return unsafe { on_avx512(token, visitor) };
        }
        if level >= Level::Avx2
            && let Some(token) = T::Avx2::detect()
        {
            // SAFETY: the token proves that the CPU has AVX2 and FMA (`Real` is sealed: it is ours).
            return unsafe { on_avx2(token, visitor) };
        }
    }
    let _ = level;
    visitor.run(T::BASELINE)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn on_avx512<T: Real, V: OnLevel<T>>(token: T::Avx512, visitor: V) -> V::Output {
    visitor.run(token)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn on_avx2<T: Real, V: OnLevel<T>>(token: T::Avx2, visitor: V) -> V::Output {
    visitor.run(token)
}
