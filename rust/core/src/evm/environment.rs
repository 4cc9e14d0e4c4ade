//! What a transaction sees of its block.

use alloy_primitives::{Address, B256, U256};
use revm::context::{BlockEnv, CfgEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::hardfork::SpecId;

use super::Fork;

/// The environment of every transaction of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEnvironment {
    /// Rules and gas table.
    pub fork: Fork,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Block number.
    pub number: u64,
    /// Unix seconds.
    pub timestamp: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Base fee, wei a gas; burned.
    pub base_fee: u64,
    /// Who receives the priority fees.
    pub coinbase: Address,
    /// PREVRANDAO, or the difficulty before the Merge.
    pub prev_randao: B256,
    /// Blob base fee, wei a gas.
    pub blob_base_fee: u64,
}

impl BlockEnvironment {
    pub(super) fn to_block(&self) -> BlockEnv {
        let is_merged = self.fork >= Fork::Merge;
        BlockEnv {
            number: U256::from(self.number),
            beneficiary: self.coinbase,
            timestamp: U256::from(self.timestamp),
            gas_limit: self.gas_limit,
            basefee: self.base_fee,
            difficulty: if is_merged { U256::ZERO } else { self.prev_randao.into() },
            prevrandao: is_merged.then_some(self.prev_randao),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
                excess_blob_gas: 0,
                blob_gasprice: self.blob_base_fee.into(),
            }),
            slot_num: 0,
        }
    }

    pub(super) fn to_cfg(&self) -> CfgEnv {
        let mut cfg = CfgEnv::new().with_chain_id(self.chain_id).enable_tx_chain_id_check();
        cfg.set_spec_and_mainnet_gas_params(self.fork.to_spec());
        cfg.set_max_blobs_per_tx(self.fork.max_blobs_per_transaction());
        cfg
    }
}

impl Fork {
    pub(super) const fn to_spec(self) -> SpecId {
        match self {
            Self::Frontier => SpecId::FRONTIER,
            Self::Homestead => SpecId::HOMESTEAD,
            Self::TangerineWhistle => SpecId::TANGERINE,
            Self::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
            Self::Byzantium => SpecId::BYZANTIUM,
            Self::Petersburg => SpecId::PETERSBURG,
            Self::Istanbul => SpecId::ISTANBUL,
            Self::Berlin => SpecId::BERLIN,
            Self::London => SpecId::LONDON,
            Self::Merge => SpecId::MERGE,
            Self::Shanghai => SpecId::SHANGHAI,
            Self::Cancun => SpecId::CANCUN,
            Self::Prague => SpecId::PRAGUE,
            Self::Osaka => SpecId::OSAKA,
        }
    }

    /// EIP-7691 raised the blobs of a block to 9; EIP-7594 bounds those of a transaction by 6.
    const fn max_blobs_per_transaction(self) -> u64 {
        match self {
            Self::Prague => 9,
            _ => 6,
        }
    }
}
