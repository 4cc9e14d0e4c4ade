"""What a devnet is asked for, and the parameters of its network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from corollup.engine import Caches
from corollup.errors import ErrorCode, UserError
from corollup.node.storage import StateLimits
from corollup.spec.constants import NATIVE_VERSION
from corollup.spec.containers import Config

L2_CHAIN_ID: Final = 267655
"""EIP-155 chain id of the devnet's L2."""
L1_PORT: Final = 8545
"""Port of the embedded L1 of instance 0."""
L2_PORT: Final = 9545
"""Port of the L2 of instance 0."""
PORTS_AN_INSTANCE: Final = 20
"""Distance of the ports of two instances."""
MAX_INSTANCE: Final = 49
"""Instances whose ports do not meet."""
MAX_PRODUCERS: Final = 64
"""Places in the table of producers."""
MAX_ENDORSERS: Final = 2048
"""Seats that the Management Contract shuffles."""
MAX_COMMITTEES: Final = 64
"""Committees into which it shuffles them, at most."""
MAX_CACHE_MIB: Final = 4096
"""Largest cache, MiB."""
MIN_STATE_HISTORY: Final = 64
"""Fewest packets that a state on disk can take back: as many as may be uncommitted."""
MAX_STATE_HISTORY: Final = 65_536
"""Most packets that a state on disk can take back."""
MAX_STATE_CACHE_MIB: Final = 65_536
"""Most memory beside a state on disk, MiB."""
ETHER: Final = 10**18
"""Wei an ether."""
SEAT_PRICE: Final = ETHER
"""Stake of a seat, wei."""
PRODUCER_STAKE: Final = ETHER
"""Stake of a producer, wei."""
EMBEDDED_PAYLOAD_BYTES: Final = 512 * 1024
"""Largest payload on the embedded L1."""
POOLED_PAYLOAD_BYTES: Final = 96 * 1024
"""Largest payload on a real node, whose pool refuses more."""


@dataclass(frozen=True, slots=True)
class DevnetOptions:
    """The shape of a devnet."""

    seed: int = 7
    """Decides keys, shuffles and traffic."""
    instance: int = 0
    """Shifts the ports."""
    producers: int = 2
    """Registered producers."""
    endorsers: int = 8
    """Seats, a node each."""
    committees: int = 2
    """Committees into which the seats are drawn."""
    l1_url: str | None = None
    """An L1 node; `None` embeds one."""
    data_dir: Path | None = None
    """Where the nodes keep signing histories and L2 states; `None` keeps states in memory and the
    rest for the length of the run."""
    code_cache_mib: int = 64
    """Codes with their jump tables that all nodes together remember, at most, MiB."""
    point_cache_mib: int = 16
    """Decompressed points that all nodes together remember, at most, MiB."""
    state_history: int = 128
    """Packets that a state on disk can take back."""
    state_cache_mib: int = 384
    """Memory of each producer beside its state on disk, MiB."""
    fisherman: bool = False
    """Whether a further node executes everything and reports faults."""
    traffic: bool = True
    """Whether transactions are made."""
    serve: bool = True
    """Whether the chains answer JSON-RPC on their ports."""

    @property
    def l1_port(self) -> int:
        """Port of the embedded L1."""
        return L1_PORT + PORTS_AN_INSTANCE * self.instance

    @property
    def l2_port(self) -> int:
        """Port of the L2."""
        return L2_PORT + PORTS_AN_INSTANCE * self.instance

    def make_caches(self) -> Caches:
        """Return the empty caches of a process."""
        return Caches(code_bytes=self.code_cache_mib << 20, point_bytes=self.point_cache_mib << 20)

    @property
    def state_limits(self) -> StateLimits:
        """Sizes of the states on disk."""
        return StateLimits(self.state_history, self.state_cache_mib)

    @property
    def committee_size(self) -> int:
        """Seats of a committee."""
        return self.endorsers // self.committees

    def validate(self) -> None:
        """
        Refuse what cannot run.

        Raises:
            UserError: With what to change.
        """
        _require_range("--instance", self.instance, 0, MAX_INSTANCE)
        _require_range("--producers", self.producers, 1, MAX_PRODUCERS)
        _require_range("--endorsers", self.endorsers, 1, MAX_ENDORSERS)
        _require_range("--committees", self.committees, 1, min(self.endorsers, MAX_COMMITTEES))
        _require_range("--code-cache-mib", self.code_cache_mib, 0, MAX_CACHE_MIB)
        _require_range("--point-cache-mib", self.point_cache_mib, 0, MAX_CACHE_MIB)
        _require_range("--state-history", self.state_history, MIN_STATE_HISTORY, MAX_STATE_HISTORY)
        _require_range("--state-cache-mib", self.state_cache_mib, 0, MAX_STATE_CACHE_MIB)
        if self.l1_url is not None and not _is_http_url(self.l1_url):
            raise UserError(
                ErrorCode.DEVNET_SHAPE,
                f"--l1 {self.l1_url} is no URL",
                fix="Use one like http://127.0.0.1:8545.",
                exit_code=2,
            )
        if self.endorsers % self.committees:
            raise UserError(
                ErrorCode.DEVNET_SHAPE,
                f"{self.endorsers} endorsers do not divide into {self.committees} equal committees",
                fix=f"Use --endorsers {self.committees * (self.committee_size + 1)}.",
                exit_code=2,
            )


def make_config(options: DevnetOptions, genesis_time: int) -> Config:
    """Return the parameters of a devnet: `docs/protocol.md`, section 13."""
    payload = EMBEDDED_PAYLOAD_BYTES if options.l1_url is None else POOLED_PAYLOAD_BYTES
    return Config(
        l2_chain_id=L2_CHAIN_ID,
        version=NATIVE_VERSION,
        genesis_number=0,
        genesis_time=genesis_time,
        genesis_base_fee=1_000_000_000,
        gas_limit=30_000_000,
        blob_base_fee=1,
        max_payload_bytes=payload,
        data_anchor_interval=0,
        view_seconds=4,
        t1_seconds=6,
        t2_seconds=30,
        epoch_blocks=60,
        seed_delay=4,
        activation_delay=1,
        anchor_depth=1,
        anchor_max_age=64,
        appeal_window=8,
        evidence_window=60,
        exit_delay=120,
        fee_withdrawal_delay=120,
        committees=options.committees,
        committee_size=options.committee_size,
        seat_price=SEAT_PRICE,
        producer_stake=PRODUCER_STAKE,
        displacement_margin_bps=1000,
        submitter_share_bps=1000,
        rank_window=1,
        min_fee_gas_price=1_000_000,
        refund_gas_price_cap=100_000_000_000,
        fast_door_bps=2500,
        forced_inclusion_delay=20,
        escape_seconds=604_800,
        message_gas_price=1_000_000_000,
    )


def _is_http_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        # The port is parsed when it is asked for.
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _require_range(flag: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UserError(
            ErrorCode.DEVNET_SHAPE,
            f"{flag} {value} is out of range",
            fix=f"Use {least} to {most}.",
            exit_code=2,
        )
