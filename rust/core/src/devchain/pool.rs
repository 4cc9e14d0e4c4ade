//! The embedded L1's transaction pool: arrival order, one transaction a sender and nonce.

use std::collections::BTreeSet;

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{SignableTransaction, Transaction as _, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;

use crate::error::Error;
use crate::evm::{Envelope, Fork, Transaction, compute_intrinsic_gas};
use crate::ledger::{Chain, MAX_TRANSACTION_GAS, RpcError, SUGGESTED_TIP};

/// Most transactions in the pool.
pub const MAX_POOL_TRANSACTIONS: usize = 5120;
/// Most bytes of a transaction: a commit in calldata mode with a payload of 512 KiB.
pub const MAX_TRANSACTION_BYTES: usize = 1 << 20;
/// A replacement pays at least this much more, percent.
const PRICE_BUMP_PERCENT: u128 = 10;

/// A transaction that waits for a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// The transaction with its sender.
    pub tx: Recovered<Envelope>,
    /// The signed transaction; none if its sender is impersonated.
    pub signed: Option<Transaction>,
}

/// The transactions that wait for a block, in the order of their arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    pub(super) waiting: Vec<Pooled>,
}

impl Pool {
    /// The transactions in the order of their arrival.
    pub fn transactions(&self) -> impl Iterator<Item = &Recovered<Envelope>> {
        self.waiting.iter().map(|pooled| &pooled.tx)
    }

    /// A transaction by its hash.
    pub fn find(&self, hash: &B256) -> Option<&Recovered<Envelope>> {
        self.transactions().find(|tx| tx.tx_hash() == hash)
    }

    /// The nonce of the sender's next transaction, counting those that wait without a gap.
    pub fn next_nonce(&self, chain: &Chain, address: &Address) -> Result<u64, Error> {
        let own = self.transactions().filter(|tx| tx.signer() == *address);
        let nonces: BTreeSet<u64> = own.map(|tx| tx.nonce()).collect();
        let mut nonce = chain.head_state().account(address)?.nonce;
        while nonces.contains(&nonce) {
            nonce += 1;
        }
        Ok(nonce)
    }

    /// Drops a transaction and returns its hash, if it is there.
    pub(super) fn remove(&mut self, hash: &B256) -> Option<B256> {
        let position = self.waiting.iter().position(|waiting| waiting.tx.tx_hash() == hash)?;
        Some(*self.waiting.remove(position).tx.tx_hash())
    }

    /// Adds a transaction that could enter a block, now or after others of its sender.
    pub(super) fn add(&mut self, chain: &Chain, pooled: Pooled) -> Result<B256, RpcError> {
        require_executable(chain, &pooled)?;
        let hash = *pooled.tx.tx_hash();
        if self.find(&hash).is_some() {
            return Err(RpcError::invalid_input("already known"));
        }
        let same = self.waiting.iter().position(|waiting| {
            waiting.tx.signer() == pooled.tx.signer() && waiting.tx.nonce() == pooled.tx.nonce()
        });
        match same {
            Some(index) if outbids(&pooled.tx, &self.waiting[index].tx) => {
                self.waiting[index] = pooled;
            }
            Some(_) => {
                return Err(RpcError::invalid_input("replacement transaction underpriced"));
            }
            None if self.waiting.len() >= MAX_POOL_TRANSACTIONS => {
                return Err(RpcError::limit_exceeded(format!(
                    "the pool holds {MAX_POOL_TRANSACTIONS} transactions"
                )));
            }
            None => self.waiting.push(pooled),
        }
        Ok(hash)
    }
}

fn outbids(new: &Envelope, old: &Envelope) -> bool {
    let bump = |price: u128| price.saturating_add(price * PRICE_BUMP_PERCENT / 100);
    let tip = |tx: &Envelope| tx.max_priority_fee_per_gas().unwrap_or(tx.max_fee_per_gas());
    new.max_fee_per_gas() >= bump(old.max_fee_per_gas()) && tip(new) >= bump(tip(old))
}

/// Decodes a signed transaction for this chain and recovers its sender.
pub(super) fn decode(raw: &[u8], chain_id: u64) -> Result<Pooled, RpcError> {
    if raw.len() > MAX_TRANSACTION_BYTES {
        return Err(RpcError::invalid_input(format!(
            "transaction has {} bytes, the limit is {MAX_TRANSACTION_BYTES}",
            raw.len()
        )));
    }
    let signed = Transaction::decode(&Bytes::copy_from_slice(raw), Fork::Osaka)
        .map_err(|error| RpcError::invalid_params(error.to_string()))?;
    if signed.is_blob() {
        return Err(RpcError::invalid_input("blob transactions are not supported"));
    }
    if let Some(found) = signed.envelope().chain_id().filter(|found| *found != chain_id) {
        return Err(RpcError::invalid_input(format!(
            "transaction is for chain {found}, this is {chain_id}"
        )));
    }
    let tx = signed.to_recovered();
    Ok(Pooled { tx, signed: Some(signed) })
}

/// Makes the transaction of an impersonated account.
///
/// Its signature names the sender, so that equal requests of two senders differ in their hashes.
pub(super) fn impersonate(
    chain: &Chain,
    request: TransactionRequest,
    nonce: u64,
) -> Result<Pooled, RpcError> {
    let from = request.from.unwrap_or_default();
    let price = request
        .max_fee_per_gas
        .or(request.gas_price)
        .unwrap_or_else(|| u128::from(chain.next_base_fee(chain.head()) * 2 + SUGGESTED_TIP));
    let tip = request.max_priority_fee_per_gas.unwrap_or(u128::from(SUGGESTED_TIP));
    let gas_limit = match request.gas {
        Some(gas) => gas,
        None => estimate(chain, &request)?,
    };
    let tx = TxEip1559 {
        chain_id: chain.chain_id(),
        nonce: request.nonce.unwrap_or(nonce),
        gas_limit,
        max_fee_per_gas: price,
        max_priority_fee_per_gas: tip.min(price),
        to: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        access_list: request.access_list.clone().unwrap_or_default(),
        input: request.input.into_input().unwrap_or_default(),
    };
    let marker = Signature::new(U256::from_be_slice(from.as_slice()), U256::ONE, false);
    let tx = Recovered::new_unchecked(Envelope::from(tx.into_signed(marker)), from);
    Ok(Pooled { tx, signed: None })
}

fn estimate(chain: &Chain, request: &TransactionRequest) -> Result<u64, RpcError> {
    let request = TransactionRequest {
        max_fee_per_gas: None,
        max_priority_fee_per_gas: None,
        gas_price: None,
        ..request.clone()
    };
    crate::ledger::estimate_gas(chain, chain.head(), request)
}

fn require_executable(chain: &Chain, pooled: &Pooled) -> Result<(), RpcError> {
    let tx = &pooled.tx;
    let state = chain.head_state();
    let account = state.account(&tx.signer())?;
    let refuse = |message: String| Err(RpcError::transaction_rejected(message));

    let gas_cap = MAX_TRANSACTION_GAS.min(chain.head().header.gas_limit);
    if tx.gas_limit() > gas_cap {
        return refuse(format!("gas limit {} is above the cap {gas_cap}", tx.gas_limit()));
    }
    let intrinsic = compute_intrinsic_gas(tx, Fork::Osaka);
    if tx.gas_limit() < intrinsic {
        return refuse(format!("intrinsic gas is {intrinsic}, the limit {}", tx.gas_limit()));
    }
    if tx.max_priority_fee_per_gas().is_some_and(|tip| tip > tx.max_fee_per_gas()) {
        return refuse("max priority fee per gas is above max fee per gas".into());
    }
    if tx.nonce() < account.nonce {
        return refuse(format!(
            "nonce too low: next nonce {}, tx nonce {}",
            account.nonce,
            tx.nonce()
        ));
    }
    let fee = U256::from(tx.gas_limit()).saturating_mul(U256::from(tx.max_fee_per_gas()));
    let cost = fee.saturating_add(tx.value());
    if account.balance < cost {
        return refuse(format!(
            "insufficient funds for gas * price + value: have {}, want {cost}",
            account.balance
        ));
    }
    let code = state.code(&tx.signer())?;
    if pooled.signed.is_some() && !code.is_empty() && !code.starts_with(&[0xef, 0x01, 0x00]) {
        return refuse(format!("sender {} has code", tx.signer()));
    }
    Ok(())
}
