//! The methods that all lazy calls have.

/// The methods that all lazy calls have; see [the module](crate::lazy).
#[doc(hidden)]
#[macro_export]
macro_rules! __lazy {
    (
        impl($($generics:tt)*) $call:ty {
            real: $real:ty;
            options: $($options:ident).+;
            results: $results:ty;
            run: $run:ty;
            run_into: $into:ty;
        }
    ) => {
        impl<$($generics)*> $call {
            /// Computes it.
            ///
            /// # Errors
            ///
            /// The arguments do not fit each other, or the device cannot run it.
            #[inline]
            pub fn run(&self) -> $crate::Result<$run> {
                $crate::lazy::run::<$real, $results>(&self.ready()?)
                    .map(<$run as ::core::convert::From<_>>::from)
            }

            /// Computes it into memory that has as many rows as the result.
            ///
            /// # Errors
            ///
            /// As of `run`, and that the memory has another number of rows.
            #[inline]
            pub fn run_into(&self, out: $into) -> $crate::Result<()> {
                $crate::lazy::run_into::<$real, $results>(&self.ready()?, out)
            }

            /// What `run` would do: the device, the kernels, the passes. Prints well.
            ///
            /// # Errors
            ///
            /// As of `run`.
            #[inline]
            pub fn plan(&self) -> $crate::Result<$crate::Plan> {
                $crate::lazy::plan::<$real>(&self.ready()?)
            }

            /// Runs on this device.
            #[inline]
            pub fn on(mut self, device: $crate::Device) -> Self {
                self.$($options).+.device = ::core::option::Option::Some(device);
                self
            }

            /// Accumulates sums in this way.
            #[inline]
            pub fn accumulate(mut self, accumulate: $crate::Accumulate) -> Self {
                self.$($options).+.accumulate = accumulate;
                self
            }

            /// On a GPU in `f32`: functions within 4 ulp instead of the fast instructions.
            #[inline]
            pub fn accurate(mut self) -> Self {
                self.$($options).+.accurate = true;
                self
            }

            /// On the CPU: runs at this level, not at the best one.
            #[inline]
            pub fn level(mut self, level: $crate::cpu::Level) -> Self {
                self.$($options).+.level = ::core::option::Option::Some(level);
                self
            }
        }
    };
}
