//! Where a call runs.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// Where a call runs.
///
/// Without one, a call runs on a GPU if there is one and the work is worth it, else on the CPU; the
/// environment variable `KEOPS_DEVICE` (`cpu`, `cuda`, `cuda:1`) decides for all calls that name
/// none.
///
/// ```
/// use keops_runtime::Device;
///
/// assert_eq!("cuda:1".parse::<Device>().unwrap(), Device::Cuda(1));
/// assert_eq!(Device::Cuda(1).to_string(), "cuda:1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// The CPU, on all threads of rayon's current pool.
    Cpu,
    /// The CUDA device of this number, from 0.
    Cuda(usize),
}

/// The environment variable that decides for calls that name no device.
const VARIABLE: &str = "KEOPS_DEVICE";

impl Device {
    /// What the environment variable `KEOPS_DEVICE` says; none where it is unset or empty.
    ///
    /// # Errors
    ///
    /// Its value is no device.
    pub fn from_env() -> Result<Option<Device>> {
        match variable(VARIABLE)? {
            None => Ok(None),
            Some(value) => match value.parse() {
                Ok(device) => Ok(Some(device)),
                Err(error) => Err(named(VARIABLE, &error)),
            },
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Device> {
        let text = text.trim();
        let number = match text.to_ascii_lowercase().as_str() {
            "cpu" => return Ok(Device::Cpu),
            "cuda" => Some(0),
            lower => lower
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok()),
        };
        number.map(Device::Cuda).ok_or_else(|| {
            let message = format!(
                "`{text}` is no device: write `cpu`, `cuda` (the first GPU), or `cuda:1` (the one \
                 of that number, from 0)"
            );
            Error::new(ErrorKind::Device, message)
        })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

/// The value of an environment variable; none where it is unset or blank.
pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(value)) => {
            let message = format!("the environment variable {name} is no text: {value:?}");
            Err(Error::new(ErrorKind::Option, message))
        }
    }
}

/// The error of a value, with the environment variable that it came from.
pub(crate) fn named(variable: &str, error: &Error) -> Error {
    Error::new(
        error.kind(),
        format!("the environment variable {variable}: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_printed() {
        for (text, device) in [
            ("cpu", Device::Cpu),
            (" CPU ", Device::Cpu),
            ("cuda", Device::Cuda(0)),
            ("cuda:0", Device::Cuda(0)),
            ("CUDA:12", Device::Cuda(12)),
        ] {
            assert_eq!(text.parse::<Device>().unwrap(), device, "{text}");
        }
        for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3)] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
    }

    #[test]
    fn a_wrong_device_is_an_error_that_says_what_to_write() {
        for text in [
            "gpu",
            "cuda:",
            "cuda:x",
            "cuda:-1",
            "cuda 1",
            "cpu:0",
            "cuda:99999999999999999999",
        ] {
            let error = text.parse::<Device>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Device, "{text}");
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("`{text}` is no device: write `cpu`")),
                "{message}"
            );
        }
        let error = named(VARIABLE, &"gpu".parse::<Device>().unwrap_err());
        assert!(
            error
                .to_string()
                .starts_with("the environment variable KEOPS_DEVICE: `gpu` is no device")
        );
    }
}
