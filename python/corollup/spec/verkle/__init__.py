"""
The state tree "CV-1": a Verkle tree of width 256 with KZG commitments over BLS12-381.

    keys         where accounts, slots and code live
    commitments  what a parent sees of its child     nodes     the tree as a function of its values
    updates      the changed slots                   tree      the whole tree, and its proofs
    wire         the bytes of a proof                partial   proof → part of the tree
    multiproof   many openings by two points         polynomials, curve   what that stands on

Importing the package is cheap, so that `keys` can be had without the curve.
"""
