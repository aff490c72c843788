//! keops
