"""The network's domain, the digest of a header, and the messages that BLS keys sign."""

from typing import Final

from corollup.spec.containers.header import Header
from corollup.spec.encoding import WORD_SIZE, Address, Bytes32, Fixed, Unsigned, keccak256

PROTOCOL_NAME: Final = b"corollup/1"
"""First item of every domain."""

ENDORSE_TAG: Final = 1
"""First word of the message of an endorsement."""

APPEAL_TAG: Final = 2
"""First word of the message of a vote in an appeal."""

UINT256: Final = Unsigned(256)
ADDRESS: Final = Fixed(20)


def compute_domain(
    l1_chain_id: int, l2_chain_id: int, state_contract: Address, genesis_hash: Bytes32
) -> Bytes32:
    """
    Compute the domain, which names one network.

        keccak(abi.encode("corollup/1", l1ChainId, l2ChainId, stateContract, genesisHash))
    """
    # A string is dynamic: its word is the offset of its length, which follows the five words.
    return keccak256(
        UINT256.encode(5 * WORD_SIZE)
        + UINT256.encode(l1_chain_id)
        + UINT256.encode(l2_chain_id)
        + ADDRESS.encode(state_contract)
        + genesis_hash
        + UINT256.encode(len(PROTOCOL_NAME))
        + PROTOCOL_NAME.ljust(WORD_SIZE, b"\0")
    )


def compute_digest(domain: Bytes32, header: Header) -> Bytes32:
    """Compute the digest of a header, the L2 block hash: keccak(domain ‖ abi.encode(header))."""
    return keccak256(domain + header.encode())


def compute_endorse_message(digest: Bytes32, status: int) -> Bytes32:
    """
    Compute the message of an endorsement, keccak(abi.encode(1, digest, status)).

    A producer signs its own header with status 1 of the same message.
    """
    return keccak256(UINT256.encode(ENDORSE_TAG) + digest + UINT256.encode(status))


def compute_appeal_message(case: int, digest: Bytes32, is_valid: bool) -> Bytes32:
    """Compute the message of a vote in an appeal, keccak(abi.encode(2, case, digest, verdict))."""
    words = UINT256.encode(APPEAL_TAG) + UINT256.encode(case)
    return keccak256(words + digest + UINT256.encode(int(is_valid)))


def compute_key_hash(key: bytes) -> Bytes32:
    """Compute the hash of a BLS key from its 128 bytes of EIP-2537."""
    return keccak256(key)


def compute_registration_message(
    l1_chain_id: int, management_contract: Address, operator: Address, key_hash: Bytes32
) -> Bytes32:
    """
    Compute the message that a key signs to be registered, under the possession tag.

        keccak(abi.encode(l1ChainId, managementContract, operator, keyHash))
    """
    return keccak256(
        UINT256.encode(l1_chain_id)
        + ADDRESS.encode(management_contract)
        + ADDRESS.encode(operator)
        + key_hash
    )
