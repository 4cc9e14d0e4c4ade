"""The native producer runs what the execution specs run: every write, all gas, each receipt."""

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corollup.engine import ReplayBlock, get_engine
from corollup.replay.files import read_blocks
from corollup.spec.constants import Fork
from corollup.spec.containers import ExecutionResult
from corollup.spec.evm import load_fork
from corollup.spec.verdict import Context
from tests.differential.native_packets import (
    SENDER,
    WALLET,
    PreState,
    build,
    build_block,
    execute_by_specification,
    make_config,
    make_state,
    sign,
)
from tests.support import require_data
from tests.vectors.generate import fill
from tests.vectors.packets import CHAIN_ID, CONFIG

# The execution specs set the recursion limit when they are imported, which Hypothesis must not see.
load_fork(Fork.OSAKA)

TARGET: Final = fill("target", 20)
CALLER: Final = fill("caller", 20)
PLAIN: Final = fill("plain", 20)
"""A contract that is looked at and never run."""

OPCODE_TABLE: Final = """
STOP=00 ADD=01 SUB=03 BALANCE=31 CALLER=33 CALLVALUE=34 EXTCODESIZE=3b EXTCODECOPY=3c
RETURNDATASIZE=3d EXTCODEHASH=3f BLOCKHASH=40 COINBASE=41 NUMBER=43 SELFBALANCE=47 BASEFEE=48
BLOBBASEFEE=4a POP=50 MSTORE=52 SLOAD=54 SSTORE=55 GAS=5a DUP1=80 DUP6=85 LOG1=a1 CREATE=f0
CALL=f1 RETURN=f3 DELEGATECALL=f4 CREATE2=f5 STATICCALL=fa REVERT=fd INVALID=fe SELFDESTRUCT=ff
"""
OPCODES: Final = {
    name: int(code, 16) for name, code in (pair.split("=") for pair in OPCODE_TABLE.split())
}


def assemble(program: str) -> bytes:
    """Assemble opcodes by name, and pushes of the hex numbers between them."""
    code = bytearray()
    for word in program.split():
        if word in OPCODES:
            code.append(OPCODES[word])
        else:
            pushed = bytes.fromhex(word)
            code += bytes([0x5F + len(pushed)]) + pushed
    return bytes(code)


def call(address: bytes, value: str = "00", gas: str = "ffff") -> str:
    return f"00 00 00 00 {value} {address.hex()} {gas} CALL POP"


def store(expression: str, slot: str) -> str:
    return f"{expression} {slot} SSTORE"


# Returns the five bytes 60 01 60 00 55: a contract that writes 1 to slot 0.
INIT_CODE: Final = assemble("6001600055 00 MSTORE 05 1b RETURN")

PROGRAMS: Final[Mapping[str, str]] = {
    "a transfer": "STOP",
    "a write, a change and a clearing": "07 00 SSTORE 05 01 SSTORE 00 02 SSTORE 09 00 SSTORE",
    "a write of the same value": "03 01 SSTORE",
    "a revert after a write": "07 00 SSTORE 00 00 REVERT",
    "an exceptional halt after a write": "07 00 SSTORE INVALID",
    "a log": "07 00 MSTORE 2a 20 00 LOG1",
    "a balance of an absent account": store(f"{fill('absent', 20).hex()} BALANCE", "00"),
    "a call with value to an absent account": call(fill("absent", 20), value="01"),
    "a call without value to an absent account": call(fill("absent", 20)),
    "a call with more value than there is": call(PLAIN, value="ffffffffff"),
    "a call of a precompile": call(bytes(19) + b"\2"),
    "a call of a contract": call(CALLER),
    "a call with too little gas": call(CALLER, gas="0100"),
    "a delegate call": f"00 00 00 00 {CALLER.hex()} ffff DELEGATECALL POP",
    "a static call that writes": f"00 00 00 00 {CALLER.hex()} ffff STATICCALL POP",
    "the size of a code": store(f"{PLAIN.hex()} EXTCODESIZE", "00"),
    "the hash of a code": store(f"{PLAIN.hex()} EXTCODEHASH", "00"),
    "the hash of no code": store(f"{fill('absent', 20).hex()} EXTCODEHASH", "00"),
    "a copy of a code": f"20 00 00 {PLAIN.hex()} EXTCODECOPY",
    "hashes of blocks": " ".join(
        store(f"{age} NUMBER SUB BLOCKHASH", age) for age in ("00", "01", "0100", "0101")
    ),
    "the environment": " ".join(
        store(name, f"{slot:02x}")
        for slot, name in enumerate(("COINBASE", "NUMBER", "BASEFEE", "BLOBBASEFEE", "SELFBALANCE"))
    ),
    "a creation": f"{INIT_CODE.hex()} 00 MSTORE {len(INIT_CODE):02x} "
    f"{32 - len(INIT_CODE):02x} 03 CREATE 00 SSTORE",
    "a creation by salt, and a call": f"{INIT_CODE.hex()} 00 MSTORE 07 {len(INIT_CODE):02x} "
    f"{32 - len(INIT_CODE):02x} 00 CREATE2 00 00 00 00 00 DUP6 ffff CALL 00 SSTORE",
    "a creation twice at one address": " ".join(
        f"{INIT_CODE.hex()} 00 MSTORE 07 {len(INIT_CODE):02x} {32 - len(INIT_CODE):02x} "
        f"00 CREATE2 {slot} SSTORE"
        for slot in ("00", "01")
    ),
    "a failed creation": "fe 00 MSTORE 01 1f 00 CREATE 00 SSTORE",
    "a creation that destroys itself": "33ff 00 MSTORE 02 1e 05 CREATE 00 SSTORE",
    "a destruction": f"{PLAIN.hex()} SELFDESTRUCT",
    "a destruction for an absent account": f"{fill('absent', 20).hex()} SELFDESTRUCT",
    "gas left": store("GAS", "00"),
}

CALLER_CODE: Final = assemble("CALLER 00 SSTORE CALLVALUE 01 SSTORE 01 SLOAD POP")
PLAIN_CODE: Final = assemble("01 02 ADD POP")


def make_pre_state(code: bytes) -> PreState:
    return {
        TARGET: (1000, 1, code, {1: 3, 2: 4}),
        CALLER: (0, 1, CALLER_CODE, {0: 9}),
        PLAIN: (5, 1, PLAIN_CODE, {}),
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_as_in_the_execution_specs(name: str) -> None:
    state = make_state(make_pre_state(assemble(PROGRAMS[name])))
    fees = {"chainId": CHAIN_ID, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 5}
    transactions = [
        sign(nonce=nonce, to=TARGET, gas=300_000, value=nonce, **fees) for nonce in range(2)
    ]
    execution = execute_by_specification(build(state, CONFIG, transactions))
    assert len(execution.receipts) == 2


@pytest.mark.parametrize("fork", Fork)
def test_each_fork_runs_as_in_the_execution_specs(fork: Fork) -> None:
    # An opcode that the fork does not have yet halts the program.
    programs = {fill(name, 20): assemble(program) for name, program in PROGRAMS.items()}
    accounts = {address: (1000, 1, code, {1: 3, 2: 4}) for address, code in programs.items()}
    state = make_state({**make_pre_state(b""), **accounts})
    transactions = [
        sign(nonce=nonce, to=address, gas=300_000, gasPrice=2 * 10**9, value=1)
        for nonce, address in enumerate(programs)
    ]
    encoded = build(state, make_config(fork), transactions)
    assert len(execute_by_specification(encoded).receipts) == len(PROGRAMS)


def test_every_type_of_transaction_runs_as_in_the_execution_specs() -> None:
    fees = {"maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 5, "chainId": CHAIN_ID}
    access_list = [{"address": f"0x{PLAIN.hex()}", "storageKeys": [f"0x{bytes(32).hex()}"]}]
    authorizations = [
        WALLET.sign_authorization({"chainId": CHAIN_ID, "address": CALLER, "nonce": 4})
    ]
    transactions = [
        sign(nonce=0, to=TARGET, gas=100_000, gasPrice=2 * 10**9),
        sign(nonce=1, to=TARGET, gas=100_000, gasPrice=2 * 10**9, chainId=CHAIN_ID),
        sign(
            nonce=2,
            to=TARGET,
            gas=100_000,
            gasPrice=2 * 10**9,
            chainId=CHAIN_ID,
            accessList=access_list,
            type=1,
        ),
        sign(nonce=3, to=TARGET, gas=100_000, authorizationList=authorizations, **fees),
        sign(nonce=5, to=SENDER, gas=100_000, value=7, **fees),
        sign(nonce=6, to=b"", data=INIT_CODE, gas=100_000, **fees),
        sign(nonce=7, to=TARGET, gas=21_000, data=b"", **fees),
    ]
    state = make_state(make_pre_state(assemble("07 00 SSTORE")))
    execution = execute_by_specification(build(state, CONFIG, transactions))
    assert [receipt.succeeded for receipt in execution.receipts] == [True] * 6 + [False]


words = st.sampled_from(
    [*OPCODES, *("00", "01", "02", "05", "20", "ffff", CALLER.hex(), PLAIN.hex(), TARGET.hex())]
)
fragments = st.sampled_from([*PROGRAMS.values(), call(TARGET), call(PLAIN, value="01")])


@given(
    programs=st.lists(st.lists(words | fragments, max_size=30), min_size=1, max_size=3),
    gas=st.integers(21_000, 100_000),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_program_runs_as_in_the_execution_specs(programs: list[list[str]], gas: int) -> None:
    addresses = [TARGET, CALLER, PLAIN]
    accounts = {
        # Numbers below the stack's need make programs that get further.
        address: (1000, 1, assemble("00 00 00 00 01 05 02 " + " ".join(program)), {1: 3, 2: 4})
        for address, program in zip(addresses, programs, strict=False)
    }
    fees = {"chainId": CHAIN_ID, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 5}
    transactions = [
        sign(nonce=nonce, to=address, gas=gas, value=1, **fees)
        for nonce, address in enumerate(addresses)
    ]
    execute_by_specification(build(make_state(accounts), CONFIG, transactions))


def test_both_engines_accept_a_native_packet() -> None:
    state = make_state(make_pre_state(assemble(PROGRAMS["a call of a contract"])))
    transaction = sign(nonce=0, to=TARGET, gas=300_000, gasPrice=2 * 10**9)
    encoded = build(state, CONFIG, [transaction])
    native = get_engine("native").endorser.verify(encoded, Context())
    assert native == get_engine("reference").endorser.verify(encoded, Context())
    assert native.status == 1


@pytest.mark.parametrize("number", [46147, 116525, 2675000])
def test_a_historical_block_runs_as_in_the_execution_specs(number: int) -> None:
    [files] = read_blocks([require_data(f"mainnet-blocks/blocks/{number}")])
    block = ReplayBlock(files.block, files.pre_state, files.codes, files.block_hashes)
    encoded = build_block(block)
    execution = execute_by_specification(encoded)
    assert execution.gas_used == block.gas_used
    assert ExecutionResult.decode(encoded).header.number == number
