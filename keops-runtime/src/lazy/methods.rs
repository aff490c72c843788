//! The methods that generated types share with what they hold.

/// Makes a generated type as good as the [`Lazy`](crate::lazy::Lazy) (or the
/// [`Keeping`](crate::lazy::Keeping)) that it holds; see [the module](crate::lazy).
#[doc(hidden)]
#[macro_export]
macro_rules! __lazy {
    (impl($lifetime:lifetime $($generics:tt)*) $call:ty = $of:ty) => {
        impl<$lifetime $($generics)*> ::core::ops::Deref for $call {
            type Target = $of;
            #[inline]
            fn deref(&self) -> &$of {
                &self.0
            }
        }
        impl<$lifetime $($generics)*> $call {
            /// Runs on this device.
            #[inline]
            pub fn on(mut self, device: $crate::Device) -> Self {
                self.0 = self.0.on(device);
                self
            }
            /// Accumulates sums in this way.
            #[inline]
            pub fn accumulate(mut self, accumulate: $crate::Accumulate) -> Self {
                self.0 = self.0.accumulate(accumulate);
                self
            }
            /// On a GPU in `f32`: functions within 4 ulp instead of the fast instructions.
            #[inline]
            pub fn accurate(mut self) -> Self {
                self.0 = self.0.accurate();
                self
            }
            /// Visits the pairs in these blocks alone, and so do its gradients.
            #[inline]
            pub fn ranges(mut self, ranges: &$lifetime $crate::Ranges) -> Self {
                self.0 = self.0.ranges(ranges);
                self
            }
            /// Cuts the rows of both clouds into as many equal, consecutive batches as the axes have
            /// places, and a row meets those of its own batch alone.
            #[inline]
            pub fn batch(mut self, axes: &[usize]) -> Self {
                self.0 = self.0.batch(axes);
                self
            }
            #[doc(hidden)]
            #[inline]
            pub fn with_options(mut self, change: impl FnOnce(&mut $crate::lazy::Options)) -> Self {
                self.0 = self.0.with_options(change);
                self
            }
            /// On the CPU: runs at this level, not at the best one.
            #[inline]
            pub fn level(mut self, level: $crate::cpu::Level) -> Self {
                self.0 = self.0.level(level);
                self
            }
        }
    };
}
