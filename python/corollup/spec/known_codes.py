"""
Codes that a sender leaves out of an execution result, as its receiver has them.

The receiver names hashes, the sender leaves out codes of these hashes and says of which; the
receiver puts them back, and has the very bytes of the sender.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from corollup.spec.containers import ExecutionResult
from corollup.spec.encoding import Bytes32, keccak256


def read_codes(encoded: bytes) -> dict[Bytes32, bytes]:
    """
    Read the codes of an encoded execution result by their hashes, in their order.

    Raises:
        Rejected: If the bytes are no execution result.
    """
    return {keccak256(code): code for code in ExecutionResult.decode(encoded).body.codes}


def omit_codes(
    encoded: bytes, code_hashes: Sequence[Bytes32], named: Sequence[Bytes32]
) -> tuple[bytes, tuple[int, ...]]:
    """
    Leave out the codes that a receiver named.

    Args:
        encoded: The execution result.
        code_hashes: The hash of each of its codes, in their order.
        named: The hashes that the receiver named.

    Returns:
        The result without these codes, and their positions among the names, ascending.
    """
    positions = {code_hash: position for position, code_hash in enumerate(named)}
    omitted = sorted(positions[code_hash] for code_hash in code_hashes if code_hash in positions)
    if not omitted:
        return encoded, ()
    result = ExecutionResult.decode(encoded)
    pairs = zip(code_hashes, result.body.codes, strict=True)
    kept = tuple(code for code_hash, code in pairs if code_hash not in positions)
    return replace(result, body=replace(result.body, codes=kept)).encode(), tuple(omitted)


def restore_codes(encoded: bytes, omitted: Mapping[Bytes32, bytes]) -> bytes:
    """
    Put codes back into an execution result.

    Args:
        encoded: The result without them.
        omitted: The codes that were left out, by hash.

    Raises:
        Rejected: If the bytes are no execution result.
    """
    if not omitted:
        return encoded
    result = ExecutionResult.decode(encoded)
    pairs = [(keccak256(code), code) for code in result.body.codes]
    pairs.extend(omitted.items())
    codes = tuple(code for _, code in sorted(pairs))
    return replace(result, body=replace(result.body, codes=codes)).encode()
