"""
A Verkle proof for the keys of one stem, as the L1 takes it.

It holds what the proof on the wire holds, with affine points, and beside that the inverses that
the L1 would pay for: it checks each by a multiplication.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from corollup.errors import Reason, Rejected
from corollup.spec.encoding import Bytes32
from corollup.spec.verkle.commitments import Pairs, hash_inner
from corollup.spec.verkle.curve import (
    AFFINE_SIZE,
    decode_affine,
    decode_compressed,
    encode_affine,
    encode_compressed,
)
from corollup.spec.verkle.multiproof import (
    Proof,
    compute_first_challenge,
    compute_second_challenge,
)
from corollup.spec.verkle.partial import PartialTree, Values, decode_statement, verify_multiproof
from corollup.spec.verkle.polynomials import ROOTS, R
from corollup.spec.verkle.wire import (
    STATUS_SHIFT,
    Finding,
    Stem,
    Witness,
    decode_finding,
    encode_witness,
)

PAIR_SIZE = 33
"""Size of a suffix and its value, bytes."""

NO_STEM = bytes(31)
"""What stands for the other stem where there is none."""


@dataclass(frozen=True, slots=True)
class StemProof:
    """The proof of some values of one stem; the fields of the contracts' `StemProof`."""

    finding: int
    """Depth of the slot that the stem leads to, and its status from bit 5 on."""

    presence: int
    """Bit i: key i of a stem that is present has a value."""

    travelling: bytes
    """The pairs of a small stem that are not claimed: (suffix ‖ value)*, ascending."""

    other_stem: Stem
    """The stem in the slot if it is another one; else zero."""

    other_body: Bytes32
    """The hash of what is under that other stem; else zero."""

    points: bytes
    """The commitments from the root down, then −D: affine points."""

    opening: bytes
    """The proof of the final opening, compressed."""

    inverses: tuple[int, ...]
    """1 / (t − ω^k) for each opening in order."""

    @property
    def depth(self) -> int:
        """Bytes of the path to the slot."""
        return decode_finding(self.finding).depth

    @classmethod
    def from_wire(cls, chain_id: int, root: Bytes32, values: Values, data: bytes) -> Self:
        """
        Convert the proof of the values of one stem.

        Raises:
            Rejected: If the proof is not canonical for these values, or they are of several stems.
        """
        statement, witness, _ = decode_statement(chain_id, root, values, data)
        if len(witness.findings) != 1:
            raise Rejected(Reason.MALFORMED_PROOF, "keys of several stems")
        [(stem, finding)] = witness.findings.items()
        [(other_stem, other_body)] = witness.hidden.values() or [(NO_STEM, bytes(32))]
        r = compute_first_challenge(statement)
        t = compute_second_challenge(r, witness.proof.minus_d)
        pairs = sorted(witness.travelling.get(stem, {}).items())
        return cls(
            finding=finding.depth | finding.status << STATUS_SHIFT,
            presence=sum(bit << i for i, bit in enumerate(witness.presence.values())),
            travelling=b"".join(bytes([suffix]) + value for suffix, value in pairs),
            other_stem=other_stem,
            other_body=other_body,
            points=b"".join(
                encode_affine(point) for point in (*witness.nodes.values(), witness.proof.minus_d)
            ),
            opening=encode_compressed(witness.proof.pi),
            inverses=tuple(pow(t - ROOTS[index], -1, R) for _, index in sorted(statement.openings)),
        )

    def to_wire(self, values: Values) -> bytes:
        """
        Convert back to the proof on the wire.

        Raises:
            Rejected: If these are no canonical fields of a proof of these values.
        """
        stem = values[0][0][:31]
        finding = decode_finding(self.finding)
        try:
            *nodes, minus_d = [decode_affine(point) for point in split(self.points, AFFINE_SIZE)]
            proof = Proof(minus_d, decode_compressed(self.opening))
        except ValueError as error:
            raise Rejected(Reason.MALFORMED_PROOF, str(error)) from None
        witness = Witness(
            findings={stem: finding},
            presence=self._list_presence(values, finding),
            travelling={stem: self._list_travelling()} if finding.status == 0 else {},
            hidden=self._list_hidden(stem, finding),
            nodes={stem[:depth]: point for depth, point in enumerate(nodes)},
            proof=proof,
        )
        return encode_witness(witness)

    def _list_presence(self, values: Values, finding: Finding) -> Mapping[tuple[Stem, int], bool]:
        if not finding.is_present:
            return {}
        return {
            (key[:31], key[31]): bool(self.presence >> i & 1) for i, (key, _) in enumerate(values)
        }

    def _list_travelling(self) -> Pairs:
        return {pair[0]: pair[1:] for pair in split(self.travelling, PAIR_SIZE)}

    def _list_hidden(self, stem: Stem, finding: Finding) -> Mapping[bytes, tuple[Stem, Bytes32]]:
        if self.other_stem == NO_STEM and self.other_body == bytes(32):
            return {}
        return {stem[: finding.depth]: (self.other_stem, self.other_body)}


def verify_stem_proof(
    chain_id: int, root: Bytes32, values: Values, proof: StemProof
) -> PartialTree:
    """
    Verify what the L1 verifies, by way of the proof on the wire.

    Raises:
        Rejected: If the L1 would refuse it.
    """
    data = proof.to_wire(values)
    if StemProof.from_wire(chain_id, root, values, data) != proof:
        raise Rejected(Reason.MALFORMED_PROOF, "a field is not what follows from the others")
    return verify_multiproof(chain_id, root, values, data)


def get_scalar_at(tree: PartialTree, path: bytes) -> int:
    """Return the scalar in the slot at a path that the proof of one stem shows."""
    if path in tree.inner_nodes:
        return hash_inner(tree.inner_nodes[path])
    resident = tree.slots[path]
    return resident[1] if resident else 0


def split(data: bytes, size: int) -> list[bytes]:
    """
    Split bytes into parts of one size.

    Raises:
        Rejected: If a part is left over.
    """
    if len(data) % size:
        raise Rejected(Reason.MALFORMED_PROOF, f"{len(data)} bytes are no parts of {size}")
    return [data[i : i + size] for i in range(0, len(data), size)]
