//! The state tree "CV-1": a Verkle tree of width 256 with KZG commitments over BLS12-381.

pub mod keys;
