//! How much memory a call may take beyond what is linear in its rows.

use crate::device::{self, named};
use crate::error::{Error, ErrorKind, Result};

/// The environment variable with the most bytes that a dense matrix, or ranges, may take.
const VARIABLE: &str = "KEOPS_MEMORY";

/// That so many entries of a dense matrix are no more than the [limit].
pub(crate) fn check<T>(rows: usize, columns: usize) -> Result<()> {
    let wanted = rows as u128 * columns as u128 * size_of::<T>() as u128;
    match limit()? {
        Some(limit) if wanted > u128::from(limit) => {
            let message = format!(
                "`dense`: {rows} × {columns} entries are {}; {}: work with products, `row` or \
                 `solve`, or set KEOPS_MEMORY (`16G`) if there is room",
                bytes(wanted),
                says(),
            );
            Err(Error::new(ErrorKind::Memory, message))
        }
        _ => Ok(()),
    }
}

/// The most bytes: what `KEOPS_MEMORY` says, or half of the free memory. Where the free memory is not
/// known (anywhere but on Linux), the variable alone limits them.
///
/// # Errors
///
/// The variable says no amount of memory.
pub(crate) fn limit() -> Result<Option<u64>> {
    match device::variable(VARIABLE)? {
        Some(text) => match parse(&text) {
            Ok(limit) => Ok(Some(limit)),
            Err(error) => Err(named(VARIABLE, &error)),
        },
        None => Ok(free().map(|free| free / 2)),
    }
}

/// The limit and what says it, for messages.
pub(crate) fn says() -> String {
    let by = match device::variable(VARIABLE) {
        Ok(Some(_)) => "the environment variable KEOPS_MEMORY says",
        _ => "half of the free memory is",
    };
    let limit = limit().ok().flatten().unwrap_or(u64::MAX);
    format!("{by} {}", bytes(u128::from(limit)))
}

/// The bytes of memory that can be had without swapping, where the system tells.
fn free() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    available(&text)
}

fn available(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// `500M`, `2G`, `1.5 GB`, or bytes.
fn parse(text: &str) -> Result<u64> {
    let upper = text.trim().to_ascii_uppercase();
    let number = upper.trim_end_matches('B').trim_end_matches('I');
    let (number, unit) = match number.strip_suffix(['K', 'M', 'G', 'T']) {
        Some(rest) => {
            let power = "KMGT".find(&number[rest.len()..]).unwrap_or(0) as i32 + 1;
            (rest, 1024f64.powi(power))
        }
        None => (number, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok((value * unit) as u64),
        _ => {
            let message = format!("`{text}` is no amount of memory: write `500M`, `2G`, or bytes");
            Err(Error::new(ErrorKind::Option, message))
        }
    }
}

/// An amount of memory, readable.
pub(crate) fn bytes(count: u128) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut value, mut unit) = (count as f64, 0);
    while value >= 1024.0 && unit + 1 < units.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    let digits = usize::from(unit > 0);
    format!("{value:.digits$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read() {
        assert_eq!(parse("123").unwrap(), 123);
        assert_eq!(parse(" 2G ").unwrap(), 2 << 30);
        assert_eq!(parse("1.5 KiB").unwrap(), 1536);
        assert_eq!(parse("3mb").unwrap(), 3 << 20);
        for text in ["", "much", "-1", "G", "1X", "inf"] {
            assert_eq!(parse(text).unwrap_err().kind(), ErrorKind::Option, "{text}");
        }
    }

    #[test]
    fn what_the_system_tells_is_read() {
        let text = "MemTotal:       100 kB\nMemAvailable:   24 kB\n";
        assert_eq!(available(text), Some(24 << 10));
        assert_eq!(available("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn too_many_entries_are_an_error_before_they_are_allocated() {
        let error = check::<f64>(1 << 31, 1 << 31).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
        assert!(
            error
                .to_string()
                .contains("2147483648 × 2147483648 entries are 32768.0 PiB")
        );
    }

    #[test]
    fn amounts_are_printed() {
        assert_eq!(bytes(12), "12 bytes");
        assert_eq!(bytes(3 << 29), "1.5 GiB");
    }
}
