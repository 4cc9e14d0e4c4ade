//! Header rules that a producer follows and an endorser checks: what follows from the parent and
//! the configuration.

use alloy_primitives::B256;

use crate::containers::{Config, Header, Parent, version};
use crate::evm::{BlockEnvironment, Fork};

/// EIP-1559: the gas limit over the gas target.
const ELASTICITY_MULTIPLIER: u64 = 2;
/// EIP-1559: the base fee moves by at most one part in this many.
const BASE_FEE_CHANGE_DENOMINATOR: u128 = 8;
/// Blob base fee of the native version, which has no blob transactions.
const NATIVE_BLOB_BASE_FEE: u64 = 1;

/// Computes the base fee of the packet after `parent`.
pub fn compute_base_fee(parent: &Parent) -> u64 {
    match parent {
        Parent::Genesis { config, .. } => config.genesis_base_fee,
        Parent::Header(header) => {
            compute_next_base_fee(header.gas_used, header.gas_limit, header.base_fee)
        }
    }
}

/// EIP-1559, stopping at 2^64 - 1.
fn compute_next_base_fee(gas_used: u64, gas_limit: u64, base_fee: u64) -> u64 {
    let target = (gas_limit / ELASTICITY_MULTIPLIER).max(1);
    let change = |gas: u64| {
        u128::from(base_fee) * u128::from(gas) / u128::from(target) / BASE_FEE_CHANGE_DENOMINATOR
    };
    if gas_used > target {
        let increase = u64::try_from(change(gas_used - target).max(1)).unwrap_or(u64::MAX);
        base_fee.saturating_add(increase)
    } else {
        let decrease = u64::try_from(change(target - gas_used)).unwrap_or(u64::MAX);
        base_fee.saturating_sub(decrease)
    }
}

/// Computes the view of a timestamp, or `None` before the genesis.
pub fn compute_view(config: &Config, timestamp: u64) -> Option<u64> {
    timestamp.checked_sub(config.genesis_time)?.checked_div(config.view_seconds)
}

/// The messages from L1 that the parent consumed: their count and hash chain.
pub const fn inbox_of(parent: &Parent) -> (u64, B256) {
    match parent {
        Parent::Genesis { .. } => (0, B256::ZERO),
        Parent::Header(header) => (header.inbox_count, header.inbox_hash),
    }
}

/// The most gas that a packet's messages from L1 may have together.
pub const fn message_gas_limit(gas_limit: u64) -> u64 {
    gas_limit / 2
}

/// How many payloads of earlier packets the data anchor with this number holds; `None` for a packet
/// that is none.
pub const fn count_anchored(config: &Config, number: u64) -> Option<u64> {
    let interval = config.data_anchor_interval;
    if interval == 0 || !number.is_multiple_of(interval) {
        return None;
    }
    let since_genesis = number.saturating_sub(config.genesis_number);
    let count = if since_genesis < interval { since_genesis } else { interval };
    Some(count.saturating_sub(1))
}

/// The time that a packet on this parent may not precede.
pub const fn timestamp_of(parent: &Parent) -> u64 {
    match parent {
        Parent::Genesis { config, .. } => config.genesis_time,
        Parent::Header(header) => header.timestamp,
    }
}

/// The L1 block that an anchor on this parent may not precede.
pub const fn l1_number_of(parent: &Parent) -> u64 {
    match parent {
        Parent::Genesis { genesis, .. } => genesis.l1_number,
        Parent::Header(header) => header.l1_number,
    }
}

/// The environment of a packet's transactions.
///
/// The configuration matters to replay versions only, whose blob base fee is in it.
pub fn block_environment(
    header: &Header,
    fork: Fork,
    chain_id: u64,
    config: Option<&Config>,
) -> BlockEnvironment {
    let replayed = config.filter(|_| version::is_replay(header.version));
    BlockEnvironment {
        fork,
        chain_id,
        number: header.number,
        timestamp: header.timestamp,
        gas_limit: header.gas_limit,
        base_fee: header.base_fee,
        coinbase: header.producer,
        prev_randao: header.prev_randao,
        blob_base_fee: replayed.map_or(NATIVE_BLOB_BASE_FEE, |config| config.blob_base_fee),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_base_fee_follows_eip_1559() {
        let cases = [
            (15_000_000, 30_000_000, 1000, 1000),
            (30_000_000, 30_000_000, 1000, 1125),
            (0, 30_000_000, 1000, 875),
            (15_000_001, 30_000_000, 7, 8),
            (0, 30_000_000, 7, 7),
            (u64::MAX, u64::MAX, u64::MAX, u64::MAX),
            (1, 0, 8, 8),
        ];
        for (gas_used, gas_limit, base_fee, expected) in cases {
            let found = compute_next_base_fee(gas_used, gas_limit, base_fee);
            assert_eq!(found, expected, "{gas_used} of {gas_limit} at {base_fee}");
        }
    }
}
