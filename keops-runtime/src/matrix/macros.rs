//! What generated types of a kernel matrix share with what they hold.

/// Makes a generated type as good as the [`KernelMatrix`](crate::matrix::KernelMatrix) that it holds.
#[doc(hidden)]
#[macro_export]
macro_rules! __matrix {
    (impl($($generics:tt)*) $own:ty = $of:ty, $real:ty) => {
        $crate::__matrix! { deref($($generics)*) $own = $of }
        impl<$($generics)*> $own {
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
            /// On the CPU: runs at this level, not at the best one.
            #[inline]
            pub fn level(mut self, level: $crate::cpu::Level) -> Self {
                self.0 = self.0.level(level);
                self
            }
            /// The entries of other pairs are 0, and are not computed: the matrix is block-sparse. Ranges
            /// name pairs of rows i and j of the formula, also of the transposed matrix.
            #[inline]
            pub fn ranges(mut self, ranges: &'a $crate::Ranges) -> Self {
                self.0 = self.0.ranges(ranges);
                self
            }
            /// Cuts the rows of both clouds into as many equal, consecutive batches as the axes have
            /// places: the matrix is block diagonal, with the matrix of each batch in turn.
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
        }
        impl<$($generics)*> $crate::LinearOperator<$real> for $own {
            #[inline]
            fn shape(&self) -> $crate::Result<(usize, usize)> {
                $crate::LinearOperator::shape(&self.0)
            }
            #[inline]
            fn apply(&self, v: &[$real], out: &mut [$real]) -> $crate::Result<()> {
                $crate::LinearOperator::apply(&self.0, v, out)
            }
            #[inline]
            fn apply_transpose(&self, v: &[$real], out: &mut [$real]) -> $crate::Result<()> {
                $crate::LinearOperator::apply_transpose(&self.0, v, out)
            }
            #[inline]
            fn apply_block(
                &self,
                v: &[$real],
                width: usize,
                out: &mut [$real],
            ) -> $crate::Result<()> {
                $crate::LinearOperator::apply_block(&self.0, v, width, out)
            }
            #[inline]
            fn diagonal_into(&self, out: &mut [$real]) -> $crate::Result<()> {
                $crate::LinearOperator::diagonal_into(&self.0, out)
            }
            #[inline]
            fn blocks(&self) -> $crate::Result<usize> {
                $crate::LinearOperator::blocks(&self.0)
            }
        }
    };
    (deref($($generics:tt)*) $own:ty = $of:ty) => {
        impl<$($generics)*> ::core::ops::Deref for $own {
            type Target = $of;
            #[inline]
            fn deref(&self) -> &$of {
                &self.0
            }
        }
    };
}

/// The same for a [`Matmul`](crate::matrix::Matmul).
#[doc(hidden)]
#[macro_export]
macro_rules! __matmul {
    (impl($($generics:tt)*) $own:ty = $of:ty, $real:ty) => {
        $crate::__matrix! { deref($($generics)*) $own = $of }
    };
}

/// The same for a [`Solve`](crate::solve::Solve).
#[doc(hidden)]
#[macro_export]
macro_rules! __solve {
    (impl($($generics:tt)*) $own:ty = $of:ty, $real:ty) => {
        $crate::__matrix! { deref($($generics)*) $own = $of }
        impl<$($generics)*> $own {
            /// Adds this to the diagonal of the matrix: 0 by default.
            #[inline]
            pub fn ridge(mut self, ridge: impl ::core::convert::Into<f64>) -> Self {
                self.0 = self.0.ridge(ridge);
                self
            }
            /// Stops when ‖b − Aa‖ ≤ tolerance · ‖b‖ for each right-hand side: by default, the square root
            /// of the type's machine epsilon.
            #[inline]
            pub fn tolerance(mut self, tolerance: impl ::core::convert::Into<f64>) -> Self {
                self.0 = self.0.tolerance(tolerance);
                self
            }
            /// Gives up after so many iterations: 1000 by default.
            #[inline]
            pub fn max_iterations(mut self, count: usize) -> Self {
                self.0 = self.0.max_iterations(count);
                self
            }
            /// Uses this preconditioner: none by default.
            #[inline]
            pub fn preconditioner(mut self, preconditioner: $crate::Preconditioner) -> Self {
                self.0 = self.0.preconditioner(preconditioner);
                self
            }
            /// Starts at this, not at 0: rows like the right-hand side's.
            #[inline]
            pub fn initial(mut self, a: impl $crate::lazy::Columns<'a, $real>) -> Self {
                self.0 = self.0.initial(a);
                self
            }
            /// Calls this after each iteration.
            #[inline]
            pub fn progress(
                mut self,
                report: impl Fn(&$crate::Progress) + Send + Sync + 'a,
            ) -> Self {
                self.0 = self.0.progress(report);
                self
            }
        }
    };
}
