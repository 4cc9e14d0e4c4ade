"""From a proof to the part of the tree that it shows: what a node without the state works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from py_ecc.optimized_bls12_381 import add

from corollup.errors import ArgumentError, Reason, Rejected, StateError, require
from corollup.spec.encoding import Bytes32
from corollup.spec.verkle import multiproof
from corollup.spec.verkle.commitments import (
    SMALL_LIMIT,
    Pairs,
    hash_inner,
    hash_small_body,
    hash_stem,
    hash_value,
    hash_vector_body,
)
from corollup.spec.verkle.curve import Point, is_in_group
from corollup.spec.verkle.multiproof import FinalOpening, Statement
from corollup.spec.verkle.polynomials import R, commit
from corollup.spec.verkle.tree import Writes, group_keys, select_writes
from corollup.spec.verkle.updates import UpdateEntry, make_entry, sort_entries
from corollup.spec.verkle.wire import (
    Layout,
    Request,
    Status,
    Stem,
    Witness,
    decode_witness,
    malformed,
)

Values = Sequence[tuple[Bytes32, Bytes32]]
"""Keys, strictly ascending, with their values; absent counts as zero."""


@dataclass(frozen=True, slots=True)
class ShownStem:
    """A requested stem that is present, as far as the proof shows it."""

    pairs: Pairs
    """All values of a small stem, the requested ones of another."""

    commitment: Point | None
    """The commitment to the values, if it has one."""

    def compute_scalar(self, stem: Stem) -> int:
        """Compute what the parent commits to."""
        if self.commitment is None:
            return hash_stem(stem, hash_small_body(self.pairs))
        return hash_stem(stem, hash_vector_body(self.commitment))

    def write(self, writes: Pairs) -> "ShownStem":
        """Return the stem after writes to requested suffixes."""
        pairs = {**self.pairs, **writes}
        if self.commitment is not None:
            deltas = {s: hash_value(v) - self.get_scalar(s) for s, v in writes.items()}
            return ShownStem(pairs, add(self.commitment, commit_deltas(deltas)))
        if len(pairs) <= SMALL_LIMIT:
            return ShownStem(pairs, None)
        return ShownStem(pairs, commit_deltas({s: hash_value(v) for s, v in pairs.items()}))

    def get_scalar(self, suffix: int) -> int:
        """Return the scalar of a value; zero if the value is absent."""
        return hash_value(self.pairs[suffix]) if suffix in self.pairs else 0


@dataclass(frozen=True, slots=True)
class PartialTree:
    """The part of a tree that a proof shows: enough to write to every key that it covers."""

    root: Bytes32
    """The state root."""

    values: Mapping[Bytes32, Bytes32]
    """The keys that the proof covers, absent counting as zero."""

    inner_nodes: Mapping[bytes, Point]
    """The commitments of the inner nodes by path."""

    slots: Mapping[bytes, tuple[Stem, int] | None]
    """The stem and the scalar in each slot that is not an inner node's."""

    stems: Mapping[Stem, ShownStem]
    """The requested stems that are present."""

    def apply(self, writes: Writes) -> tuple[Bytes32, list[UpdateEntry]]:
        """
        Compute the state root and the changed slots after writes.

        Raises:
            ArgumentError: For a write to a key that the proof does not cover.
        """
        writes = list(writes)
        for key, _ in writes:
            if key not in self.values:
                raise ArgumentError(f"write to {key.hex()}, which the proof does not cover")
        ascending = sorted(select_writes(self.values, writes).items())
        if not ascending:
            return self.root, []
        written: dict[Stem, int] = {}
        for stem, group in groupby(ascending, key=lambda write: write[0][:31]):
            before = self.stems.get(stem, ShownStem({}, None))
            after = before.write({key[31]: value for key, value in group})
            written[stem] = after.compute_scalar(stem)

        entries: list[UpdateEntry] = []
        deltas: dict[bytes, dict[int, int]] = {}
        for slot, resident in self.slots.items():
            members = {stem: s for stem, s in written.items() if stem.startswith(slot)}
            if members:
                members = dict([resident] if resident else []) | members
                scalar_before = resident[1] if resident else 0
                scalar_after = fill_slot(slot, members, scalar_before, entries)
                deltas.setdefault(slot[:-1], {})[slot[-1]] = scalar_after - scalar_before
        return self.update_inner_nodes(deltas, entries), sort_entries(entries)

    def update_inner_nodes(
        self, deltas: dict[bytes, dict[int, int]], entries: list[UpdateEntry]
    ) -> Bytes32:
        """Carry the changes of the slots up to the root, the deepest nodes first."""
        scalar = 0
        for path in sorted(self.inner_nodes, key=len, reverse=True):
            if path not in deltas:
                continue
            before = hash_inner(self.inner_nodes[path])
            scalar = hash_inner(add(self.inner_nodes[path], commit_deltas(deltas[path])))
            if path:
                entries.append(make_entry(path, None, before, scalar))
                deltas.setdefault(path[:-1], {})[path[-1]] = scalar - before
        return scalar.to_bytes(32, "big")


def fill_slot(
    slot: bytes, members: Mapping[Stem, int], before: int, entries: list[UpdateEntry]
) -> int:
    """Put stems into a slot that held none or one of them; returns the scalar of the slot."""
    if len(members) == 1:
        [(stem, scalar)] = members.items()
        entries.append(make_entry(slot, stem, before, scalar))
        return scalar
    # The slot becomes an inner node, in whose slots there was nothing before.
    groups = groupby(sorted(members.items()), key=lambda member: member[0][len(slot)])
    children = {
        byte: fill_slot(slot + bytes([byte]), dict(group), 0, entries) for byte, group in groups
    }
    scalar = hash_inner(commit_deltas(children))
    entries.append(make_entry(slot, None, before, scalar))
    return scalar


def commit_deltas(deltas: Mapping[int, int]) -> Point:
    """Commit to the changes of a vector."""
    return commit(tuple((index, delta % R) for index, delta in sorted(deltas.items())))


def verify_multiproof(
    chain_id: int, root: Bytes32, values: Values, proof: bytes, *, strict: bool = False
) -> PartialTree:
    """
    Verify a proof of values under a state root.

    The commitments must be on the curve but not in the group of prime order: a pairing does not
    see the difference, and every byte of them is bound by the root. The strict check asks for it.

    Raises:
        Rejected: If the proof is not canonical for the keys and values, or does not verify.
        StateError: For a commitment outside the group, which is nobody's fault.
    """
    statement, witness, tree = decode_statement(chain_id, root, values, proof)
    for point in (witness.proof.minus_d, witness.proof.pi):
        require(
            Reason.INVALID_PROOF, is_in_group(point), "a point of the proof is not in the group"
        )
    verified = multiproof.verify(statement, witness.proof)
    require(Reason.INVALID_PROOF, verified, "the openings do not verify")
    if strict and not all(is_in_group(point) for point in statement.nodes.values()):
        raise StateError("a commitment is outside the group")
    return tree


def compute_final_opening(
    chain_id: int, root: Bytes32, values: Values, proof: bytes
) -> tuple[FinalOpening, Point]:
    """
    Compute the opening that a proof comes down to, and the point that proves it.

    Raises:
        Rejected: If the proof is not canonical, or has no such opening.
    """
    statement, witness, _ = decode_statement(chain_id, root, values, proof)
    opening = multiproof.compute_final_opening(statement, witness.proof.minus_d)
    if opening is None:
        raise Rejected(Reason.INVALID_PROOF, "the challenge is in the domain")
    return opening, witness.proof.pi


def decode_statement(
    chain_id: int, root: Bytes32, values: Values, proof: bytes
) -> tuple[Statement, Witness, PartialTree]:
    """Decode a proof into what it claims of every opened node, and the tree that it shows."""
    try:
        request = group_keys([key for key, _ in values])
    except ArgumentError as error:
        malformed(str(error))
    witness, layout = decode_witness(request, proof)
    stems = build_stems(request, dict(values), witness)
    require(
        Reason.INVALID_PROOF,
        hash_inner(witness.nodes[b""]).to_bytes(32, "big") == root,
        "the first node is not the root's",
    )
    slots = build_slots(layout, stems, witness)
    tree = PartialTree(
        root=root,
        values=dict(values),
        inner_nodes={path: witness.nodes[path] for path in layout.inner_paths},
        slots=slots,
        stems=stems,
    )
    openings = build_openings(request, tree, witness)
    return Statement(chain_id, root, witness.nodes, openings), witness, tree


def build_stems(
    request: Request, values: Mapping[Bytes32, Bytes32], witness: Witness
) -> Mapping[Stem, ShownStem]:
    """Put together the values of every stem that is present."""
    for key, value in values.items():
        if not witness.presence.get((key[:31], key[31]), False) and any(value):
            malformed("an absent key has a value")
    stems = {}
    for stem, finding in witness.findings.items():
        if not finding.is_present:
            continue
        pairs = {
            suffix: values[stem + bytes([suffix])]
            for suffix in request[stem]
            if witness.presence[stem, suffix]
        }
        if finding.status is Status.VECTOR:
            stems[stem] = ShownStem(pairs, witness.nodes[stem[: finding.depth]])
            continue
        pairs |= witness.travelling[stem]
        if not 1 <= len(pairs) <= SMALL_LIMIT:
            malformed(f"a small stem with {len(pairs)} values")
        stems[stem] = ShownStem(pairs, None)
    return stems


def build_slots(
    layout: Layout, stems: Mapping[Stem, ShownStem], witness: Witness
) -> Mapping[bytes, tuple[Stem, int] | None]:
    """Collect what is in each slot: a requested stem, another one, or nothing."""
    slots: dict[bytes, tuple[Stem, int] | None] = {}
    for slot, resident in layout.residents.items():
        if resident is not None:
            slots[slot] = (resident, stems[resident].compute_scalar(resident))
        elif slot in witness.hidden:
            stem, body = witness.hidden[slot]
            slots[slot] = (stem, hash_stem(stem, body))
        else:
            slots[slot] = None
    return slots


def build_openings(
    request: Request, tree: PartialTree, witness: Witness
) -> Mapping[tuple[bytes, int], int]:
    """Collect what each node must open to; nothing is assumed to be zero."""
    openings = {
        (slot[:-1], slot[-1]): resident[1] if resident else 0
        for slot, resident in tree.slots.items()
    }
    openings |= {
        (path[:-1], path[-1]): hash_inner(commitment)
        for path, commitment in tree.inner_nodes.items()
        if path
    }
    for stem, shown in tree.stems.items():
        if shown.commitment is not None:
            path = stem[: witness.findings[stem].depth]
            openings |= {(path, suffix): shown.get_scalar(suffix) for suffix in request[stem]}
    return openings
