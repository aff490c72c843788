//! The elementary functions, each written once in [`Arith`].
