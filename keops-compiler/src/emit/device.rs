//! The kernels of a formula as Rust-CUDA source.

use super::descriptor::Context;
use crate::calls::Calls;

/// A `#[kernel]` function for each pass, in each precision.
pub(super) fn kernels(context: &Context<'_>, calls: &Calls) -> String {
    let mut text = String::new();
    for (number, call) in calls.list.iter().enumerate() {
        let what = calls.what(number);
        let after = call.after.as_ref().map(|schedule| (format!("{what}_after"), schedule));
        for (what, schedule) in [(what, &call.schedule)].into_iter().chain(after) {
            for &precision in context.precisions() {
                let name = context.kernel(&what, precision);
                text += &context.gpu.rust(schedule, &name, precision, context.text).unwrap_or_default();
            }
        }
    }
    text
}
