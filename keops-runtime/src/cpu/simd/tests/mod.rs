//! Tests of the vectors.
