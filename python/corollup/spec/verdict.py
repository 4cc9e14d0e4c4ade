"""What an endorser knows of a packet, and what it thinks of it."""

from dataclasses import dataclass

from corollup.errors import Reason, ReasonClass
from corollup.spec.containers import Config, Header
from corollup.spec.encoding import U64, U128, Address, Bytes32


@dataclass(frozen=True, slots=True)
class Network:
    """What identifies a network."""

    domain: Bytes32
    """Domain of its digests."""

    config: Config
    """Its parameters."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The L1 block at the header's L1 number, on the endorser's own L1 chain."""

    hash: Bytes32
    """Its hash; zero if there is no such block."""

    timestamp: U64
    """Unix seconds."""

    prev_randao: Bytes32
    """Its PREVRANDAO."""

    depth: U64
    """L1 blocks after it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The registered producer whose turn the header's view is."""

    producer: Address
    """Its operator address."""

    key: bytes
    """Its registered key, 48 bytes."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox on the endorser's own L1 chain, for a packet on its parent and anchor."""

    due: U64
    """The least count that the packet may have: what is due must be consumed."""

    sent: U64
    """Messages that were sent in L1 blocks up to the anchor."""

    hash: Bytes32
    """The hash chain at the header's count; zero if there are not so many."""


@dataclass(frozen=True, slots=True)
class Context:
    """The endorser's own knowledge. What is absent is not checked, and the verdict says so."""

    network: Network | None = None
    """The network."""

    parent_hash: Bytes32 | None = None
    """Hash of the parent that the endorser accepts."""

    anchor: Anchor | None = None
    """The L1 block that the header names as its anchor."""

    schedule: Schedule | None = None
    """The producer of the header's view."""

    inbox: Inbox | None = None
    """The messages from L1 that the packet may consume."""

    payload_hashes: tuple[Bytes32, ...] | None = None
    """
    Hashes of the payloads of the packets since the last data anchor, in their order, without the
    own one; of a data anchor only.
    """

    fee_cover: U128 | None = None
    """
    What the producer's fee account holds beyond the greatest fees of the uncommitted ancestors and
    the refund of this packet's commit, wei.
    """

    hints: bytes | None = None
    """What makes the recovery of the senders cheap (`corollup.spec.hints`): the sender's word."""

    strict: bool = False
    """
    Whether the proof's commitments must be in the group of prime order, too. What this alone
    refuses is nobody's fault: an abstention, a `StateError`.
    """


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an endorser thinks of an execution result."""

    reason: Reason | None
    """The first check that failed, or None for a valid packet."""

    message: str
    """The two values that differ; empty for a valid packet."""

    header: Header | None
    """The header, if the bytes decode."""

    digest: Bytes32 | None
    """Its digest."""

    checks_not_done: tuple[str, ...]
    """The checks for which the context has no knowledge."""

    @property
    def status(self) -> int | None:
        """
        The status to sign.

        1 for a valid packet, 0 for a header that contradicts its own body, and None for what
        proves nothing about the header.
        """
        if self.reason is None:
            return 1
        return 0 if self.reason.reason_class is ReasonClass.REJECT else None
