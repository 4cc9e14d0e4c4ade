"""
The bytes of a proof, and what they must hold for a request.

    u8 version ‖ u8 flags ‖ u32 stems ‖ (depth | status << 5)*      by ascending stem
    presence bits         one a key of each present stem, the lowest bit first
    (u8 count ‖ (suffix ‖ value 32)*)*      per small stem, the pairs that were not requested
    u32 hidden ‖ (stem 31 ‖ body 32)*       by ascending slot
    u32 nodes ‖ point* ‖ −D ‖ π             by ascending path

One byte string, and no other, stands for a proof with points of a given size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NoReturn

from py_ecc.optimized_bls12_381 import is_inf

from corollup.errors import Reason, Rejected
from corollup.spec.encoding import Bytes32
from corollup.spec.verkle.commitments import Pairs
from corollup.spec.verkle.curve import (
    AFFINE_SIZE,
    FIELD_SIZE,
    Point,
    decode_affine,
    decode_compressed,
    encode_affine,
    encode_compressed,
)
from corollup.spec.verkle.multiproof import Proof

VERSION: Final = 1
COMPRESSED_FLAG: Final = 1
MAX_DEPTH: Final = 31
"""Bytes of the longest path to a slot."""

DEPTH_MASK: Final = 0x1F
STATUS_SHIFT: Final = 5

Stem = bytes
"""The first 31 bytes of a key."""

Request = Mapping[Stem, Sequence[int]]
"""The requested suffixes by stem; both ascend."""


class Status(IntEnum):
    """What a tree holds where a requested stem belongs."""

    SMALL = 0
    """The stem, with one to four values."""

    VECTOR = 1
    """The stem, with a commitment of its own."""

    OTHER = 2
    """Another stem."""

    NOTHING = 3
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The slot that a requested stem leads to."""

    depth: int
    """Bytes of the path to the slot."""

    status: Status
    """What is in it."""

    @property
    def is_present(self) -> bool:
        """Whether the stem itself is in the slot."""
        return self.status in {Status.SMALL, Status.VECTOR}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the findings call for."""

    inner_paths: frozenset[bytes]
    """The inner nodes that are opened."""

    residents: Mapping[bytes, Stem | None]
    """For each slot the requested stem in it, if there is one."""

    hidden_slots: Sequence[bytes]
    """The slots that hold a stem nobody asked for, ascending."""

    node_paths: Sequence[bytes]
    """The paths of all nodes with a commitment, ascending."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The contents of a proof."""

    findings: Mapping[Stem, Finding]
    """For each requested stem, ascending, the slot that it leads to."""

    presence: Mapping[tuple[Stem, int], bool]
    """For every key of a stem that is present, ascending, whether it has a value."""

    travelling: Mapping[Stem, Pairs]
    """For every small stem, ascending, its values that nobody asked for."""

    hidden: Mapping[bytes, tuple[Stem, Bytes32]]
    """The stem and the body's hash in each slot that nobody asked for, ascending."""

    nodes: Mapping[bytes, Point]
    """The commitments by path, ascending."""

    proof: Proof
    """The multiproof of their openings."""


def encode_witness(witness: Witness, *, compressed: bool = False) -> bytes:
    """Encode a proof."""
    encode_point = encode_compressed if compressed else encode_affine
    bits = sum(bit << i for i, bit in enumerate(witness.presence.values()))
    points = [*witness.nodes.values(), witness.proof.minus_d, witness.proof.pi]
    return b"".join(
        [
            bytes([VERSION, COMPRESSED_FLAG if compressed else 0]),
            len(witness.findings).to_bytes(4, "big"),
            bytes(f.depth | f.status << STATUS_SHIFT for f in witness.findings.values()),
            bits.to_bytes((len(witness.presence) + 7) // 8, "little"),
            *(encode_pairs(pairs) for pairs in witness.travelling.values()),
            len(witness.hidden).to_bytes(4, "big"),
            *(stem + body for stem, body in witness.hidden.values()),
            len(witness.nodes).to_bytes(4, "big"),
            *(encode_point(point) for point in points),
        ]
    )


def encode_pairs(pairs: Pairs) -> bytes:
    """Encode the values of a small stem that nobody asked for."""
    ascending = sorted(pairs.items())
    return bytes([len(pairs)]) + b"".join(bytes([suffix]) + value for suffix, value in ascending)


def derive_layout(findings: Mapping[Stem, Finding]) -> Layout:
    """
    Derive the nodes and slots that the findings speak of.

    Raises:
        Rejected: If no tree gives these findings.
    """
    inner_paths = frozenset(stem[:i] for stem, f in findings.items() for i in range(f.depth))
    slots: dict[bytes, list[Stem]] = {}
    for stem, finding in findings.items():
        slots.setdefault(stem[: finding.depth], []).append(stem)
    if not inner_paths.isdisjoint(slots):
        malformed("a path is both a node and a slot")

    residents: dict[bytes, Stem | None] = {}
    hidden_slots = []
    for slot, stems in sorted(slots.items()):
        present = [stem for stem in stems if findings[stem].is_present]
        empty = [stem for stem in stems if findings[stem].status is Status.NOTHING]
        if empty and len(empty) < len(stems):
            malformed("a slot is both empty and taken")
        if len(present) > 1:
            malformed("a slot holds two stems")
        residents[slot] = present[0] if present else None
        if not present and not empty:
            hidden_slots.append(slot)

    vectors = {stem[: f.depth] for stem, f in findings.items() if f.status is Status.VECTOR}
    return Layout(inner_paths, residents, hidden_slots, sorted(inner_paths | vectors))


def decode_witness(request: Request, data: bytes) -> tuple[Witness, Layout]:
    """
    Decode the proof for a request.

    Raises:
        Rejected: If the bytes are no canonical proof for it.
    """
    reader = Reader(data)
    if reader.take_number(1) != VERSION:
        malformed("unknown version")
    flags = reader.take_number(1)
    if flags not in {0, COMPRESSED_FLAG}:
        malformed("unknown flags")
    if reader.take_number(4) != len(request):
        malformed("the stems are not as many as the request's")
    findings = {stem: decode_finding(reader.take_number(1)) for stem in request}
    layout = derive_layout(findings)
    presence = decode_presence(reader, request, findings)
    travelling = {
        stem: decode_pairs(reader, request[stem])
        for stem, finding in findings.items()
        if finding.status is Status.SMALL
    }
    hidden = decode_hidden(reader, request, layout)
    nodes, proof = decode_points(reader, layout, compressed=flags == COMPRESSED_FLAG)
    return Witness(findings, presence, travelling, hidden, nodes, proof), layout


def decode_finding(byte: int) -> Finding:
    """Decode a depth and a status."""
    depth, status = byte & DEPTH_MASK, byte >> STATUS_SHIFT
    if status > Status.NOTHING:
        malformed("bit 7 of a status is not zero")
    # Another stem in the slot differs in a later byte, so that one must be left.
    if depth == 0 or (status == Status.OTHER and depth == MAX_DEPTH):
        malformed(f"depth {depth} of a slot")
    return Finding(depth, Status(status))


def decode_presence(
    reader: "Reader", request: Request, findings: Mapping[Stem, Finding]
) -> Mapping[tuple[Stem, int], bool]:
    """Decode the bit of every key of a stem that is present."""
    keys = [
        (stem, suffix)
        for stem, suffixes in request.items()
        if findings[stem].is_present
        for suffix in suffixes
    ]
    bits = int.from_bytes(reader.take((len(keys) + 7) // 8), "little")
    if bits >> len(keys):
        malformed("padding of the presence bits is not zero")
    return {key: bool(bits >> i & 1) for i, key in enumerate(keys)}


def decode_pairs(reader: "Reader", requested: Sequence[int]) -> Pairs:
    """Decode the values of a small stem that nobody asked for."""
    pairs: dict[int, Bytes32] = {}
    for _ in range(reader.take_number(1)):
        suffix = reader.take_number(1)
        if pairs and suffix <= max(pairs):
            malformed("pairs do not ascend")
        # Whatever its presence bit says: else a present key could be shown as absent.
        if suffix in requested:
            malformed("a requested suffix travels")
        pairs[suffix] = reader.take(32)
    return pairs


def decode_hidden(
    reader: "Reader", request: Request, layout: Layout
) -> Mapping[bytes, tuple[Stem, Bytes32]]:
    """Decode the stems that nobody asked for."""
    if reader.take_number(4) != len(layout.hidden_slots):
        malformed("the hidden stems are not as many as their slots")
    hidden = {}
    for slot in layout.hidden_slots:
        stem, body = reader.take(31), reader.take(32)
        if not stem.startswith(slot):
            malformed("a hidden stem is not in its slot")
        if stem in request:
            malformed("a hidden stem is a requested one")
        hidden[slot] = (stem, body)
    return hidden


def decode_points(
    reader: "Reader", layout: Layout, *, compressed: bool
) -> tuple[Mapping[bytes, Point], Proof]:
    """Decode the commitments of the nodes and the two points of the multiproof, up to the end."""
    if reader.take_number(4) != len(layout.node_paths):
        malformed("the nodes are not as many as their paths")
    size = FIELD_SIZE if compressed else AFFINE_SIZE
    decode_point: Callable[[bytes], Point] = decode_compressed if compressed else decode_affine
    encoded = [reader.take(size) for _ in range(len(layout.node_paths) + 2)]
    if reader.data:
        malformed(f"{len(reader.data)} bytes after the end")
    try:
        points = [decode_point(data) for data in encoded]
    except ValueError as error:
        malformed(str(error))
    # Only the root of the empty tree is infinity, and there the proof is, too.
    if {is_inf(point) for point in points} != {is_inf(points[0])}:
        malformed("a point is infinity outside the empty tree")
    *commitments, minus_d, pi = points
    return dict(zip(layout.node_paths, commitments, strict=True)), Proof(minus_d, pi)


@dataclass(slots=True)
class Reader:
    """Reads from the front of a byte string."""

    data: bytes
    """The bytes that are left."""

    def take(self, count: int) -> bytes:
        """Take the next bytes."""
        if len(self.data) < count:
            malformed(f"{count} bytes are needed, {len(self.data)} are left")
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def take_number(self, size: int) -> int:
        """Take the next big-endian number."""
        return int.from_bytes(self.take(size), "big")


def malformed(why: str) -> NoReturn:
    """Refuse a proof that is not canonical for its keys and values."""
    raise Rejected(Reason.MALFORMED_PROOF, why)
