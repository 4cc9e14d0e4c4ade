"""
KZG commitments and proofs of blobs.

`ckzg` makes them from the points of Ethereum's ceremony; both load when they are first needed.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from corollup.spec.containers import BlobProof

PRECOMPUTED_BITS: Final = 0
"""Window of the tables with which cell proofs are sped up; none, as few are made."""


@cache
def _load_setup() -> Any:
    import ckzg

    folder = files("eth_account.typed_transactions.blob_transactions")
    return ckzg.load_trusted_setup(str(folder / "kzg_trusted_setup.txt"), PRECOMPUTED_BITS)


def prove_blobs(blobs: Sequence[bytes]) -> tuple[BlobProof, ...]:
    """Make commitment and proof of each blob (EIP-4844)."""
    import ckzg

    setup = _load_setup()
    proofs = []
    for blob in blobs:
        commitment = ckzg.blob_to_kzg_commitment(blob, setup)
        proofs.append(BlobProof(commitment, ckzg.compute_blob_kzg_proof(blob, commitment, setup)))
    return tuple(proofs)


def prove_cells(blob: bytes) -> tuple[bytes, ...]:
    """Make the proofs of a blob's 128 cells, which a transaction carries (EIP-7594)."""
    import ckzg

    _, proofs = ckzg.compute_cells_and_kzg_proofs(blob, _load_setup())
    return tuple(proofs)
