//! The JSON-RPC methods of the embedded L1: those of any chain, the pool's, and the commands that
//! tests give a development chain, under the names that anvil and hardhat gave them.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::Value;

use super::DevChain;
use crate::ledger::{Params, RpcError, answer, json, pending_transaction};

/// Most blocks of one command to mine.
pub const MAX_MINED_BLOCKS: u64 = 10_000;

impl DevChain {
    /// Answers a method that reads the chain or its pool.
    pub fn answer(&self, method: &str, values: Vec<Value>) -> Result<Value, RpcError> {
        match (method, values.as_slice()) {
            ("eth_accounts", []) => json(&self.unlocked),
            ("eth_getTransactionCount", [address, Value::String(tag)]) if tag == "pending" => {
                let address = Params::new(vec![address.clone()]).next::<Address>()?;
                json(U64::from(self.pool.next_nonce(&self.chain, &address)?))
            }
            ("eth_getTransactionByHash", [hash]) => {
                let hash = Params::new(vec![hash.clone()]).next::<B256>()?;
                match self.pool.find(&hash) {
                    Some(tx) => json(pending_transaction(tx)),
                    None => answer(&self.chain, method, values),
                }
            }
            _ => answer(&self.chain, method, values),
        }
    }

    /// Whether a method changes the chain, so that [`Self::command`] carries it out.
    pub fn is_command(method: &str) -> bool {
        matches!(method, "eth_sendRawTransaction" | "eth_sendTransaction")
            || method.starts_with("evm_")
            || method.starts_with("anvil_")
            || method.starts_with("hardhat_")
    }

    /// Carries out a method that changes the chain, at the caller's time.
    pub fn command(
        &mut self,
        method: &str,
        values: Vec<Value>,
        now: u64,
    ) -> Result<Value, RpcError> {
        let mut params = Params::new(values);
        // hardhat's commands have the names of anvil's but for the first word.
        let anvil = method.replacen("hardhat_", "anvil_", 1);
        let result = match anvil.as_str() {
            "eth_sendRawTransaction" => {
                let hash = self.submit(&params.next::<Bytes>()?)?;
                self.mine_at_once(now)?;
                json(hash)
            }
            "eth_sendTransaction" => {
                let hash = self.submit_unsigned(params.next::<TransactionRequest>()?)?;
                self.mine_at_once(now)?;
                json(hash)
            }
            "evm_mine" => {
                if let Some(timestamp) = params.next_or_default::<Option<U64>>()? {
                    self.set_next_timestamp(timestamp.to())?;
                }
                self.mine(now)?;
                json(U64::ZERO)
            }
            "anvil_mine" => {
                let blocks = params.next_or_default::<Option<U64>>()?.unwrap_or(U64::from(1)).to();
                let interval = params.next_or_default::<Option<U64>>()?.unwrap_or(U64::from(1));
                self.mine_blocks(blocks, interval.to(), now)?;
                json(Value::Null)
            }
            "evm_setAutomine" => {
                self.automine = params.next()?;
                json(true)
            }
            "evm_increaseTime" => {
                let seconds = params.next::<U64>()?;
                self.increase_time(seconds.to());
                json(seconds)
            }
            "evm_setNextBlockTimestamp" => {
                self.set_next_timestamp(params.next::<U64>()?.to())?;
                json(Value::Null)
            }
            "anvil_setPrevRandao" => {
                self.set_next_prev_randao(params.next()?);
                json(Value::Null)
            }
            "evm_snapshot" => json(U64::from(self.snapshot())),
            "evm_revert" => json(self.revert(params.next::<U64>()?.to())),
            "anvil_reorg" => {
                let depth = params.next::<U64>()?.to();
                self.rollback(depth)?;
                self.mine_blocks(depth, 1, now)?;
                json(Value::Null)
            }
            "anvil_dropTransaction" => json(self.pool.remove(&params.next()?)),
            "anvil_impersonateAccount" => {
                self.impersonate(params.next()?);
                json(Value::Null)
            }
            "anvil_stopImpersonatingAccount" => {
                self.stop_impersonating(&params.next()?);
                json(Value::Null)
            }
            "anvil_setBalance" => {
                self.set_balance(params.next()?, params.next()?)?;
                json(Value::Null)
            }
            "anvil_setNonce" => {
                self.set_nonce(params.next()?, params.next::<U64>()?.to())?;
                json(Value::Null)
            }
            "anvil_setCode" => {
                self.set_code(params.next()?, params.next()?)?;
                json(Value::Null)
            }
            "anvil_setStorageAt" => {
                self.set_storage(params.next()?, params.next::<U256>()?, params.next::<U256>()?);
                json(true)
            }
            _ => return Err(RpcError::method_not_found(method)),
        };
        params.finish()?;
        result
    }

    fn mine_at_once(&mut self, now: u64) -> Result<(), RpcError> {
        if self.automine { self.mine(now).map(|_| ()) } else { Ok(()) }
    }

    /// Mines blocks whose timestamps lie `interval` seconds apart.
    fn mine_blocks(&mut self, blocks: u64, interval: u64, now: u64) -> Result<(), RpcError> {
        if blocks > MAX_MINED_BLOCKS {
            return Err(RpcError::limit_exceeded(format!(
                "{blocks} blocks, the limit is {MAX_MINED_BLOCKS}"
            )));
        }
        for index in 0..blocks {
            if index > 0 {
                let parent = self.chain.head().header.timestamp;
                self.set_next_timestamp(parent.saturating_add(interval.max(1)))?;
            }
            self.mine(now)?;
        }
        Ok(())
    }
}
