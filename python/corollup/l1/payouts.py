"""Payouts of turns, of which the State Contract keeps one hash a ring slot."""

from dataclasses import dataclass
from typing import Any, Final

from corollup.l1.abi import compute_ids_hash, encode_arguments, hash_words, pack_ids
from corollup.spec.encoding import encode_uint, keccak256

_RECORD: Final = "(address,uint96,bytes32[])"
_PART: Final = "(bytes32,bytes32,uint256[][],uint256[],uint256[],uint96,uint32)"
_PROOF: Final = f"(uint256,{_RECORD},uint256,{_PART})"

NO_SEAT: Final = 2**32 - 1
"""In a part: no seat earns the submitter's share."""


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """Fees of one packet of a turn."""

    digest: bytes = bytes(32)
    """Digest of the packet."""
    withdrawals_root: bytes = bytes(32)
    """Root of its messages from L2 to L1; zero in the part of a charge."""
    members: tuple[tuple[int, ...], ...] = ()
    """Ids of the group's members, a committee an element."""
    signers: tuple[int, ...] = ()
    """Bitmap of the signers, 256 a word."""
    claimed: tuple[int, ...] = ()
    """Bitmap of those that claimed, 256 a word; empty if nobody did."""
    share: int = 0
    """Part of each signer, wei."""
    submitter: int = NO_SEAT
    """Position that earns the submitter's share."""

    def compute_hash(self) -> bytes:
        """Compute the hash by which a record has the part."""
        return keccak256(self.digest + self.withdrawals_root + self.compute_fees_hash())

    def compute_fees_hash(self) -> bytes:
        """Compute the hash of the fees, the last word of a proof of messages."""
        group = keccak256(b"".join(compute_ids_hash(members) for members in self.members))
        claimed = hash_words(self.claimed) if self.claimed else bytes(32)
        terms = encode_uint(self.share, 32) + encode_uint(self.submitter, 32)
        return keccak256(group + hash_words(self.signers) + claimed + terms)

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        members = [pack_ids(committee) for committee in self.members]
        return (
            self.digest,
            self.withdrawals_root,
            members,
            list(self.signers),
            list(self.claimed),
            self.share,
            self.submitter,
        )


@dataclass(frozen=True, slots=True)
class PayoutRecord:
    """Fees of one turn: what a ring slot keeps the hash of."""

    submitter: bytes = bytes(20)
    """Who sent the transaction."""
    refund: int = 0
    """Refund of its gas that is not claimed, wei."""
    parts: tuple[bytes, ...] = ()
    """Hashes of the parts, one a packet."""

    def compute_hash(self) -> bytes:
        """Compute what the slot keeps, 22 bytes."""
        return keccak256(self.submitter + encode_uint(self.refund, 12) + b"".join(self.parts))[:22]

    def to_abi(self) -> tuple[Any, ...]:
        """Return the values of the ABI struct."""
        return self.submitter, self.refund, list(self.parts)


@dataclass(frozen=True, slots=True)
class CommittedProof:
    """What shows a committed packet to the State Contract."""

    slot: int
    """Ring slot of its turn."""
    record: PayoutRecord
    """What the slot keeps the hash of."""
    index: int
    """Place of the packet in the turn."""
    part: PayoutPart
    """The packet's part."""

    def encode(self) -> bytes:
        """Encode the ABI struct."""
        values = self.slot, self.record.to_abi(), self.index, self.part.to_abi()
        return encode_arguments([_PROOF], [values])
