"""The native core: bytes in, a small value out."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Final, Literal, final

__all__ = [
    "VERSION",
    "Bls",
    "Caches",
    "Candidate",
    "DevChain",
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
    "Verdict",
    "Verkle",
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
    "import_state",
    "make_random_packets",
    "run_precompile",
    "run_state_tests",
    "verify_execution_result",
]

VERSION: Final[str]

def choose_backend(name: str) -> None:
    """
    Choose how this process does its arithmetic on public data; the results are the same.

    Before the first choice it is that of the environment variable `COROLLUP_BACKEND`, or `auto`.

    Args:
        name: `auto` for the fastest of this machine, `lanes` for AVX-512, or `portable`.

    Raises:
        ArgumentError: If there is no such backend, or this processor has no lanes.
    """

def backend() -> Literal["lanes", "portable"]:
    """Tell which backend is in use."""

def available_backends() -> list[Literal["lanes", "portable"]]:
    """List the backends of this machine, the fastest first."""

def check_random_packets(seeds: Sequence[int], small: bool) -> int:
    """
    Build and verify random packets on every backend, with 1, 2 and 8 threads.

    Args:
        seeds: Each gives some packets that follow each other, and an altered form of each.
        small: Whether they are packets that the specification runs in a blink.

    Returns:
        The number of packets.

    Raises:
        StateError: If a byte or a verdict differs, or an honest packet is refused.
    """

def fill_state(path: PathLike[str], accounts: int) -> None:
    """
    Make the file of a state with so many accounts, for a bench.

    Raises:
        ArgumentError: If the file is there already.
        StoreError: If it cannot be written.
    """

def build_on_state(path: PathLike[str] | None, accounts: int, packets: int) -> list[float]:
    """
    Build packets of transfers on a file of `fill_state`, or on as many accounts in memory.

    Returns:
        The seconds of each, from the candidates to the durable state.

    Raises:
        ArgumentError: If the file is none of these.
    """

def make_random_packets(seed: int, small: bool) -> list[tuple[bytes, bytes]]:
    """Make the random packets of a seed, each as an honest producer sends it, and altered."""

@final
class GoalBench:
    """What the rows of the goal table are measured on."""

    def __new__(cls, runs: int, blocks: Sequence[ReplayBlock]) -> GoalBench:
        """Make a bench that takes each time so often, on these mainnet blocks."""
    def measure(self, subject: str) -> list[tuple[str, float, str, str, float]]:
        """
        Measure the rows of a subject with the backend in use.

        Returns:
            Metric, figure, unit, peer and the peer's figure of each.

        Raises:
            ArgumentError: If there is no such subject.
            StateError: If what is measured fails.
        """
    def build_block(self, number: int) -> tuple[bytes, bytes]:
        """
        Build the packet of a mainnet block, in a tree with 10^6 further accounts.

        Returns:
            The encoded execution result, and its hints.
        """

@final
class SecretKey:
    """A secret key. It prints as `SecretKey(hidden)` and does not pickle."""

    @staticmethod
    def generate() -> SecretKey:
        """Make a key from the randomness of the operating system."""
    @staticmethod
    def derive(seed: bytes, path: str) -> SecretKey:
        """Derive the key at an EIP-2334 path below the EIP-2333 master key of a seed."""
    @staticmethod
    def from_bytes(data: bytes) -> SecretKey:
        """Decode 32 big-endian bytes of a scalar in 1..r."""
    @property
    def public_key(self) -> PublicKey:
        """The public key."""
    def sign(self, message: bytes) -> Signature:
        """Sign a message."""
    def prove_possession(self, message: bytes) -> Signature:
        """Sign a registration message under the possession tag."""
    def __bytes__(self) -> bytes: ...

@final
class PublicKey:
    """A public key: in the subgroup, not infinity."""

    @staticmethod
    def from_bytes(data: bytes) -> PublicKey:
        """Decode 48 compressed bytes."""
    @staticmethod
    def from_eip2537(data: bytes) -> PublicKey:
        """Decode the 128 bytes that the precompiles of EIP-2537 take."""
    @staticmethod
    def aggregate(keys: Sequence[PublicKey]) -> PublicKey:
        """Sum keys whose possession was proven."""
    def to_eip2537(self) -> bytes:
        """Encode as the 128 bytes that the precompiles of EIP-2537 take."""
    def __bytes__(self) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Signature:
    """A signature or a sum of signatures: in the subgroup."""

    @staticmethod
    def from_bytes(data: bytes) -> Signature:
        """Decode 96 compressed bytes."""
    @staticmethod
    def from_eip2537(data: bytes) -> Signature:
        """Decode the 256 bytes that the precompiles of EIP-2537 take."""
    @staticmethod
    def aggregate(signatures: Sequence[Signature]) -> Signature:
        """Sum signatures of any messages."""
    def to_eip2537(self) -> bytes:
        """Encode as the 256 bytes that the precompiles of EIP-2537 take."""
    def __bytes__(self) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Bls:
    """
    The functions of the BLS suite, as static methods.

    A key or a signature that is malformed verifies nothing; everywhere else it raises.
    """

    @staticmethod
    def compute_public_key(secret: bytes) -> bytes:
        """Compute the public key of a secret key."""
    @staticmethod
    def derive_secret_key(seed: bytes, path: str) -> bytes:
        """Derive the secret key at an EIP-2334 path below the EIP-2333 master key of a seed."""
    @staticmethod
    def sign(secret: bytes, message: bytes) -> bytes:
        """Sign a message."""
    @staticmethod
    def prove_possession(secret: bytes, message: bytes) -> bytes:
        """Sign a registration message under the possession tag."""
    @staticmethod
    def verify(key: PublicKey | bytes, message: bytes, signature: Signature | bytes) -> bool:
        """Return whether a signature is the key's signature of the message."""
    @staticmethod
    def verify_possession(key: PublicKey | bytes, message: bytes, proof: Signature | bytes) -> bool:
        """Return whether a proof is the key's proof of possession over a registration message."""
    @staticmethod
    def aggregate(signatures: Sequence[Signature | bytes]) -> bytes:
        """Sum signatures of any messages."""
    @staticmethod
    def aggregate_keys(keys: Sequence[PublicKey | bytes]) -> bytes:
        """Sum keys whose possession was proven."""
    @staticmethod
    def fast_aggregate_verify(
        keys: Sequence[PublicKey | bytes], message: bytes, signature: Signature | bytes
    ) -> bool:
        """Return whether a signature is the sum of every key's signature of one message."""
    @staticmethod
    def aggregate_verify(
        keys: Sequence[PublicKey | bytes], messages: Sequence[bytes], signature: Signature | bytes
    ) -> bool:
        """Return whether a signature is the sum of each key's signature of its own message."""
    @staticmethod
    def batch_verify(
        keys: Sequence[PublicKey | bytes],
        messages: Sequence[bytes],
        signatures: Sequence[Signature | bytes],
    ) -> bool:
        """Return whether each signature verifies under its key and message; true for none."""
    @staticmethod
    def find_invalid(
        keys: Sequence[PublicKey | bytes], message: bytes, signatures: Sequence[Signature | bytes]
    ) -> list[int]:
        """Find the positions of the signatures of one message that do not verify, ascending."""
    @staticmethod
    def aggregate_valid(
        keys: Sequence[PublicKey | bytes], message: bytes, signatures: Sequence[Signature | bytes]
    ) -> tuple[bytes | None, list[int]]:
        """Sum the signatures of one message, leaving the bad ones out."""
    @staticmethod
    def hash_to_g2(message: bytes, dst: bytes) -> bytes:
        """Hash a message to a point of G2 (RFC 9380), encoded as a signature."""
    @staticmethod
    def validate_key(key: bytes) -> None:
        """Refuse bytes that are no public key."""
    @staticmethod
    def validate_signature(signature: bytes) -> None:
        """Refuse bytes that are no signature."""
    @staticmethod
    def to_eip2537_key(key: PublicKey | bytes) -> bytes:
        """Convert a public key to the 128 bytes that the precompiles of EIP-2537 take."""
    @staticmethod
    def to_eip2537_signature(signature: Signature | bytes) -> bytes:
        """Convert a signature to the 256 bytes that the precompiles of EIP-2537 take."""
    @staticmethod
    def from_eip2537_key(encoded: bytes) -> bytes:
        """Convert the 128 bytes of a valid public key to its compressed form."""
    @staticmethod
    def from_eip2537_signature(encoded: bytes) -> bytes:
        """Convert the 256 bytes of a signature to its compressed form."""

@final
class VerkleTree:
    """A Verkle tree of keys and values, with its commitments."""

    def __new__(cls, values: Sequence[tuple[bytes, bytes]] = ...) -> VerkleTree:
        """Build the tree of these keys and values; a zero is no write."""
    @property
    def root(self) -> bytes:
        """The state root."""
    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, none if it was never written."""
    def insert(self, values: Sequence[tuple[bytes, bytes]]) -> None:
        """Write values; of a key written twice the last counts."""
    def apply(self, writes: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, list[bytes]]:
        """Apply writes, and return the new root and the changed slots."""
    def prove(self, chain_id: int, keys: Sequence[bytes], *, compressed: bool = False) -> bytes:
        """Prove the values and absences of strictly ascending keys."""
    def copy(self) -> VerkleTree:
        """Return a tree that shares the nodes of this one and changes apart from it."""

@final
class PartialVerkleTree:
    """The part of a Verkle tree that a verified proof shows."""

    @staticmethod
    def verify(
        chain_id: int,
        root: bytes,
        values: Sequence[tuple[bytes, bytes]],
        proof: bytes,
        *,
        strict: bool = False,
    ) -> PartialVerkleTree:
        """Verify a proof of values under a state root, absent counting as zero."""
    @property
    def root(self) -> bytes:
        """The state root that the proof was verified against."""
    def apply(self, writes: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, list[bytes]]:
        """Return the state root and the changed slots after writes to keys of the proof."""

@final
class Verkle:
    """The functions of `corollup.spec.verkle.functions`, as static methods."""

    @staticmethod
    def compute_root(values: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Compute the state root of keys and values."""
    @staticmethod
    def prove(chain_id: int, values: Sequence[tuple[bytes, bytes]], keys: Sequence[bytes]) -> bytes:
        """Prove the values and absences of keys in the tree of these keys and values."""
    @staticmethod
    def apply(
        values: Sequence[tuple[bytes, bytes]], writes: Sequence[tuple[bytes, bytes]]
    ) -> tuple[bytes, list[bytes]]:
        """Write to the tree of these keys and values: the new root and the changed slots."""
    @staticmethod
    def verify(
        chain_id: int, root: bytes, values: Sequence[tuple[bytes, bytes]], proof: bytes
    ) -> None:
        """Verify a proof of values under a state root, absent counting as zero."""
    @staticmethod
    def verify_and_apply(
        chain_id: int,
        root: bytes,
        values: Sequence[tuple[bytes, bytes]],
        proof: bytes,
        writes: Sequence[tuple[bytes, bytes]],
    ) -> tuple[bytes, list[bytes]]:
        """Verify a proof, and write to the part of the tree that it shows."""
    @staticmethod
    def compute_final_opening(
        chain_id: int, root: bytes, values: Sequence[tuple[bytes, bytes]], proof: bytes
    ) -> tuple[bytes, bytes, bytes, bytes]:
        """Reduce a proof to one opening: commitment, place, value and proof of EIP-4844."""

@final
class GenesisState:
    """The accounts of a genesis state, and their tree."""

    def __new__(
        cls, accounts: Sequence[tuple[bytes, int, int, bytes, Mapping[int, int]]]
    ) -> GenesisState:
        """
        Make the state of these accounts and of the contracts that every native network has.

        Args:
            accounts: Address, balance, nonce, code, and storage from slot to value.
        """
    @property
    def root(self) -> bytes:
        """The root of the state's tree."""

@final
class ReplayBlock:
    """A historical block with the state that it touches."""

    def __new__(
        cls, block: bytes, pre_state: bytes, codes: bytes, block_hashes: bytes
    ) -> ReplayBlock:
        """Read the JSON of the block, its pre-state, the codes by hash and the earlier hashes."""
    @property
    def number(self) -> int:
        """Block number."""
    @property
    def version(self) -> int:
        """Replay version of the block's fork."""
    @property
    def timestamp(self) -> int:
        """Unix seconds."""
    @property
    def beneficiary(self) -> bytes:
        """Miner or fee recipient."""
    @property
    def gas_limit(self) -> int:
        """Gas limit."""
    @property
    def base_fee(self) -> int:
        """Base fee, wei a gas."""
    @property
    def blob_base_fee(self) -> int:
        """Blob base fee, wei a gas."""
    @property
    def prev_randao(self) -> bytes:
        """PREVRANDAO, or the difficulty before the Merge."""
    @property
    def transactions(self) -> list[bytes]:
        """EIP-2718 transactions."""
    @property
    def gas_used(self) -> int:
        """Gas used, as the block's header has it."""
    @property
    def logs_bloom(self) -> bytes:
        """Bloom filter of the logs, as the block's header has it."""
    @property
    def transactions_root(self) -> bytes:
        """Merkle-Patricia root of the transactions, as the block's header has it."""
    @property
    def receipts_root(self) -> bytes | None:
        """Merkle-Patricia root of the receipts, as the header has it; none before Byzantium."""
    def genesis_state(self, further_accounts: int) -> GenesisState:
        """Return the state before the block, with further accounts of 1 wei."""
    def run_bare(self, runs: int) -> tuple[int, list[float]]:
        """
        Decode the transactions, recover their senders and execute them, as a bare node does.

        Returns:
            The gas used, and the seconds of each run.
        """
    def check_determinism(self) -> None:
        """
        Build and verify the block's packet on every backend, with 1, 2 and 8 threads.

        Raises:
            StateError: If a byte or a verdict differs, also on an altered packet.
        """
    def race(self, encoded: bytes, hints: bytes | None, runs: int) -> tuple[float, float, float]:
        """
        Verify a packet with empty and with filled caches, and run the block bare, in turn.

        Returns:
            The least seconds of each, each taken so often.

        Raises:
            StateError: If the packet is refused.
        """

@final
class Verdict:
    """What an endorser thinks of an execution result."""

    @property
    def status(self) -> int | None:
        """1 if valid, 0 if the header contradicts its own body, none if nothing is proven."""
    @property
    def reason(self) -> str | None:
        """Name of the first check that failed."""
    @property
    def reason_class(self) -> str | None:
        """`IGNORE` or `REJECT`, what follows from the reason."""
    @property
    def message(self) -> str:
        """The two values that differ."""
    @property
    def digest(self) -> bytes | None:
        """Digest of the header, if the bytes decode."""
    @property
    def header(self) -> bytes | None:
        """The ABI words of the header, if the bytes decode."""
    @property
    def checks_not_done(self) -> list[str]:
        """The checks for which no knowledge was given."""

@final
class Caches:
    """What verifications of one process remember: codes with their jump tables, and points."""

    def __new__(cls, *, code_bytes: int, point_bytes: int) -> Caches:
        """
        Make empty caches.

        Args:
            code_bytes: Bytes of codes and their jump tables, at most.
            point_bytes: Bytes of decompressed points, at most.
        """

def verify_execution_result(
    encoded: bytes,
    *,
    network: tuple[bytes, bytes] | None = None,
    parent_hash: bytes | None = None,
    anchor: tuple[bytes, int, bytes, int] | None = None,
    schedule: tuple[bytes, bytes] | None = None,
    inbox: tuple[int, int, bytes] | None = None,
    payload_hashes: Sequence[bytes] | None = None,
    fee_cover: int | None = None,
    hints: bytes | None = None,
    caches: Caches | None = None,
    strict: bool = False,
) -> Verdict:
    """
    Verify the bytes of an execution result, without the state.

    Args:
        encoded: The execution result.
        network: Domain and encoded configuration.
        parent_hash: Hash of the parent that the caller accepts.
        anchor: Hash, timestamp, PREVRANDAO and depth of the L1 block that the header names; a zero
            hash if there is none.
        schedule: Address and key of the producer of the view.
        inbox: The least count of messages, how many were sent, and the hash chain at the header's
            count.
        payload_hashes: Hashes of the payloads since the last data anchor, for the next one.
        fee_cover: What the producer's fee account has left for this packet, wei.
        hints: 96 bytes a transaction, which spare the recovery of the senders.
        caches: What earlier packets taught. It saves time and changes no verdict.
        strict: Whether the proof's commitments must be in the group of prime order, too.

    Raises:
        StateError: For what the strict check alone refuses, and any trouble of this machine.
    """

@final
class DevChain:
    """An Ethereum chain in this process that mines when it is told to."""

    def __new__(
        cls,
        *,
        chain_id: int,
        genesis_time: int,
        seed: bytes,
        accounts: Sequence[tuple[bytes, int]],
        gas_limit: int = 60_000_000,
        base_fee: int = ...,
        finality_depth: int = 2,
        history: int = 1024,
    ) -> DevChain: ...
    def request(self, method: str, params: bytes, now: int) -> bytes:
        """Answer a JSON-RPC method at the caller's time; parameters and result are JSON."""
    def mine(self, now: int) -> bytes:
        """Mine a block at the caller's time and return its hash."""
    def rollback(self, depth: int) -> list[bytes]:
        """Drop the last blocks and return their transactions."""

@final
class Candidate:
    """A packet that was built and waits for its signature."""

    @property
    def header(self) -> bytes:
        """The ABI words of the header."""
    @property
    def digest(self) -> bytes:
        """Digest of the header."""
    @property
    def hints(self) -> bytes:
        """The hints of the senders, 96 bytes a transaction."""
    @property
    def included(self) -> list[bytes]:
        """Hashes of the included transactions."""
    @property
    def refused(self) -> list[tuple[int, str, bool]]:
        """The candidates left out: index, reason, and whether no later packet can take it."""
    @property
    def payload(self) -> bytes:
        """The payload."""
    def anchor(self, payloads: Sequence[bytes], blobs: Sequence[tuple[bytes, bytes]]) -> None:
        """
        Make the packet a data anchor; the digest is another then.

        Args:
            payloads: Payloads of the packets since the last anchor, without the own one.
            blobs: Commitment and proof of each blob that holds them and the own one.
        """
    def sign(self, signature: bytes) -> bytes:
        """Set the producer's signature and return the encoded execution result."""

@final
class Ledger:
    """The executed packets of a network, with their states and trees."""

    def __new__(
        cls,
        *,
        chain_id: int,
        config: bytes,
        genesis: bytes,
        domain: bytes,
        state: GenesisState,
        history: int = 1024,
        path: PathLike[str] | None = None,
        revertible: int = ...,
        tree_cache_bytes: int = ...,
        file_cache_bytes: int = ...,
    ) -> Ledger:
        """
        Make a ledger that holds the genesis, in memory or in a state file.

        Args:
            chain_id: EIP-155 chain id of the L2.
            config: ABI words of the configuration.
            genesis: ABI words of the genesis.
            domain: The network, 32 bytes.
            state: The genesis state.
            history: Packets whose states stay readable, counted from the head.
            path: The state file. If it is there, the ledger goes on from its packet.
            revertible: Packets that the file can take back; else 128.
            tree_cache_bytes: Nodes of the tree that stay in memory beside the file; else 256 MiB.
            file_cache_bytes: Pages of the file that stay in memory; else 128 MiB.

        Raises:
            StoreError: If the file is of another network, damaged, or in use.
        """
    @property
    def number(self) -> int:
        """Number of the executed head."""
    @property
    def oldest(self) -> int:
        """Number of the oldest packet that is known: the genesis, unless it was restarted."""
    @property
    def head_hash(self) -> bytes:
        """Digest of the executed head."""
    @property
    def state_root(self) -> bytes:
        """Verkle root after the executed head."""
    @property
    def parent(self) -> bytes:
        """What the next packet stands on, encoded as in an execution result."""
    @property
    def heads(self) -> tuple[int, int, int]:
        """The endorsed, the committed and the finalized head."""
    def account(self, address: bytes) -> tuple[int, int]:
        """Return nonce and balance of an account at the executed head."""
    def tree(self, number: int) -> VerkleTree | None:
        """Return the state tree after a packet, while it is kept; changes of it stay apart."""
    def digest(self, number: int) -> bytes | None:
        """Return the digest of a packet, or the genesis hash."""
    def header(self, number: int) -> bytes | None:
        """Return the ABI words of a packet's header."""
    def result(self, number: int) -> bytes | None:
        """Return the encoded execution result of a packet, while it is kept."""
    def transaction_count(self, number: int) -> int | None:
        """Return how many transactions a packet has, while it is kept."""
    def next_base_fee(self) -> int:
        """Return the base fee of the next packet, wei a gas."""
    def build(
        self,
        *,
        transactions: Sequence[bytes],
        timestamp: int,
        view: int,
        producer: bytes,
        producer_key: bytes,
        l1_number: int,
        l1_hash: bytes,
        prev_randao: bytes,
        fee_gas_price: int,
        fee_gas_limit: int,
        inbox: bytes | None = None,
    ) -> Candidate:
        """
        Build a packet on the executed head, which stays.

        Args:
            inbox: The section of messages that the packet consumes; none without.
        """
    def append(self, candidate: Candidate) -> None:
        """Make a signed packet that was built here the executed head."""
    def import_result(self, encoded: bytes, *, hints: bytes | None = None) -> int:
        """Verify, execute and append another producer's packet, and return its number."""
    def revert_to(self, number: int) -> None:
        """Drop the packets after a number."""
    def set_heads(self, *, endorsed: int, committed: int, finalized: int) -> None:
        """Move the heads beside the executed one."""
    def close(self) -> None:
        """Let go of the state file; everything else raises `StateError` from here on."""
    def request(self, method: str, params: bytes) -> bytes:
        """Answer a JSON-RPC method that reads the ledger; parameters and result are JSON."""

@final
class SnapshotSummary:
    """What a snapshot holds."""

    @property
    def number(self) -> int:
        """Number of the packet that the state is the result of."""
    @property
    def digest(self) -> bytes:
        """Digest of the packet, or the genesis hash."""
    @property
    def state_root(self) -> bytes:
        """Verkle root."""
    @property
    def stems(self) -> int:
        """Stems of the tree."""
    @property
    def codes(self) -> int:
        """Codes."""

def export_state(
    state: PathLike[str], snapshot: PathLike[str], progress: Callable[[int], object]
) -> SnapshotSummary:
    """
    Write the state in a file as a snapshot, which appears when it is complete.

    Args:
        state: State file of a ledger that does not run.
        snapshot: Where the snapshot goes.
        progress: Told now and then how many stems are through; what it raises ends the work.

    Raises:
        StoreError: If there is no such state, it is in use or damaged, or the device fails.
    """

def import_state(
    snapshot: PathLike[str], state: PathLike[str], progress: Callable[[int], object]
) -> SnapshotSummary:
    """
    Make a state file from a snapshot, which appears when it is complete.

    Args:
        snapshot: A file that `export_state` wrote.
        state: The state file to make.
        progress: Told now and then how many stems are through; what it raises ends the work.

    Raises:
        EncodingError: If the snapshot is cut, changed or longer than it should be.
        StoreError: If the root is another, the state file is there already, or the device fails.
    """

@final
class TransactionInfo:
    """What a pool has to know of a signed transaction."""

    @property
    def hash(self) -> bytes:
        """Its hash."""
    @property
    def sender(self) -> bytes:
        """Who signed it."""
    @property
    def chain_id(self) -> int | None:
        """EIP-155 chain id; none in an old transaction without it."""
    @property
    def kind(self) -> int:
        """EIP-2718 type."""
    @property
    def nonce(self) -> int:
        """Its place among the sender's."""
    @property
    def gas_limit(self) -> int:
        """Gas limit."""
    @property
    def intrinsic_gas(self) -> int:
        """The least gas limit with which it can be in a packet."""
    @property
    def max_fee_per_gas(self) -> int:
        """Most that it pays, wei a gas."""
    @property
    def max_priority_fee_per_gas(self) -> int:
        """Most that it pays the producer, wei a gas."""
    @property
    def value(self) -> int:
        """Wei sent along."""

def decode_transaction(raw: bytes) -> TransactionInfo:
    """Decode a signed transaction and recover its sender."""

def describe_pending_transaction(raw: bytes) -> bytes:
    """Describe a signed transaction that is in no block yet, as JSON-RPC shows it."""

def run_state_tests(
    files: Sequence[tuple[str, bytes, int]], stride: int
) -> list[tuple[str, str, str]]:
    """
    Run the entries of files of state tests whose number is a multiple of the stride.

    Args:
        files: Name, content, and number of the first entry of each file.
        stride: 1 runs every entry.

    Returns:
        The test, `passed`, `failed`, `skipped` or `exempt`, and the reason.
    """

def run_precompile(
    fork: str, address: bytes, data: bytes, gas_limit: int
) -> tuple[bytes, int] | None:
    """
    Run a precompile of the EVM.

    Args:
        fork: Name of the fork, as `Osaka`.
        address: Address of the precompile.
        data: Its input.
        gas_limit: Gas that it may use.

    Returns:
        The output and the gas used, or none if the call fails.
    """
