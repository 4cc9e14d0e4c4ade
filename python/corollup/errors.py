"""
Why a message is refused (`Rejected`) and what goes wrong on our side (`CorollupError`).

A rejection is a peer's fault and is decided the same way on every machine.
An error is this machine's or this caller's: it ends in a retry or a log and signs nothing.
"""

from enum import Enum
from typing import Final


class ReasonClass(Enum):
    """What an endorser does with an execution result that fails a check."""

    IGNORE = "IGNORE"
    """Dropped: nothing is proven about the header, so nothing is signed."""

    REJECT = "REJECT"
    """Signed as status 0: the header contradicts its own, proven body."""


class Reason(Enum):
    """
    The first check that an execution result failed, in the order of the checks.

    The values are equal in Python, Rust and the test vectors.
    """

    MALFORMED_ENCODING = "MalformedEncoding"
    """The bytes are no canonical execution result."""

    LIMIT_EXCEEDED = "LimitExceeded"
    """A size or a count is over its limit."""

    WRONG_DOMAIN = "WrongDomain"
    """The domain is not this network's."""

    WRONG_CHAIN_ID = "WrongChainId"
    """The L2 chain id is not this network's."""

    WRONG_VERSION = "WrongVersion"
    """The version is not this network's."""

    WRONG_NUMBER = "WrongNumber"
    """The number is not the parent's plus one."""

    WRONG_PARENT_HASH = "WrongParentHash"
    """The parent hash is not the digest of the parent."""

    WRONG_PRE_STATE_ROOT = "WrongPreStateRoot"
    """The pre-state root is not the parent's post-state root."""

    TIMESTAMP_BEFORE_PARENT = "TimestampBeforeParent"
    """The timestamp is before the parent's."""

    WRONG_GAS_LIMIT = "WrongGasLimit"
    """The gas limit is not the configured one."""

    GAS_USED_ABOVE_LIMIT = "GasUsedAboveLimit"
    """The gas used is above the gas limit."""

    WRONG_BASE_FEE = "WrongBaseFee"
    """The base fee does not follow from the parent."""

    RESERVED_FIELD_NOT_ZERO = "ReservedFieldNotZero"
    """A reserved field is not zero."""

    WRONG_INBOX = "WrongInbox"
    """The inbox count or hash is not what the parent and the inbox give."""

    WRONG_DATA_HASH = "WrongDataHash"
    """The data hash is not what the data mode demands."""

    ANCHOR_BEFORE_PARENT = "AnchorBeforeParent"
    """The L1 anchor is older than the parent's."""

    WRONG_ANCHOR = "WrongAnchor"
    """The L1 anchor is not on this node's L1 chain, or not deep enough."""

    ANCHOR_TIME_MISMATCH = "AnchorTimeMismatch"
    """The timestamp does not fit the time of the L1 anchor."""

    WRONG_PREV_RANDAO = "WrongPrevRandao"
    """The randomness is not that of the L1 anchor."""

    WRONG_VIEW = "WrongView"
    """The view does not follow from the timestamp."""

    PRODUCER_NOT_SCHEDULED = "ProducerNotScheduled"
    """The producer is not registered or not scheduled for the view, or the key is not its key."""

    INVALID_PRODUCER_SIGNATURE = "InvalidProducerSignature"
    """The producer's signature does not verify."""

    FEE_TOO_LOW = "FeeTooLow"
    """The fee gas price is below the configured minimum."""

    FEE_COVER_TOO_LOW = "FeeCoverTooLow"
    """The producer's fee account does not cover the uncommitted chain."""

    PAYLOAD_HASH_MISMATCH = "PayloadHashMismatch"
    """The payload does not have the hash in the header."""

    MALFORMED_PAYLOAD = "MalformedPayload"
    """The payload is not canonical in its codec."""

    TRANSACTIONS_ROOT_MISMATCH = "TransactionsRootMismatch"
    """The transactions do not have the root in the header."""

    ACCESS_ROOT_MISMATCH = "AccessRootMismatch"
    """The access list does not have the root in the header."""

    UNLISTED_CODE = "UnlistedCode"
    """The codes are not in order, or one belongs to no listed account."""

    INVALID_BLOB_PROOF = "InvalidBlobProof"
    """The blobs of a data anchor do not hold its payloads, or a proof of one is not true."""

    MALFORMED_PROOF = "MalformedProof"
    """The Verkle proof is not canonical for the listed keys."""

    INVALID_PROOF = "InvalidProof"
    """The Verkle proof does not verify against the pre-state root."""

    FALSE_HINT = "FalseHint"
    """A hint of a sender is not that sender's; it came beside the packet and says nothing of it."""

    MISSING_CODE = "MissingCode"
    """A code that the execution needs is neither in the body nor in the cache."""

    INVALID_TRANSACTION = "InvalidTransaction"
    """A transaction does not decode or is invalid where it stands."""

    UNLISTED_READ = "UnlistedRead"
    """The execution reads a key that the access list does not hold."""

    WRITE_MISMATCH = "WriteMismatch"
    """The writes of the execution differ from those of the access list."""

    GAS_USED_MISMATCH = "GasUsedMismatch"
    """The gas used differs from the header's."""

    RECEIPTS_ROOT_MISMATCH = "ReceiptsRootMismatch"
    """The receipts do not have the root in the header."""

    WITHDRAWALS_ROOT_MISMATCH = "WithdrawalsRootMismatch"
    """The withdrawals do not have the root in the header."""

    UPDATE_ROOT_MISMATCH = "UpdateRootMismatch"
    """The changed slots of the tree do not have the root in the header."""

    POST_STATE_ROOT_MISMATCH = "PostStateRootMismatch"
    """The tree after the writes does not have the root in the header."""

    @property
    def reason_class(self) -> ReasonClass:
        """What follows from this reason."""
        return ReasonClass.REJECT if self in _REJECT_REASONS else ReasonClass.IGNORE


_REJECT_REASONS: Final = frozenset(
    {
        Reason.INVALID_TRANSACTION,
        Reason.UNLISTED_READ,
        Reason.WRITE_MISMATCH,
        Reason.GAS_USED_MISMATCH,
        Reason.RECEIPTS_ROOT_MISMATCH,
        Reason.WITHDRAWALS_ROOT_MISMATCH,
        Reason.UPDATE_ROOT_MISMATCH,
        Reason.POST_STATE_ROOT_MISMATCH,
    }
)


class CorollupError(Exception):
    """The root of every error that this package raises."""


class EncodingError(CorollupError):
    """Bytes that are not the canonical encoding of a value, or a value that has no encoding."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class BlsError(CorollupError):
    """A key, point or signature that no honest party makes."""


class ArgumentError(CorollupError):
    """An argument outside its documented range."""


class StateError(CorollupError):
    """A state that the caller's view of the chain does not have."""


class StoreError(CorollupError):
    """The state on disk cannot be read or written, or is not what it is opened as."""


class RpcError(CorollupError):
    """An answer of a JSON-RPC node that is no result."""

    def __init__(self, code: int, message: str, data: bytes | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class ErrorCode(Enum):
    """The number by which an error of the command line is looked up, in groups of one hundred."""

    CONFIG_UNREADABLE = "E1001"
    """The configuration file is absent or is no TOML."""

    CONFIG_UNKNOWN_KEY = "E1002"
    """The configuration file has a key that no command knows."""

    CONFIG_WRONG_VALUE = "E1003"
    """The configuration file has a table where a value belongs, or the other way round."""

    ARGUMENT_IMPOSSIBLE = "E1004"
    """The options of a command are outside their range, or contradict each other."""

    FILE_UNREADABLE = "E1101"
    """A file that the command was given cannot be read or written."""

    FILE_MALFORMED = "E1102"
    """A file that the command was given has other contents than the command reads."""

    PORT_IN_USE = "E1201"
    """Another program listens on a port that the command serves."""

    L1_UNREACHABLE = "E1301"
    """The L1 node does not answer."""

    L1_UNFUNDED = "E1302"
    """The account that pays for the set-up has too little on the L1."""

    DEVNET_SHAPE = "E1401"
    """A devnet of this shape cannot run."""

    DEVNET_UNREACHABLE = "E1402"
    """No devnet of this user listens where the command asks."""

    CONTRACT_REFUSES = "E1501"
    """A contract would refuse the transaction."""

    NO_SUCH_RECORD = "E1502"
    """The L1 has no member, packet or case as the command names it."""

    BRIDGE_REFUSES = "E1503"
    """The bridge, or a node of its network, does not do what the command asks."""

    INTERNAL = "E1901"
    """A defect of this program."""


class UserError(CorollupError):
    """An error that its user can mend: what and where, why, and the fix."""

    def __init__(
        self, code: ErrorCode, what: str, *, why: str = "", fix: str = "", exit_code: int = 1
    ) -> None:
        super().__init__(": ".join(filter(None, (what, why))) + (f". {fix}" if fix else ""))
        self.code = code
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.code.value} {super().__str__()}"


class Rejected(CorollupError):  # noqa: N818 (a rejection is no error)
    """A refused message: the check that failed, and the two values that differ."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason.value}: {message}")
        self.reason = reason
        self.message = message


def require(reason: Reason, condition: bool, message: str) -> None:
    """Refuse with `reason` unless the condition holds."""
    if not condition:
        raise Rejected(reason, message)


def require_equal(reason: Reason, expected: object, found: object) -> None:
    """Refuse with `reason` unless the two values are equal."""
    if expected != found:
        raise Rejected(reason, f"expected {_show(expected)}, found {_show(found)}")


def _show(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
