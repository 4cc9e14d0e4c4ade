"""The layout of EIP-6800: where accounts, slots and code live."""

import pytest

from corollup.errors import EncodingError
from corollup.spec.encoding import keccak256
from corollup.spec.verkle.keys import (
    BasicData,
    chunkify_code,
    compute_basic_data_key,
    compute_code_chunk_key,
    compute_code_hash_key,
    compute_storage_key,
)

ADDRESS = bytes.fromhex("71562b71999873db5b286df957af199ec94617f7")

PUSH21 = b"\x74"
PUSH32 = b"\x7f"


def compute_stem(tree_index: int) -> bytes:
    return keccak256(bytes(12) + ADDRESS + tree_index.to_bytes(32, "little"))[:31]


def test_header_keys_share_a_stem() -> None:
    header = compute_stem(0)
    assert compute_basic_data_key(ADDRESS) == header + b"\x00"
    assert compute_code_hash_key(ADDRESS) == header + b"\x01"
    assert compute_storage_key(ADDRESS, 0) == header + b"\x40"
    assert compute_storage_key(ADDRESS, 63) == header + b"\x7f"
    assert compute_code_chunk_key(ADDRESS, 0) == header + b"\x80"
    assert compute_code_chunk_key(ADDRESS, 127) == header + b"\xff"


def test_other_keys_have_the_tree_index_of_their_position() -> None:
    assert compute_storage_key(ADDRESS, 64) == compute_stem(256**30) + b"\x40"
    assert compute_storage_key(ADDRESS, 256) == compute_stem(256**30 + 1) + b"\x00"
    assert compute_storage_key(ADDRESS, 2**256 - 1) == compute_stem(256**30 + 2**248 - 1) + b"\xff"
    assert compute_code_chunk_key(ADDRESS, 128) == compute_stem(1) + b"\x00"


@pytest.mark.parametrize(
    ("code", "leads"),
    [
        (b"", []),
        (b"\x5b" * 32, [0, 0]),
        (b"\x5b" * 9 + PUSH21 + b"\x60" * 21 + b"\x5b" * 62, [0, 0, 0]),
        (b"\x5b" * 10 + PUSH21 + b"\x5b" * 82, [0, 1, 0]),
        (b"\x5b" * 30 + PUSH32 + b"\x60" * 32 + b"\x5b" * 30, [0, 31, 1]),
    ],
)
def test_chunks_count_the_push_data_that_they_begin_with(code: bytes, leads: list[int]) -> None:
    chunks = chunkify_code(code)
    assert [chunk[0] for chunk in chunks] == leads
    assert b"".join(chunk[1:] for chunk in chunks).startswith(code)
    assert all(len(chunk) == 32 for chunk in chunks)


def test_basic_data_packs_in_place_and_back() -> None:
    data = BasicData(version=7, code_size=0x010203, nonce=4, balance=5)
    packed = bytes.fromhex("07" + "00" * 4 + "010203" + "00" * 7 + "04" + "00" * 15 + "05")
    assert data.pack() == packed
    assert BasicData.unpack(packed) == data


@pytest.mark.parametrize(
    ("largest", "too_large"),
    [
        (BasicData(version=255), BasicData(version=256)),
        (BasicData(code_size=2**24 - 1), BasicData(code_size=2**24)),
        (BasicData(nonce=2**64 - 1), BasicData(nonce=2**64)),
        (BasicData(balance=2**128 - 1), BasicData(balance=2**128)),
    ],
)
def test_numbers_above_their_place_are_refused(largest: BasicData, too_large: BasicData) -> None:
    assert BasicData.unpack(largest.pack()) == largest
    with pytest.raises(EncodingError, match="does not fit"):
        too_large.pack()


@pytest.mark.parametrize("position", range(1, 5))
def test_reserved_bytes_of_basic_data_are_refused(position: int) -> None:
    value = bytes(position) + b"\x01" + bytes(31 - position)
    with pytest.raises(EncodingError, match="reserved bytes are not zero"):
        BasicData.unpack(value)
