"""What each contract of a network is created with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, Final

from corollup.l1.abi import encode_arguments, get_struct_type, get_struct_values
from corollup.l1.contracts import NOBODY, Contracts, compute_created_address
from corollup.spec.containers import Config
from corollup.spec.verkle.curve import encode_affine, get_lagrange_points

BRIDGE_FIELDS: Final = frozenset({"inbox", "bridge", "token_bridge"})
"""The contracts that a network without a bridge does not have."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A contract that is to be created."""

    name: str
    """Name of its artifact."""
    address: bytes
    """Where it is going to be."""
    types: Sequence[str]
    """ABI types of its constructor's arguments."""
    values: Sequence[Any]
    """The arguments."""
    value: int = 0
    """Wei that its constructor is sent."""

    @property
    def init_code(self) -> bytes:
        """What the creating transaction carries."""
        return load_bytecode(self.name) + encode_arguments(self.types, self.values)


def load_bytecode(name: str) -> bytes:
    """Return a contract's creation code."""
    text = files("corollup.l1").joinpath("artifacts", f"{name}.json").read_text("utf-8")
    return bytes.fromhex(json.loads(text)["bytecode"].removeprefix("0x"))


def predict_contracts(creator: bytes, nonce: int, has_bridge: bool) -> Contracts:
    """Predict the addresses of contracts that an account creates one after the other."""
    names = [field.name for field in fields(Contracts)]
    created = [name for name in names if has_bridge or name not in BRIDGE_FIELDS]
    addresses = {
        name: compute_created_address(creator, nonce + i) for i, name in enumerate(created)
    }
    return Contracts(**{name: addresses.get(name, NOBODY) for name in names})


def list_creations(
    config: Config, genesis_state_root: bytes, at: Contracts, genesis_wei: int
) -> list[Creation]:
    """
    List the creations of a network's contracts in their order, which is that of `Contracts`.

    Args:
        config: Parameters of the network.
        genesis_state_root: Root of its genesis.
        at: Where the contracts are going to be.
        genesis_wei: What the accounts of the genesis have, which funds the bridge.
    """
    creations = [
        *_list_core(config, genesis_state_root, at),
        *_list_bridge(config, at, genesis_wei),
        *_list_faults(config, at),
        Creation(
            "TokenBridge",
            at.token_bridge,
            ["uint64", "address", "address", "address"],
            [config.l2_chain_id, at.state, at.inbox, at.bridge],
        ),
    ]
    return [creation for creation in creations if creation.address != NOBODY]


def _list_core(config: Config, genesis_state_root: bytes, at: Contracts) -> list[Creation]:
    config_type, values = get_struct_type(Config), get_struct_values(config)
    address = "address"
    return [
        Creation(
            "ManagementContract",
            at.management,
            [config_type, address, address],
            [values, at.faults, at.bridge],
        ),
        Creation(
            "StateContract",
            at.state,
            [config_type, address, "bytes32", address, address],
            [values, at.management, genesis_state_root, at.appeals, at.inbox],
        ),
    ]


def _list_bridge(config: Config, at: Contracts, genesis_wei: int) -> list[Creation]:
    config_type, values = get_struct_type(Config), get_struct_values(config)
    address = "address"
    return [
        Creation("Inbox", at.inbox, [config_type, address, address], [values, at.state, at.bridge]),
        Creation(
            "Bridge",
            at.bridge,
            [config_type, address, address, address],
            [values, at.state, at.appeals, at.inbox],
            genesis_wei,
        ),
    ]


def _list_faults(config: Config, at: Contracts) -> list[Creation]:
    config_type, values = get_struct_type(Config), get_struct_values(config)
    address, chain_id = "address", config.l2_chain_id
    modules = [
        at.access_faults,
        at.update_list_faults,
        at.update_node_faults,
        at.data_faults,
        at.reveals,
    ]
    points = b"".join(encode_affine(point) for point in get_lagrange_points())
    return [
        Creation(
            "FaultContract",
            at.faults,
            [config_type, address, address, "address[]", address, address],
            [values, at.management, at.commits, modules, at.appeals, NOBODY],
        ),
        Creation(
            "Appeals",
            at.appeals,
            [config_type, *[address] * 4],
            [values, at.management, at.commits, at.state, at.faults],
        ),
        Creation("LagrangePoints", at.lagrange_points, ["bytes"], [points]),
        Creation("AccessFaults", at.access_faults, [address, "uint64"], [at.faults, chain_id]),
        Creation("UpdateListFaults", at.update_list_faults, [address], [at.faults]),
        Creation(
            "UpdateNodeFaults",
            at.update_node_faults,
            [address, "uint64", address],
            [at.faults, chain_id, at.lagrange_points],
        ),
        Creation(
            "DataFaults", at.data_faults, [address, "uint64"], [at.faults, config.anchor_max_age]
        ),
        Creation(
            "Reveals",
            at.reveals,
            [config_type, address, address],
            [values, at.commits, at.faults],
        ),
    ]
