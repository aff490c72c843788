//! The table: everything above the primitives of `keops_program::op`, in the project's own notation.
//!
//! * [`COMPOSITES`]: operations defined by a formula; the derivative follows unless it is overridden.
//! * [`CONTRACTIONS`]: sums of products over components, in index notation.
//! * [`IDENTITIES`]: rewrites from left to right. Real arithmetic: they hold for finite values, and
//!   at every singular value that is documented.
//! * [`REDUCTIONS`]: init, update, merge, finish, derivative.
//!
//! One row, or one line, adds an operation. No pass names one.

mod composites;
mod contractions;
mod identities;
mod reductions;

pub use composites::{COMPOSITES, Composite};
pub use contractions::{CONTRACTIONS, ContractionRow};
pub use identities::IDENTITIES;
pub use reductions::{REDUCTIONS, Reduction, State};
