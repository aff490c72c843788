//! keops-runtime
