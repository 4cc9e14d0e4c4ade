"""Hypothesis strategies for the protocol's data."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from corollup.errors import EncodingError, Reason, Rejected
from corollup.spec.access_list import AccessList, AccountAccess, Entry, SlotAccess, Write
from corollup.spec.containers import (
    Body,
    Config,
    ExecutionResult,
    Genesis,
    GenesisParent,
    Header,
    HeaderParent,
)
from corollup.spec.encoding import AbiStruct, Unsigned, get_codecs

Struct = TypeVar("Struct", bound=AbiStruct)
Value = TypeVar("Value")

addresses = st.binary(min_size=20, max_size=20)
hashes = st.binary(min_size=32, max_size=32)
words = st.integers(0, 2**256 - 1)


def structs(struct: type[Struct]) -> st.SearchStrategy[Struct]:
    """Any value of a struct of static words."""
    return st.builds(
        struct,
        **{
            name: st.integers(0, (1 << codec.bits) - 1)
            if isinstance(codec, Unsigned)
            else st.binary(min_size=codec.size, max_size=codec.size)
            for name, codec in get_codecs(struct).items()
        },
    )


@st.composite
def genesis_parents(draw: st.DrawFn) -> GenesisParent:
    """Any configuration with a genesis that commits to it."""
    config = draw(structs(Config))
    genesis = Genesis(config.compute_hash(), draw(hashes), 1, draw(hashes))
    return GenesisParent(config, genesis)


parents = st.one_of(genesis_parents(), st.builds(HeaderParent, structs(Header)))

bodies = st.builds(
    Body,
    access_list=st.binary(max_size=50),
    payload=st.binary(max_size=50),
    codes=st.lists(st.binary(max_size=20), max_size=3).map(tuple),
    proof=st.binary(max_size=50),
)

execution_results = st.builds(
    ExecutionResult,
    domain=hashes,
    l2_chain_id=st.integers(0, 2**64 - 1),
    parent=parents,
    producer_key=st.binary(min_size=48, max_size=48),
    producer_signature=st.binary(min_size=96, max_size=96),
    header=structs(Header),
    body=bodies,
)

writes = st.dictionaries(st.integers(1, 2**32 - 1), hashes, max_size=3).map(
    lambda values: tuple(Write(index, values[index]) for index in sorted(values))
)
entries = st.builds(Entry, before=hashes, writes=writes)
slots = st.dictionaries(words, entries, max_size=3).map(
    lambda values: tuple(SlotAccess(slot, values[slot]) for slot in sorted(values))
)
access_lists = st.dictionaries(addresses, st.tuples(entries, entries, slots), max_size=3).map(
    lambda values: AccessList(
        tuple(AccountAccess(address, *values[address]) for address in sorted(values))
    )
)


@st.composite
def byte_changes(draw: st.DrawFn, encoded: bytes) -> bytes:
    """The encoding with one byte changed, inserted or removed."""
    position = draw(st.integers(0, max(len(encoded) - 1, 0)))
    head, tail = encoded[:position], encoded[position + 1 :]
    byte = draw(st.binary(min_size=1, max_size=1))
    kept = encoded[position : position + 1]
    changes = st.sampled_from((head + byte + tail, head + byte + kept + tail, head + tail))
    return draw(changes.filter(lambda changed: changed != encoded))


def decode_or_refuse(decode: Callable[[bytes], Value], encoded: bytes) -> Value | None:
    """The decoded value, or None if the bytes are refused as malformed."""
    try:
        return decode(encoded)
    except EncodingError:
        return None
    except Rejected as rejected:
        return None if rejected.reason is Reason.MALFORMED_ENCODING else decode(encoded)
