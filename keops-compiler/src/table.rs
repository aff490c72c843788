//! The table: everything above the primitives of `keops_program::op`, in the project's own notation.
//!
//! * [`COMPOSITES`]: operations defined by a formula; the derivative follows unless it is overridden.
//! * [`SHAPED`]: the same for operands of certain shapes.
//! * [`COMPLEX`]: operations on complex numbers, as formulas of their parts.
//! * [`CONTRACTIONS`]: sums of products over components, in index notation.
//! * [`FOLDS`]: associative operations on the components of one value.
//! * [`ITERATIONS`], [`LATTICES`]: lines that are repeated.
//! * [`IDENTITIES`]: rewrites from left to right. Real arithmetic: they hold for finite values, and
//!   at every singular value that is documented.
//! * [`REDUCTIONS`]: init, update, merge, finish, derivative.
//! * [`DERIVED`]: reductions that are formulas of others; [`JOINT`]: two of the same operands.
//!
//! [`ALIASES`] are KeOps' names. One row, or one line, adds an operation. No pass names one.

mod aliases;
mod complex;
mod composites;
mod contractions;
mod derived;
mod folds;
mod identities;
mod recurrences;
mod reductions;
mod shaped;

pub use aliases::{ALIASES, alias};
pub use complex::{COMPLEX, COMPLEX_BILINEAR, COMPLEX_LINEAR, ComplexRow};
pub use composites::{COMPOSITES, Composite};
pub use contractions::{CONTRACTIONS, ContractionRow};
pub use derived::{DERIVED, Derived, JOINT};
pub use folds::{FOLDS, Fold, FoldState};
pub use identities::IDENTITIES;
pub use recurrences::{ITERATIONS, Iteration, LATTICES, Lattice};
pub use reductions::{REDUCTIONS, Reduction, Shift, State};
pub use shaped::{SHAPED, Shaped};
