"""What is judged at the end of a run: every signature of an honest key, and the L1's chain."""

from collections.abc import Sequence

from corollup.devnet.deployment import FEE_DEPOSIT_WEI
from corollup.engine import get_engine
from corollup.l1.client import L1Client
from corollup.l1.events import (
    Event,
    MemberEjected,
    MemberRegistered,
    StateRootCommitted,
    decode_event,
)
from corollup.l1.submitter import compute_address
from corollup.node.signing_history import SignedRecord
from corollup.spec.containers import Header
from corollup.spec.verdict import Context, Network
from tests.simulation.honest.witness import Signature, is_offence
from tests.simulation.honest.world import World


async def judge(world: World) -> None:
    """Look for every fault; what is found is written down with the witness."""
    judge_pairs(world)
    judge_statuses(world)
    judge_anchors(world)
    await judge_commits(world)


def judge_pairs(world: World) -> None:
    """Offence O1, between any two signatures of one key."""
    by_key: dict[bytes, list[Signature]] = {}
    for signature in world.witness.signatures:
        by_key.setdefault(signature.key, []).append(signature)
    for signatures in by_key.values():
        records = [to_record(world, signature) for signature in signatures]
        for i, one in enumerate(records):
            if any(is_offence(one, other) for other in records[:i]):
                world.witness.blame("O1", f"{signatures[i].signer} signed twice at {one.number}")


def to_record(world: World, signature: Signature) -> SignedRecord:
    header = world.witness.headers[signature.digest]
    domain = world.base.network.domain
    return SignedRecord(domain, signature.digest, header.number, header.view, signature.status)


def judge_statuses(world: World) -> None:
    """
    Offences O3, O4, O6 and a wrong execution: a signed status that verification denies.

    The whole body is verified again, by the native core in an empty context. A header that no
    body is known of was built by an honest producer that was killed before it showed it.
    """
    witness = world.witness
    statuses = {
        digest: find_status(world, digest) for digest in {s.digest for s in witness.signatures}
    }
    signed = [(of.signer, of.digest, of.status) for of in witness.signatures]
    for signer, digest, status in signed:
        if digest not in witness.bodies and not signer.startswith("seat"):
            continue
        if status != statuses[digest] and (signer, digest) not in witness.flipped:
            witness.blame("status", f"{signer} signed {status}, the status is {statuses[digest]}")
    for signer, digest, is_valid in witness.votes:
        is_right = is_valid == (find_status(world, digest) == 1)
        if not is_right and (signer, digest) not in witness.flipped:
            witness.blame("vote", f"{signer} voted {is_valid} on a packet that is not so")


def find_status(world: World, digest: bytes) -> int | None:
    """Return the status of a packet, or nothing without its body."""
    body = world.witness.bodies.get(digest)
    if body is None:
        return None
    network = world.base.network
    context = Context(Network(network.domain, network.config))
    return get_engine().endorser.verify(body, context).status


def judge_anchors(world: World) -> None:
    """Offence O7: a block of the header's `l1Hash`, on whatever branch, contradicts the header."""
    max_age = world.base.network.config.anchor_max_age
    for signature in world.witness.signatures:
        if signature.status == 1:
            header = world.witness.headers[signature.digest]
            fault = find_anchor_fault(world, header, max_age)
            if fault:
                world.witness.blame("O7", f"{signature.signer} signed {header.number}: {fault}")


def find_anchor_fault(world: World, header: Header, max_age: int) -> str:
    """Describe what is wrong with an anchor."""
    block = world.l1.seen.get(header.l1_hash)
    if block is None:
        return "its anchor was never mined"
    if block.number != header.l1_number:
        return "its anchor has another number"
    if block.prev_randao != header.prev_randao:
        return "its randomness is not its anchor's"
    if not 0 <= header.timestamp - block.timestamp <= max_age:
        return "its time is not its anchor's"
    return ""


async def judge_commits(world: World) -> None:
    """Invariants 1 and 3: one linear chain of verified roots, and no wei that is nobody's."""
    witness, network = world.witness, world.base.network
    client = L1Client.embedded(world.l1.chain)
    logs = await client.get_logs(
        address=[network.contracts.state, network.contracts.management],
        from_block=network.start_block,
        to_block="latest",
    )
    events = [decode_event(list(log.topics), log.data) for log in logs]
    judge_slashes(world, events)
    digests = [event.digest for event in events if isinstance(event, StateRootCommitted)]
    numbers = [witness.headers[digest].number for digest in digests]
    if numbers != list(range(1, len(numbers) + 1)):
        witness.blame("chain", f"the committed numbers are {numbers}")
    parents = [network.genesis.compute_hash(), *digests]
    for parent, digest in zip(parents, digests, strict=False):
        header = witness.headers[digest]
        if header.parent_hash != parent:
            witness.blame("chain", f"packet {header.number} stands on another parent")
        before = witness.headers.get(parent)
        root = network.genesis.state_root if before is None else before.post_state_root
        if header.pre_state_root != root:
            witness.blame("chain", f"packet {header.number} starts from another root")
        if find_status(world, digest) != 1:
            witness.blame("chain", f"packet {header.number} was committed and is not valid")
    balance = await client.get_balance(network.contracts.state)
    if balance != FEE_DEPOSIT_WEI * world.base.shape.producers:
        witness.blame("solvency", f"the State Contract holds {balance} wei")


def judge_slashes(world: World, events: Sequence[Event | None]) -> None:
    """Whom the fisherman got slashed: liars alone."""
    identities = {
        compute_address(identity.l1_secret): member
        for group, members in (
            (world.base.endorsers, world.seats),
            (world.base.producers, world.producers),
        )
        for identity, member in zip(group, members, strict=True)
    }
    members = {
        event.id: identities[event.operator]
        for event in events
        if isinstance(event, MemberRegistered)
    }
    for event in events:
        if isinstance(event, MemberEjected):
            world.witness.coverage["liar slashed"] += 1
            if not members[event.id].is_liar:
                world.witness.blame("slash", f"{members[event.id].name} was slashed")
