//! `eth_call` and `eth_estimateGas`: transactions that never enter a block.

use alloy_primitives::{Bytes, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;

use super::block::Block;
use super::chain::Chain;
use super::error::RpcError;
use crate::evm::{self, Call, Outcome, Status};

/// Most gas of a simulated call.
pub const MAX_CALL_GAS: u64 = 50_000_000;
/// Most gas of a transaction (EIP-7825), so the largest estimate.
pub const MAX_TRANSACTION_GAS: u64 = 1 << 24;
/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;
/// Gas that a call with value hands on beyond its limit.
const CALL_STIPEND: u64 = 2_300;
/// The search ends when the bounds differ by less than the upper one divided by this.
const ESTIMATE_PRECISION: u64 = 64;

/// Runs a call on the state after `block` and returns its output.
///
/// # Errors
/// Code 3 with the output as data if it reverts, -32000 if it is impossible or halts.
pub(super) fn call(
    chain: &Chain,
    block: &Block,
    request: TransactionRequest,
) -> Result<Bytes, RpcError> {
    let limit = MAX_CALL_GAS.min(block.header.gas_limit);
    let gas = request.gas.unwrap_or(limit).min(limit);
    succeed(run(chain, block, &to_call(&request, gas)?)?).map(|outcome| outcome.output)
}

/// Estimates the least gas limit with which a transaction succeeds, within 1/64.
pub(crate) fn estimate_gas(
    chain: &Chain,
    block: &Block,
    request: TransactionRequest,
) -> Result<u64, RpcError> {
    let limit = MAX_TRANSACTION_GAS.min(block.header.gas_limit);
    let mut call = to_call(&request, request.gas.unwrap_or(limit).min(limit))?;
    call.gas_limit = call.gas_limit.min(affordable_gas(chain, block, &call)?);
    let outcome = run(chain, block, &call)?;
    if let Status::Halt(_) = outcome.status {
        return Err(RpcError::invalid_input(format!(
            "gas required exceeds allowance ({})",
            call.gas_limit
        )));
    }
    let outcome = succeed(outcome)?;
    if outcome.gas_used == TRANSFER_GAS {
        return Ok(TRANSFER_GAS);
    }
    // Invariant: `low` fails and `high` succeeds.
    let (mut low, mut high) = (outcome.gas_used - 1, call.gas_limit);
    // What a frame keeps back (EIP-150) is one part in 64 of what its caller had.
    let mut middle = (outcome.gas_used + outcome.gas_refunded + CALL_STIPEND) / 63 * 64;
    while high - low > high / ESTIMATE_PRECISION {
        let attempt = middle.clamp(low + 1, high - 1);
        call.gas_limit = attempt;
        match run(chain, block, &call) {
            Ok(outcome) if outcome.is_success() => high = attempt,
            _ => low = attempt,
        }
        middle = low + (high - low) / 2;
    }
    Ok(high)
}

/// The gas that the sender can pay for after the value; unbounded without a price.
fn affordable_gas(chain: &Chain, block: &Block, call: &Call) -> Result<u64, RpcError> {
    if call.gas_price == 0 {
        return Ok(u64::MAX);
    }
    let balance = chain.state_at(block.number())?.account(&call.from)?.balance;
    let left = balance.checked_sub(call.value).ok_or_else(|| {
        RpcError::invalid_input(format!("insufficient funds for transfer: have {balance}"))
    })?;
    let gas = left / U256::from(call.gas_price);
    Ok(u64::try_from(gas).unwrap_or(u64::MAX))
}

fn run(chain: &Chain, block: &Block, call: &Call) -> Result<Outcome, RpcError> {
    let state = chain.state_at(block.number())?;
    evm::simulate(&state, &chain.environment(&block.header), call)
        .map_err(|error| RpcError::invalid_input(error.to_string()))
}

fn succeed(outcome: Outcome) -> Result<Outcome, RpcError> {
    match outcome.status {
        Status::Success => Ok(outcome),
        Status::Revert => Err(RpcError::reverted(outcome.output)),
        Status::Halt(reason) => Err(RpcError::invalid_input(format!("execution halted: {reason}"))),
    }
}

fn to_call(request: &TransactionRequest, gas_limit: u64) -> Result<Call, RpcError> {
    if request.blob_versioned_hashes.is_some() || request.sidecar.is_some() {
        return Err(RpcError::invalid_input("blob transactions are not supported"));
    }
    let data = request.input.clone().try_into_unique_input().map_err(|_| {
        RpcError::invalid_params("both \"data\" and \"input\" are set and not equal")
    })?;
    Ok(Call {
        from: request.from.unwrap_or_default(),
        to: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: data.unwrap_or_default(),
        gas_limit,
        gas_price: request.max_fee_per_gas.or(request.gas_price).unwrap_or_default(),
        access_list: request.access_list.clone().unwrap_or_default(),
        authorization_list: request.authorization_list.clone().unwrap_or_default(),
    })
}
