//! What there is of the GPU in a build without the feature `cuda`: errors that say so.

use crate::argument::{Argument, OutputMut};
use crate::device::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{Array, Offsets, Sizes, Tiling};
use crate::plan::{Engine, Plan};
use crate::ranges::Ranges;
use keops_program::schedule::Schedule;
use std::borrow::Cow;
use std::convert::Infallible;

/// A call whose arguments were checked.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "what a build with the feature reads")]
pub(crate) struct Call<'c, 'a, T: 'static> {
    pub(crate) name: &'c str,
    pub(crate) ptx: Option<&'c Cow<'static, str>>,
    pub(crate) schedule: &'c Schedule,
    pub(crate) arguments: &'c [Argument<'a, T>],
    pub(crate) sizes: Sizes,
    pub(crate) ranges: Option<&'c Ranges>,
    pub(crate) tiled: &'c [Option<Tiling>],
    pub(crate) offsets: Offsets,
    pub(crate) accurate: bool,
    pub(crate) block: usize,
}

/// A device with the kernels of a call: there is none.
#[derive(Debug)]
pub(crate) struct Target(Infallible);

/// The CPU, or that a GPU cannot be had.
pub(crate) fn choose<T>(
    requested: Option<Device>,
    _call: &Call<'_, '_, T>,
) -> Result<Option<Target>> {
    match requested {
        None | Some(Device::Cpu) => Ok(None),
        Some(device @ Device::Cuda(_)) => {
            let message = format!(
                "`{device}`: keops was built without its feature `cuda`; turn it on, or run on \
                 `Device::Cpu`"
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

impl Target {
    pub(crate) fn plan(&self, _name: &str) -> Plan {
        match self.0 {}
    }

    pub(crate) fn engine<T>(&self, _call: &Call<'_, '_, T>, _pass: usize) -> (Engine, usize) {
        match self.0 {}
    }

    pub(crate) fn partial<T>(&self, _call: &Call<'_, '_, T>, _pass: usize) -> Result<Vec<Vec<T>>> {
        match self.0 {}
    }

    pub(crate) fn run<T>(
        &self,
        _call: &Call<'_, '_, T>,
        _done: Vec<Vec<Array<T>>>,
        _outputs: &mut [OutputMut<'_, T>],
        _keep: usize,
    ) -> Result<Vec<Vec<Array<T>>>> {
        match self.0 {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_is_refused_and_the_cpu_is_not() {
        let (schedule, sizes) = (
            Schedule::default(),
            Sizes {
                i: 0,
                j: 0,
                batches: 1,
            },
        );
        let call = Call::<f32> {
            name: "none",
            ptx: None,
            schedule: &schedule,
            arguments: &[],
            sizes,
            ranges: None,
            tiled: &[],
            offsets: Offsets::default(),
            accurate: false,
            block: 64,
        };
        assert!(choose(None, &call).is_ok_and(|target| target.is_none()));
        assert!(choose(Some(Device::Cpu), &call).is_ok_and(|target| target.is_none()));
        let error = choose(Some(Device::Cuda(1)), &call).expect_err("there is no GPU");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error
                .to_string()
                .starts_with("`cuda:1`: keops was built without"),
            "{error}"
        );
    }
}
