//! Where a call runs.

use super::call::Call;
use super::driver::{Driver, driver};
use super::target::Target;
use crate::device::Device;
use crate::error::Result;
use crate::row::Real;

/// Pairs below which a call that names no device stays on the CPU: there they take some ten
/// milliseconds of one core, and a few of all cores; on a GPU, memory and copies take about one.
const PAIRS: u128 = 1 << 26;
/// Pairs per byte that is copied to the device or from it, below which a call that names no device
/// stays on the CPU: the bus moves about 10 bytes in a nanosecond, in which a CPU of 16 cores does
/// some 50 pairs.
const PAIRS_PER_BYTE: u128 = 16;

/// The device on which a call runs, with its kernels; none: the CPU.
///
/// A call that names no device runs on the first GPU if there is one, the call has kernels for it
/// and room on it, and the work is worth it. That depends on sizes, not on the CPU, so that
/// results do not depend on the number of threads.
///
/// # Errors
///
/// The device that is named cannot be had.
pub(crate) fn choose<T: Real>(
    requested: Option<Device>,
    call: &Call<'_, '_, T>,
) -> Result<Option<Target>> {
    choose_with(driver, requested, call)
}

/// As [`choose`], with the driver that `driver` finds.
pub(super) fn choose_with<T: Real>(
    driver: impl FnOnce() -> Result<&'static Driver>,
    requested: Option<Device>,
    call: &Call<'_, '_, T>,
) -> Result<Option<Target>> {
    match requested {
        Some(Device::Cpu) => Ok(None),
        Some(Device::Cuda(number)) => Target::new(call, driver()?.gpu(number)?).map(Some),
        None if call.ptx.is_none() || !is_worth(call.pairs(), call.bytes()) => Ok(None),
        None => {
            // Whatever fails, there is the CPU.
            let target = driver().and_then(|driver| Target::new(call, driver.gpu(0)?));
            let suits = |target: &Target| {
                let fits = |free| call.bytes() <= free as u128 / 10 * 9;
                target.is_faster(call) && target.free_memory().is_ok_and(fits)
            };
            Ok(target.ok().filter(suits))
        }
    }
}

/// Whether so many pairs with so many bytes of arguments and results are faster on a GPU.
pub(super) fn is_worth(pairs: u128, bytes: u128) -> bool {
    pairs >= PAIRS && pairs / PAIRS_PER_BYTE >= bytes
}

#[cfg(test)]
mod tests {
    use super::is_worth;

    #[test]
    fn many_pairs_on_few_bytes_are_worth_a_gpu() {
        let square = |rows: u128| is_worth(rows * rows, rows * 2 * 16);
        assert!(!square(0));
        assert!(!square(1000));
        assert!(square(10_000));
        assert!(square(1_000_000));
        // A matrix with a vector: each number is used once.
        assert!(!is_worth(1 << 30, 1 << 32));
        // One row with many columns.
        assert!(!is_worth(100_000_000, 1_600_000_000));
    }
}
