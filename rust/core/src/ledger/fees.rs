//! What a transaction should pay: suggestions and the fee history.

use alloy_consensus::Transaction as _;
use alloy_eips::BlockNumberOrTag;
use alloy_rpc_types_eth::FeeHistory;

use super::block::Block;
use super::chain::Chain;
use super::error::RpcError;

/// The priority fee that suffices where blocks are not full, wei a gas.
pub const SUGGESTED_TIP: u64 = 1_000_000_000;
/// Most blocks of one fee history.
pub const MAX_FEE_HISTORY_BLOCKS: u64 = 1024;
/// Most percentiles of one fee history.
pub const MAX_FEE_HISTORY_PERCENTILES: usize = 100;

/// The gas price of a transaction for the next block.
pub(super) fn suggest_gas_price(chain: &Chain) -> u64 {
    chain.next_base_fee(chain.head()).saturating_add(SUGGESTED_TIP)
}

/// Computes `eth_feeHistory` over the last `count` blocks up to `newest`.
pub(super) fn compute_fee_history(
    chain: &Chain,
    count: u64,
    newest: BlockNumberOrTag,
    percentiles: &[f64],
) -> Result<FeeHistory, RpcError> {
    require_percentiles(percentiles)?;
    let newest_block =
        chain.find_block(newest.into()).ok_or_else(|| RpcError::unknown_block(newest.into()))?;
    let newest = newest_block.number();
    let count = count.min(MAX_FEE_HISTORY_BLOCKS).min(newest - chain.genesis_number() + 1);
    let oldest = newest + 1 - count;
    let mut history = FeeHistory { oldest_block: oldest, ..FeeHistory::default() };
    if count == 0 {
        history.oldest_block = 0;
        return Ok(history);
    }
    let blocks: Vec<&Block> = (oldest..=newest).filter_map(|n| chain.block(n)).collect();
    for block in &blocks {
        history.base_fee_per_gas.push(u128::from(block.base_fee()));
        history.gas_used_ratio.push(ratio(block.header.gas_used, block.header.gas_limit));
        history.base_fee_per_blob_gas.push(1);
        history.blob_gas_used_ratio.push(0.0);
    }
    history.base_fee_per_gas.push(u128::from(chain.next_base_fee(newest_block)));
    history.base_fee_per_blob_gas.push(1);
    if !percentiles.is_empty() {
        let rewards = blocks.iter().map(|block| compute_rewards(block, percentiles));
        history.reward = Some(rewards.collect());
    }
    Ok(history)
}

fn require_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > MAX_FEE_HISTORY_PERCENTILES {
        return Err(RpcError::invalid_params(format!(
            "{} percentiles, the limit is {MAX_FEE_HISTORY_PERCENTILES}",
            percentiles.len()
        )));
    }
    let ascending = percentiles.windows(2).all(|pair| pair[0] <= pair[1]);
    if !ascending || percentiles.iter().any(|value| !(0.0..=100.0).contains(value)) {
        return Err(RpcError::invalid_params("percentiles must ascend within 0 and 100"));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "gas is far below 2^53")]
fn ratio(used: u64, limit: u64) -> f64 {
    if limit == 0 { 0.0 } else { used as f64 / limit as f64 }
}

/// The effective tips at the percentiles of the block's gas, zeros for an empty block.
fn compute_rewards(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.base_fee();
    let mut tips: Vec<(u128, u64)> = block
        .transactions
        .iter()
        .zip(&block.receipts[block.messages.len()..])
        .map(|(tx, receipt)| {
            (tx.effective_tip_per_gas(base_fee).unwrap_or_default(), receipt.gas_used)
        })
        .collect();
    tips.sort_unstable();
    let total: u64 = tips.iter().map(|(_, gas)| gas).sum();
    percentiles.iter().map(|percentile| tip_at(&tips, ratio_of(total, *percentile))).collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "gas is far below 2^53 and percentiles are within 0 and 100"
)]
fn ratio_of(total: u64, percentile: f64) -> u64 {
    (total as f64 * percentile / 100.0) as u64
}

fn tip_at(tips: &[(u128, u64)], threshold: u64) -> u128 {
    let mut sum = 0;
    for (tip, gas) in tips {
        sum += gas;
        if sum >= threshold {
            return *tip;
        }
    }
    0
}
