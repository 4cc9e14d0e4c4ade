"""The state tree: a Verkle tree with KZG commitments over BLS12-381."""
