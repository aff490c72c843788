//! keops-compiler
