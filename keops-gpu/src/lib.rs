//! keops-gpu
