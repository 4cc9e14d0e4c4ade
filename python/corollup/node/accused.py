"""Who is accused of what: members with their signatures, as the Fault Contract takes them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from corollup.engine import BlsEngine
from corollup.l1.abi import unpack_positions
from corollup.l1.payouts import CommittedProof
from corollup.l1.verdicts import MAX_ACCUSED, Accused, Members, Statement
from corollup.node.commit_proofs import show_committed
from corollup.node.contradictions import Contradiction
from corollup.node.headers import Packet
from corollup.node.l1_view import L1View


@dataclass(frozen=True, slots=True)
class Prosecutor:
    """Collects the signatures of members that are not slashed yet."""

    bls: BlsEngine
    """Sums signatures."""
    l1: L1View
    """Members and commits."""
    shares: Callable[[bytes, int], Mapping[bytes, bytes]]
    """Returns the endorsements of a digest and status that verify, by key."""

    def find_member(self, l1_key: bytes) -> int | None:
        """Return the id of a key of 128 bytes; none if it is no member or slashed already."""
        ids = (id_ for id_, member in self.l1.members.items() if member.key == l1_key)
        return next((id_ for id_ in ids if not self.l1.is_ejected(id_)), None)

    def accuse_signers(self, packet: Packet, status: int = 1) -> Iterator[Accused]:
        """
        Accuse whoever signed a status of a packet, as many a report as it may name.

        The signers of its commit are named by position, the others by their signatures.
        """
        signatures = self._collect(packet, status)
        commit = self.l1.commits.get(packet.number)
        if status == 1 and commit is not None and commit.digest == packet.digest:
            committed = self._list_committed(packet)
            for member in committed:
                signatures.pop(member, None)
            positions = [i for i, id_ in enumerate(committed) if not self.l1.is_ejected(id_)]
            proof = show_committed(self.l1, packet.number)
            for start in range(0, len(positions), MAX_ACCUSED):
                chosen = tuple(positions[start : start + MAX_ACCUSED])
                yield self._sum_up(signatures if start == 0 else {}, chosen, proof)
            if positions:
                return
        ids = sorted(signatures)
        for start in range(0, len(ids), MAX_ACCUSED):
            part = {id_: signatures[id_] for id_ in ids[start : start + MAX_ACCUSED]}
            yield self._sum_up(part, (), None)

    def state(self, found: Contradiction) -> tuple[int, Statement, Statement, bytes] | None:
        """Return the member of a contradiction, its two statements and the sum of both."""
        l1_key = self.bls.to_eip2537_key(found.key)
        member = self.find_member(l1_key)
        if member is None:
            return None
        first, second = found.statements
        signers = Members((member,), (l1_key,))
        summed = self.bls.aggregate([first.signature, second.signature])
        return (
            member,
            Statement(found.packets[0].header, first.status, signers),
            Statement(found.packets[1].header, second.status),
            self.bls.to_eip2537_signature(summed),
        )

    def _collect(self, packet: Packet, status: int) -> dict[int, bytes]:
        """Return the signatures at hand by member; the producer signed status 1."""
        shares = dict(self.shares(packet.digest, status))
        epoch = self.l1.epoch_at(packet.header.l1_number)
        if status == 1 and epoch is not None:
            shares[epoch.producer(packet.header.view).key] = packet.announce.signature
        signatures = {}
        for key, signature in shares.items():
            member = self.find_member(self.bls.to_eip2537_key(key))
            if member is not None:
                signatures[member] = signature
        return signatures

    def _list_committed(self, packet: Packet) -> list[int]:
        """List the ids of the signers of a packet's commit in the order of its record."""
        commit = self.l1.commits[packet.number].event
        voters = self.l1.epochs[commit.epoch].voters(packet.number, commit.rung)
        return [voters[position].id for position in unpack_positions(commit.signers)]

    def _sum_up(
        self,
        signatures: Mapping[int, bytes],
        positions: tuple[int, ...],
        proof: CommittedProof | None,
    ) -> Accused:
        if not signatures:
            return Accused(positions=positions, commit=proof)
        ids = tuple(sorted(signatures))
        keys = tuple(self.l1.members[id_].key for id_ in ids)
        summed = self.bls.aggregate([signatures[id_] for id_ in ids])
        signature = self.bls.to_eip2537_signature(summed)
        return Accused(Members(ids, keys), signature, positions, proof)
