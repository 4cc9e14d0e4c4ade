//! The header: the signed statement that running these transactions in this environment on this
//! pre-state gives this post-state.

use alloy_primitives::{Address, B256, Keccak256, U256, keccak256};

use super::config::{Config, Genesis};
use super::words::{Word, abi_words};
use crate::error::Error;

abi_words! {
    /// The signed fields of an execution result: 26 static ABI words.
    pub struct Header {
        /// Fork rules and payload codec ([`super::version`]).
        pub version: u32,
        /// Packet number.
        pub number: u64,
        /// Digest of the parent header, or the genesis hash.
        pub parent_hash: B256,
        /// Turn of the producer schedule.
        pub view: u64,
        /// Operator address of the producer; the coinbase of the packet.
        pub producer: Address,
        /// Unix seconds.
        pub timestamp: u64,
        /// Gas limit of the packet.
        pub gas_limit: u64,
        /// Gas used by the packet.
        pub gas_used: u64,
        /// EIP-1559 base fee, wei a gas.
        pub base_fee: u64,
        /// Number of the L1 anchor.
        pub l1_number: u64,
        /// Hash of the L1 anchor.
        pub l1_hash: B256,
        /// PREVRANDAO of the L1 anchor.
        pub prev_randao: B256,
        /// Verkle root before the packet.
        pub pre_state_root: B256,
        /// Verkle root after the packet.
        pub post_state_root: B256,
        /// Merkle root of the encoded transactions.
        pub transactions_root: B256,
        /// Merkle root of the access list's leaves.
        pub access_root: B256,
        /// Merkle root of the changed slots of the state tree.
        pub update_root: B256,
        /// Reserved for execution checkpoints; zero.
        pub trace_root: B256,
        /// Merkle root of the receipts.
        pub receipts_root: B256,
        /// Merkle root of the messages from L2 to L1.
        pub withdrawals_root: B256,
        /// Messages from L1 to L2 consumed so far.
        pub inbox_count: u64,
        /// Hash chain of the messages consumed so far.
        pub inbox_hash: B256,
        /// keccak of the payload as published.
        pub payload_hash: B256,
        /// Hash over the blobs of a data anchor; zero in calldata mode.
        pub data_hash: B256,
        /// Endorsing fee, wei a gas.
        pub fee_gas_price: u64,
        /// Largest gas that the endorsing fee counts.
        pub fee_gas_limit: u64,
    }
}

/// Computes `keccak(abi.encode("corollup/1", l1ChainId, l2ChainId, stateContract, genesisHash))`.
pub fn compute_domain(
    l1_chain_id: u64,
    l2_chain_id: u64,
    state_contract: Address,
    genesis_hash: B256,
) -> B256 {
    const NAME: &[u8] = b"corollup/1";
    let mut name = [0; 32];
    name[..NAME.len()].copy_from_slice(NAME);
    let words = [
        U256::from(5 * 32).to_word(),
        l1_chain_id.to_word(),
        l2_chain_id.to_word(),
        state_contract.to_word(),
        genesis_hash.0,
        U256::from(NAME.len()).to_word(),
        name,
    ];
    keccak256(words.concat())
}

/// Computes the digest of a header, which is the L2 block hash: `keccak(domain ‖ abi.encode(header))`.
pub fn compute_digest(domain: &B256, header: &Header) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(domain);
    hasher.update(header.encode());
    hasher.finalize()
}

/// Computes the message of an endorsement, `keccak(abi.encode(1, digest, status))`.
///
/// A producer signs its own header with status 1 of the same message.
pub fn compute_endorse_message(digest: &B256, status: u8) -> B256 {
    const ENDORSE_TAG: u8 = 1;
    keccak256([ENDORSE_TAG.to_word(), digest.0, status.to_word()].concat())
}

/// What a packet stands on: the network's genesis or the header before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The first packet's parent, with the configuration that its hash commits to.
    Genesis {
        /// The configuration.
        config: Config,
        /// The genesis.
        genesis: Genesis,
    },
    /// Any other packet's parent.
    Header(Header),
}

impl Parent {
    const GENESIS_KIND: u8 = 0;
    const HEADER_KIND: u8 = 1;

    /// The hash by which the next packet names this parent.
    pub fn hash(&self, domain: &B256) -> B256 {
        match self {
            Self::Genesis { genesis, .. } => genesis.hash(),
            Self::Header(header) => compute_digest(domain, header),
        }
    }

    /// The number that the next packet's number follows.
    pub const fn number(&self) -> u64 {
        match self {
            Self::Genesis { config, .. } => config.genesis_number,
            Self::Header(header) => header.number,
        }
    }

    /// The state root that the next packet starts from.
    pub const fn state_root(&self) -> B256 {
        match self {
            Self::Genesis { genesis, .. } => genesis.state_root,
            Self::Header(header) => header.post_state_root,
        }
    }

    /// Writes the parent: a kind byte, then the words of the configuration and the genesis, or of
    /// the header.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Genesis { config, genesis } => {
                [vec![Self::GENESIS_KIND], config.encode(), genesis.encode()].concat()
            }
            Self::Header(header) => [vec![Self::HEADER_KIND], header.encode()].concat(),
        }
    }

    /// Reads a parent from the front of a message.
    pub fn read(reader: &mut super::Reader<'_>) -> Result<Self, Error> {
        match reader.u8("parent kind")? {
            Self::GENESIS_KIND => {
                let config = Config::decode(reader.take(Config::SIZE, "parent config")?)?;
                let genesis = Genesis::decode(reader.take(Genesis::SIZE, "parent genesis")?)?;
                if config.hash() != genesis.config_hash {
                    return Err(Error::encoding("parent", "the config is not the genesis's"));
                }
                Ok(Self::Genesis { config, genesis })
            }
            Self::HEADER_KIND => {
                Header::decode(reader.take(Header::SIZE, "parent header")?).map(Self::Header)
            }
            kind => Err(Error::encoding("parent", format!("unknown kind {kind}"))),
        }
    }
}
