"""Evidence that a node finds with the state, and without it."""

from dataclasses import replace

import pytest

from corollup.devnet.crimes import FALSE_ROOT, LOOT_WEI, THIEF, steal
from corollup.engine import get_engine
from corollup.node.evidence import find_evidence, find_wrong_root, list_updates, read_lists
from corollup.spec.access_list import AccessList, compute_access_root
from corollup.spec.containers import ExecutionResult
from corollup.spec.evidence.access_list import ValueBefore
from corollup.spec.evidence.packets import Claim
from corollup.spec.evidence.update_nodes import WrongNode
from corollup.spec.merkle import compute_merkle_root
from corollup.spec.verkle.keys import BasicData, compute_basic_data_key
from tests.rollup import L2_CHAIN_ID, Rollup, sign_transfer

ENGINE = get_engine()


@pytest.fixture(scope="module")
def rollup() -> Rollup:
    return Rollup()


@pytest.fixture(scope="module")
def result(rollup: Rollup) -> ExecutionResult:
    return ExecutionResult.decode(rollup.produce(sign_transfer()))


def test_honest_packet_gives_no_evidence(rollup: Rollup, result: ExecutionResult) -> None:
    state = rollup.ledger.tree(0)
    assert state is not None
    assert state.root == result.header.pre_state_root
    assert find_evidence(result, state) is None
    assert find_wrong_root(ENGINE, result) is None
    lists = read_lists(result)
    assert lists is not None
    updates = list_updates(ENGINE, result, lists)
    assert updates is not None
    assert compute_merkle_root(updates) == result.header.update_root


def test_wrong_root_is_proven_with_and_without_the_state(
    rollup: Rollup, result: ExecutionResult
) -> None:
    wrong = replace(result, header=replace(result.header, post_state_root=FALSE_ROOT))
    state = rollup.ledger.tree(0)
    assert state is not None
    for evidence in (find_evidence(wrong, state), find_wrong_root(ENGINE, wrong)):
        assert isinstance(evidence, WrongNode)
        assert evidence.proves(Claim(wrong.header, L2_CHAIN_ID))
        assert not evidence.proves(Claim(result.header, L2_CHAIN_ID))


def test_false_value_before_is_proven(rollup: Rollup, result: ExecutionResult) -> None:
    listed = AccessList.decode(result.body.access_list)
    rich = BasicData(balance=7).pack()
    first = replace(
        listed.accounts[0], basic_data=replace(listed.accounts[0].basic_data, before=rich)
    )
    false = AccessList((first, *listed.accounts[1:]))
    header = replace(result.header, access_root=compute_access_root(false))
    body = replace(result.body, access_list=false.encode())
    wrong = replace(result, header=header, body=body)
    state = rollup.ledger.tree(0)
    assert state is not None
    evidence = find_evidence(wrong, state)
    assert isinstance(evidence, ValueBefore)
    assert evidence.leaf.items[0].startswith(compute_basic_data_key(first.address))
    assert evidence.proves(Claim(header, L2_CHAIN_ID))


def test_body_of_another_packet_proves_nothing(rollup: Rollup, result: ExecutionResult) -> None:
    header = replace(result.header, access_root=bytes(32), post_state_root=FALSE_ROOT)
    foreign = replace(result, header=header)
    state = rollup.ledger.tree(0)
    assert state is not None
    assert read_lists(foreign) is None
    assert find_evidence(foreign, state) is None
    assert find_wrong_root(ENGINE, foreign) is None
    later = rollup.ledger.tree(1)
    assert later is not None
    wrong = replace(result, header=replace(result.header, post_state_root=FALSE_ROOT))
    assert find_evidence(wrong, later) is None


def test_theft_with_consistent_lists_proves_nothing_by_itself(
    rollup: Rollup, result: ExecutionResult
) -> None:
    state = rollup.ledger.tree(0)
    assert state is not None
    stolen = steal(result, state)
    assert find_evidence(stolen, state) is None
    assert find_wrong_root(ENGINE, stolen) is None
    lists = read_lists(stolen)
    assert lists is not None
    assert (compute_basic_data_key(THIEF), BasicData(balance=LOOT_WEI).pack()) in lists.writes


def test_tree_after_a_packet_is_apart_from_the_ledger(rollup: Rollup) -> None:
    tree, other = rollup.ledger.tree(0), rollup.ledger.tree(0)
    assert tree is not None
    assert other is not None
    tree.insert([(bytes(32), bytes([1]) * 32)])
    assert tree.root != other.root
    assert rollup.ledger.tree(10**6) is None
