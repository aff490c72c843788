//! keops-macros
