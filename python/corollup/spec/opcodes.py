"""
Opcodes that halt before they touch the state.

The execution specs read some leaves before they check that an opcode is paid for and allowed. An
exceptional halt has one outcome, whenever it is found. Here it is found first, so that an opcode
that is doomed without the state needs nothing of the access list (the touch rules of EIP-7928).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from corollup.spec.constants import Fork
from corollup.spec.encoding import Address
from corollup.spec.state_view import hash_code, measure_code

GAS_CALL_VALUE: Final = 9000
"""Gas of a call that sends value."""


def install(eels: Any) -> None:
    """Put each check before its opcode; what needs no code reads the leaves."""
    check_call_with_value = partial(check_call, has_value=True)
    check_call_without_value = partial(check_call, has_value=False)
    checks: dict[str, Callable[[Any, Any], None]] = {
        "SSTORE": check_sstore,
        "SELFDESTRUCT": check_selfdestruct,
        "CALL": check_call_with_value,
        "CALLCODE": check_call_with_value,
        "DELEGATECALL": check_call_without_value,
        "STATICCALL": check_call_without_value,
    }
    table = eels.instructions.op_implementation
    for opcode in eels.instructions.Ops:
        if opcode.name in checks:
            table[opcode] = partial(run, eels, checks[opcode.name], table[opcode])
    eels.environment.len = measure_code
    eels.environment.ulen = lambda code: eels.numeric.Uint(measure_code(code))
    eels.environment.keccak256 = hash_code
    # Receipts had the state root before Byzantium; those of a packet have the status.
    eels.fork.state_root = lambda _state: bytes(32)


def run(
    eels: Any, check: Callable[[Any, Any], None], opcode: Callable[[Any], None], evm: Any
) -> None:
    """Run an opcode after its check."""
    check(eels, evm)
    opcode(evm)


def check_static(eels: Any, evm: Any) -> None:
    """Halt a write in a static frame (EIP-214)."""
    if getattr(evm.message, "is_static", False):
        raise eels.exceptions.WriteInStaticContext


def check_sstore(eels: Any, evm: Any) -> None:
    """Halt an SSTORE that must not write, or cannot pay for the cheapest write."""
    check_static(eels, evm)
    # Since Istanbul the specs look at the gas first themselves (EIP-2200).
    if eels.number < Fork.ISTANBUL:
        require_gas(eels, evm, int(eels.gas.GAS_STORAGE_UPDATE))


def check_selfdestruct(eels: Any, evm: Any) -> None:
    """Halt a SELFDESTRUCT that must not write, or cannot pay for reading its beneficiary."""
    [beneficiary] = peek(eels, evm, 1)
    check_static(eels, evm)
    base = int(getattr(eels.gas, "GAS_SELF_DESTRUCT", 0))
    require_gas(eels, evm, base + get_cold_gas(eels, evm, to_address(beneficiary)))


def check_call(eels: Any, evm: Any, *, has_value: bool) -> None:
    """Halt a call that must not send value, or cannot pay for reading the account it calls."""
    words = peek(eels, evm, 7 if has_value else 6)
    target, value = to_address(words[1]), words[2] if has_value else 0
    is_call = evm.code[int(evm.pc)] == eels.instructions.Ops.CALL.value
    if is_call and value:
        check_static(eels, evm)
    starts_and_sizes = [eels.numeric.U256(word) for word in words[-4:]]
    ranges = [tuple(starts_and_sizes[:2]), tuple(starts_and_sizes[2:])]
    memory_gas = int(eels.gas.calculate_gas_extend_memory(evm.memory, ranges).cost)
    gas = memory_gas + get_access_gas(eels, evm, target) + (GAS_CALL_VALUE if value else 0)
    require_gas(eels, evm, gas)
    if eels.delegation is not None:
        code = eels.state.get_account(evm.message.block_env.state, target).code
        delegate = eels.delegation.get_delegated_code_address(code)
        if delegate is not None and delegate != target:
            require_gas(eels, evm, gas + get_access_gas(eels, evm, delegate))


def get_access_gas(eels: Any, evm: Any, address: Address) -> int:
    """Return the gas of a call for reading an account."""
    if hasattr(eels.gas, "GAS_WARM_ACCESS"):
        return get_cold_gas(eels, evm, address) or int(eels.gas.GAS_WARM_ACCESS)
    return int(eels.gas.GAS_CALL)


def get_cold_gas(eels: Any, evm: Any, address: Address) -> int:
    """Return the gas of a first access (EIP-2929)."""
    if not hasattr(eels.gas, "GAS_COLD_ACCOUNT_ACCESS") or address in evm.accessed_addresses:
        return 0
    return int(eels.gas.GAS_COLD_ACCOUNT_ACCESS)


def require_gas(eels: Any, evm: Any, gas: int) -> None:
    """Halt a frame that has less gas."""
    if int(evm.gas_left) < gas:
        raise eels.exceptions.OutOfGasError


def peek(eels: Any, evm: Any, count: int) -> list[int]:
    """Return the words that an opcode will pop, the first one first."""
    if len(evm.stack) < count:
        raise eels.exceptions.StackUnderflowError
    return [int(word) for word in reversed(evm.stack[-count:])]


def to_address(word: int) -> Address:
    """Return the address in the low 20 bytes of a word."""
    return word.to_bytes(32, "big")[12:]
