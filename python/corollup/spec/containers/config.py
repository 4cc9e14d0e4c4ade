"""A network's configuration and its genesis."""

from dataclasses import dataclass

from corollup.spec.encoding import U32, U64, U128, AbiStruct, Bytes32, keccak256


@dataclass(frozen=True, slots=True)
class Config(AbiStruct):
    """
    Every parameter of a network.

    Both contracts are built from it, and its hash is in the domain.
    """

    l2_chain_id: U64
    """EIP-155 chain id of the L2."""

    version: U32
    """Version of every header (`get_fork`)."""

    genesis_number: U64
    """Number of the genesis; the first packet has the next one."""

    genesis_time: U64
    """Start of view 0, unix seconds."""

    genesis_base_fee: U64
    """Base fee of the first packet, wei a gas."""

    gas_limit: U64
    """Gas limit of every packet."""

    blob_base_fee: U64
    """Blob base fee that the BLOBBASEFEE opcode and blob transactions see, wei; 1 on the L2."""

    max_payload_bytes: U64
    """Largest payload of a packet, bytes."""

    data_anchor_interval: U64
    """Every packet whose number is a multiple carries the blobs; 0 in calldata mode."""

    view_seconds: U64
    """Length of a view, seconds."""

    t1_seconds: U64
    """Age of a packet at which the next committee may endorse it, seconds."""

    t2_seconds: U64
    """Age of a packet at which all seats may endorse it, seconds."""

    epoch_blocks: U64
    """Length of an epoch, L1 blocks."""

    seed_delay: U64
    """L1 blocks between the freeze of the seat table and the block of the seed."""

    activation_delay: U64
    """L1 blocks between the opening of an epoch and its first anchor."""

    anchor_depth: U64
    """Least depth of an L1 anchor, blocks."""

    anchor_max_age: U64
    """Largest age of an L1 anchor, seconds before the packet's timestamp."""

    appeal_window: U64
    """Window in which a committed packet can be appealed, L1 blocks."""

    evidence_window: U64
    """Window in which an offence can be proven, L1 blocks."""

    exit_delay: U64
    """Delay of an exit from a seat, L1 blocks; longer than the evidence window."""

    fee_withdrawal_delay: U64
    """Delay of a withdrawal from a producer's fee account, L1 blocks."""

    committees: U64
    """Committees an epoch, M."""

    committee_size: U64
    """Seats a committee, n."""

    seat_price: U128
    """Least stake of a seat and what a slashed seat loses, wei."""

    producer_stake: U128
    """Stake of a producer, at least, wei."""

    displacement_margin_bps: U64
    """What an entrant's stake must exceed the displaced seat's by, basis points."""

    submitter_share_bps: U64
    """Submitter's part of the endorsing pot, basis points."""

    rank_window: U64
    """Time after which the next submitter rank opens, seconds."""

    min_fee_gas_price: U64
    """Least endorsing fee, wei a gas."""

    refund_gas_price_cap: U64
    """Largest price at which the submitter's L1 gas is refunded, wei a gas."""

    fast_door_bps: U64
    """Part of a quorum's slashable stake that fast payouts may reach, basis points."""

    forced_inclusion_delay: U64
    """L1 blocks after which a message to the L2 must be consumed."""

    escape_seconds: U64
    """Silence after which anyone may open the escape, seconds."""

    message_gas_price: U64
    """Price of a message's L2 gas, at least, wei a gas."""

    def compute_hash(self) -> Bytes32:
        """Compute the keccak of the encoded configuration."""
        return keccak256(self.encode())


@dataclass(frozen=True, slots=True)
class Genesis(AbiStruct):
    """The start of a network, as the State Contract's constructor fixes it."""

    config_hash: Bytes32
    """Hash of the [`Config`]."""

    state_root: Bytes32
    """Verkle root of the genesis state."""

    l1_number: U64
    """L1 block of the deployment."""

    l1_parent_hash: Bytes32
    """Hash of the L1 block before it."""

    def compute_hash(self) -> Bytes32:
        """Compute the genesis hash, which is the parent hash of the first packet."""
        return keccak256(self.encode())
