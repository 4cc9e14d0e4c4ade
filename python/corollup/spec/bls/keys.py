"""Secret keys: their derivation from a seed by EIP-2333, along a path of EIP-2334."""

import hashlib
import hmac
import re
from typing import Final

from py_ecc.optimized_bls12_381 import G1, curve_order, multiply

from corollup.errors import ArgumentError, BlsError
from corollup.spec.bls.points import encode_key

SECRET_SIZE: Final = 32
"""Size of a secret key, and the least size of a seed, bytes."""

KEYGEN_SALT: Final = b"BLS-SIG-KEYGEN-SALT-"
"""First salt of the key generation; hashed again for each try."""

KEYGEN_SIZE: Final = 48
"""Bytes that are reduced to a scalar: ceil(1.5 · 255 / 8), so that no scalar is likelier."""

LAMPORT_CHUNKS: Final = 255
"""Chunks of a Lamport secret key."""

MAX_INDEX: Final = 2**32 - 1
"""Largest index of a child key."""


def decode_secret(secret: bytes) -> int:
    """
    Decode a secret key: 32 big-endian bytes of a scalar in 1..r.

    Raises:
        BlsError: For any other bytes.
    """
    scalar = int.from_bytes(secret, "big")
    if len(secret) != SECRET_SIZE or not 0 < scalar < curve_order:
        raise BlsError("secret key is not 32 bytes of a scalar in 1..r")
    return scalar


def compute_public_key(secret: bytes) -> bytes:
    """Compute the public key of a secret key."""
    return encode_key(multiply(G1, decode_secret(secret)))


def derive_master(seed: bytes) -> bytes:
    """Derive the master secret key of a seed of at least 32 bytes."""
    if len(seed) < SECRET_SIZE:
        raise BlsError("seed is shorter than 32 bytes")
    return _hash_to_scalar(seed)


def derive_child(parent: bytes, index: int) -> bytes:
    """Derive the child secret key of an index."""
    decode_secret(parent)
    return _hash_to_scalar(_compress_lamport_key(parent, index))


def derive_secret_key(seed: bytes, path: str) -> bytes:
    """
    Derive the secret key at a path, as `m/12381/3600/0/0`, below the master key of a seed.

    Raises:
        ArgumentError: If the path is not `m` and decimal indexes below 2^32.
        BlsError: If the seed is too short.
    """
    root, *steps = path.split("/")
    if root != "m":
        raise ArgumentError(f'key path "{path}" does not start with m')
    key = derive_master(seed)
    for step in steps:
        key = derive_child(key, _parse_index(step, path))
    return key


def _parse_index(step: str, path: str) -> int:
    # One spelling for each path: ten digits at most, no sign, no leading zero.
    if re.fullmatch(r"0|[1-9][0-9]{0,9}", step) and int(step) <= MAX_INDEX:
        return int(step)
    raise ArgumentError(f'step "{step}" of key path "{path}" is no u32')


def _hash_to_scalar(key_material: bytes) -> bytes:
    """Derive a scalar in 1..r from key material: `hkdf_mod_r` of EIP-2333."""
    salt, scalar = KEYGEN_SALT, 0
    while scalar == 0:
        salt = hashlib.sha256(salt).digest()
        pseudorandom_key = hmac.digest(salt, key_material + b"\0", "sha256")
        info = KEYGEN_SIZE.to_bytes(2, "big")
        scalar = int.from_bytes(_expand(pseudorandom_key, info, KEYGEN_SIZE), "big") % curve_order
    return scalar.to_bytes(SECRET_SIZE, "big")


def _compress_lamport_key(parent: bytes, index: int) -> bytes:
    """Hash the Lamport public key of a child: `parent_SK_to_lamport_PK` of EIP-2333."""
    salt = index.to_bytes(4, "big")
    inverted = bytes(byte ^ 0xFF for byte in parent)
    chunks = _derive_lamport_chunks(parent, salt) + _derive_lamport_chunks(inverted, salt)
    return hashlib.sha256(b"".join(hashlib.sha256(chunk).digest() for chunk in chunks)).digest()


def _derive_lamport_chunks(key_material: bytes, salt: bytes) -> list[bytes]:
    pseudorandom_key = hmac.digest(salt, key_material, "sha256")
    stream = _expand(pseudorandom_key, b"", LAMPORT_CHUNKS * 32)
    return [stream[start : start + 32] for start in range(0, len(stream), 32)]


def _expand(pseudorandom_key: bytes, info: bytes, size: int) -> bytes:
    """Expand a key to `size` bytes: HKDF-Expand of RFC 5869 with SHA-256."""
    stream, block, counter = b"", b"", 0
    while len(stream) < size:
        counter += 1
        block = hmac.digest(pseudorandom_key, block + info + bytes([counter]), "sha256")
        stream += block
    return stream[:size]
