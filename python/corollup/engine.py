"""
The one door to the native core, and its pure-Python reference behind the same protocols.

    engine = get_engine("native")
    engine.bls.verify(key, message, signature)

Bytes go in and a small value comes out. Both engines give the same answers and the same errors.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal, Protocol, TypeAlias

from corollup._core import (
    Bls,
    Caches,
    Candidate,
    DevChain,
    GenesisState,
    GoalBench,
    Ledger,
    PartialVerkleTree,
    PublicKey,
    ReplayBlock,
    SecretKey,
    Signature,
    SnapshotSummary,
    TransactionInfo,
    Verkle,
    VerkleTree,
    available_backends,
    backend,
    build_on_state,
    check_random_packets,
    choose_backend,
    decode_transaction,
    describe_pending_transaction,
    export_state,
    fill_state,
    import_state,
    make_random_packets,
    run_precompile,
    run_state_tests,
    verify_execution_result,
)
from corollup.errors import Reason
from corollup.spec.containers import Header
from corollup.spec.verdict import Context, Verdict

__all__ = [
    "Bls",
    "BlsEngine",
    "Caches",
    "Candidate",
    "DevChain",
    "EndorserEngine",
    "Engine",
    "EngineName",
    "GenesisState",
    "GoalBench",
    "Ledger",
    "PartialVerkleTree",
    "PublicKey",
    "ReplayBlock",
    "SecretKey",
    "Signature",
    "SnapshotSummary",
    "TransactionInfo",
    "VerkleEngine",
    "VerkleTree",
    "available_backends",
    "backend",
    "build_on_state",
    "check_random_packets",
    "choose_backend",
    "decode_transaction",
    "describe_pending_transaction",
    "export_state",
    "fill_state",
    "get_engine",
    "import_state",
    "make_random_packets",
    "run_precompile",
    "run_state_tests",
]

EngineName: TypeAlias = Literal["native", "reference"]


class BlsEngine(Protocol):
    """The functions of `corollup.spec.bls`, which describes each."""

    def compute_public_key(self, secret: bytes) -> bytes: ...
    def derive_secret_key(self, seed: bytes, path: str) -> bytes: ...
    def sign(self, secret: bytes, message: bytes) -> bytes: ...
    def verify(self, key: bytes, message: bytes, signature: bytes) -> bool: ...
    def prove_possession(self, secret: bytes, message: bytes) -> bytes: ...
    def verify_possession(self, key: bytes, message: bytes, proof: bytes) -> bool: ...
    def aggregate(self, signatures: Sequence[bytes]) -> bytes: ...
    def aggregate_keys(self, keys: Sequence[bytes]) -> bytes: ...
    def fast_aggregate_verify(
        self, keys: Sequence[bytes], message: bytes, signature: bytes
    ) -> bool: ...
    def aggregate_verify(
        self, keys: Sequence[bytes], messages: Sequence[bytes], signature: bytes
    ) -> bool: ...
    def batch_verify(
        self, keys: Sequence[bytes], messages: Sequence[bytes], signatures: Sequence[bytes]
    ) -> bool: ...
    def find_invalid(
        self, keys: Sequence[bytes], message: bytes, signatures: Sequence[bytes]
    ) -> list[int]: ...
    def aggregate_valid(
        self, keys: Sequence[bytes], message: bytes, signatures: Sequence[bytes]
    ) -> tuple[bytes | None, list[int]]: ...
    def hash_to_g2(self, message: bytes, dst: bytes) -> bytes: ...
    def validate_key(self, key: bytes) -> None: ...
    def validate_signature(self, signature: bytes) -> None: ...
    def to_eip2537_key(self, key: bytes) -> bytes: ...
    def to_eip2537_signature(self, signature: bytes) -> bytes: ...
    def from_eip2537_key(self, encoded: bytes) -> bytes: ...
    def from_eip2537_signature(self, encoded: bytes) -> bytes: ...


Values: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Keys and values of the state tree."""


class VerkleEngine(Protocol):
    """The functions of `corollup.spec.verkle.functions`, which describes each."""

    def compute_root(self, values: Values) -> bytes: ...
    def prove(self, chain_id: int, values: Values, keys: Sequence[bytes]) -> bytes: ...
    def apply(self, values: Values, writes: Values) -> tuple[bytes, list[bytes]]: ...
    def verify(self, chain_id: int, root: bytes, values: Values, proof: bytes) -> None: ...
    def verify_and_apply(
        self, chain_id: int, root: bytes, values: Values, proof: bytes, writes: Values
    ) -> tuple[bytes, list[bytes]]: ...
    def compute_final_opening(
        self, chain_id: int, root: bytes, values: Values, proof: bytes
    ) -> tuple[bytes, bytes, bytes, bytes]: ...


class EndorserEngine(Protocol):
    """Stateless verification, which `corollup.spec.verification` describes."""

    def verify(self, encoded: bytes, context: Context) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """One implementation of everything that costs time."""

    name: EngineName
    """Which one."""

    bls: BlsEngine
    """Signatures."""

    verkle: VerkleEngine
    """The state tree."""

    endorser: EndorserEngine
    """Verification of execution results."""


@dataclass(frozen=True, slots=True)
class NativeEndorser:
    """The endorser of the native core."""

    caches: Caches | None = None
    """What it remembers from packet to packet."""

    def verify(self, encoded: bytes, context: Context) -> Verdict:
        """Verify the bytes of an execution result."""
        network, anchor, schedule = context.network, context.anchor, context.schedule
        verdict = verify_execution_result(
            encoded,
            network=(network.domain, network.config.encode()) if network else None,
            parent_hash=context.parent_hash,
            anchor=astuple(anchor) if anchor else None,
            schedule=astuple(schedule) if schedule else None,
            inbox=astuple(context.inbox) if context.inbox else None,
            payload_hashes=context.payload_hashes,
            fee_cover=context.fee_cover,
            hints=context.hints,
            caches=self.caches,
            strict=context.strict,
        )
        return Verdict(
            reason=None if verdict.reason is None else Reason(verdict.reason),
            message=verdict.message,
            header=None if verdict.header is None else Header.decode(verdict.header),
            digest=verdict.digest,
            checks_not_done=tuple(verdict.checks_not_done),
        )


def get_engine(name: EngineName = "native", caches: Caches | None = None) -> Engine:
    """
    Return the native engine, or the slow one that reads as the specification.

    Args:
        name: Which of the two.
        caches: What the native endorser remembers from packet to packet; without, every
            verification is cold.
    """
    if name == "native":
        return Engine(name="native", bls=Bls, verkle=Verkle, endorser=NativeEndorser(caches))
    # The reference costs over half a second to import, and most processes never need it.
    from corollup.spec import bls, verification
    from corollup.spec.verkle import functions as verkle

    return Engine(name="reference", bls=bls, verkle=verkle, endorser=verification)
