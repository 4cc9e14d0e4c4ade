//! `eth_getLogs`: the logs of a range of blocks that match a filter.

use alloy_rpc_types_eth::{BlockId, Filter, FilterBlockOption, Log};

use super::chain::Chain;
use super::error::RpcError;

/// Most addresses of a filter, and most topics at one of its positions.
pub const MAX_FILTER_VALUES: usize = 1000;
/// Most logs of one answer.
pub const MAX_LOGS: usize = 10_000;

/// Finds the logs that match `filter`, in chain order.
pub(super) fn find_logs(chain: &Chain, filter: &Filter) -> Result<Vec<Log>, RpcError> {
    require_filter(filter)?;
    let (first, last) = find_range(chain, filter)?;
    let mut found = Vec::new();
    for block in (first..=last).filter_map(|number| chain.block(number)) {
        if !filter.matches_bloom(block.header.logs_bloom) {
            continue;
        }
        let logs = (0..block.receipts.len()).flat_map(|index| block.rpc_logs(index));
        found.extend(logs.filter(|log| filter.matches(&log.inner)));
        if found.len() > MAX_LOGS {
            return Err(RpcError::limit_exceeded(format!(
                "more than {MAX_LOGS} logs match; ask for fewer blocks"
            )));
        }
    }
    Ok(found)
}

fn require_filter(filter: &Filter) -> Result<(), RpcError> {
    let counts = filter.topics.iter().map(|topic| topic.len());
    for count in counts.chain([filter.address.len()]) {
        if count > MAX_FILTER_VALUES {
            return Err(RpcError::invalid_params(format!(
                "{count} addresses or topics, the limit is {MAX_FILTER_VALUES}"
            )));
        }
    }
    Ok(())
}

fn find_range(chain: &Chain, filter: &Filter) -> Result<(u64, u64), RpcError> {
    match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block = chain
                .block_by_hash(&hash)
                .ok_or_else(|| RpcError::unknown_block(BlockId::from(hash)))?;
            Ok((block.number(), block.number()))
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let first = chain.number(from_block.unwrap_or_default());
            let last = chain.number(to_block.unwrap_or_default());
            if first > last {
                return Err(RpcError::invalid_params(format!(
                    "invalid block range: {first} is after {last}"
                )));
            }
            Ok((first.max(chain.genesis_number()), last.min(chain.head().number())))
        }
    }
}
