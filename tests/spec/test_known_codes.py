"""Codes that are left out of an execution result, and put back."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollup.engine import make_random_packets
from corollup.errors import Rejected
from corollup.spec.encoding import keccak256
from corollup.spec.known_codes import omit_codes, read_codes, restore_codes

PACKETS: Final = [honest for honest, _ in make_random_packets(1, small=True)]
FOREIGN: Final = [keccak256(bytes([number])) for number in range(8)]


@given(st.sampled_from(PACKETS), st.sets(st.integers(0, 20)))
def test_what_is_left_out_comes_back(encoded: bytes, chosen: set[int]) -> None:
    codes = read_codes(encoded)
    hashes = tuple(codes)
    named = sorted({(*hashes, *FOREIGN)[index % (len(hashes) + 8)] for index in chosen})
    without, omitted = omit_codes(encoded, hashes, named)
    left_out = [named[place] for place in omitted]
    assert left_out == sorted(set(named) & set(hashes))
    assert set(read_codes(without)) == set(hashes) - set(left_out)
    missing = {code_hash: codes[code_hash] for code_hash in left_out}
    assert restore_codes(without, missing) == encoded


def test_packets_have_codes() -> None:
    assert max(len(read_codes(encoded)) for encoded in PACKETS) >= 3


def test_bytes_that_are_no_result_are_refused() -> None:
    with pytest.raises(Rejected):
        restore_codes(b"no result", {FOREIGN[0]: b"\0"})
