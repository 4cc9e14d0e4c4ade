//! The JSON-RPC methods of the L2: those of any chain, and what only a rollup has.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde_json::{Value, json as object};

use super::error::RpcError;
use super::packets::Ledger;
use super::rpc::{Params, answer, json};
use crate::verkle::Key;
use crate::verkle::keys::{basic_data_key, code_hash_key, storage_key};

/// Most slots of one proof.
pub const MAX_PROOF_SLOTS: usize = 1024;

impl Ledger {
    /// Answers a JSON-RPC method with its positional parameters.
    pub fn answer(&self, method: &str, values: Vec<Value>) -> Result<Value, RpcError> {
        let mut params = match method {
            "corollup_getHeads"
            | "corollup_getPacketByNumber"
            | "corollup_getVerkleProof"
            | "corollup_getSlotProof"
            | "corollup_getWithdrawals"
            | "corollup_getWithdrawalProof" => Params::new(values),
            _ => return answer(self.chain(), method, values),
        };
        let result = match method {
            "corollup_getHeads" => self.describe_heads(),
            "corollup_getPacketByNumber" => {
                let number = self.chain().number(params.next()?);
                self.describe_packet(number)
            }
            "corollup_getSlotProof" => {
                let (address, slot) = (params.next::<Address>()?, params.next::<U256>()?);
                let tag = params.next_or_default::<BlockNumberOrTag>()?;
                self.prove(vec![storage_key(&address, slot)], self.chain().number(tag))?
            }
            "corollup_getWithdrawals" => {
                let number = self.chain().number(params.next()?);
                self.describe_withdrawals(number)
            }
            "corollup_getWithdrawalProof" => {
                let number = self.chain().number(params.next()?);
                self.prove_withdrawal(number, params.next::<U64>()?.to())?
            }
            _ => {
                let (address, slots) = (params.next::<Address>()?, params.next::<Vec<U256>>()?);
                let tag = params.next_or_default::<BlockNumberOrTag>()?;
                self.prove(account_keys(&address, &slots)?, self.chain().number(tag))?
            }
        };
        params.finish()?;
        Ok(result)
    }

    fn describe_heads(&self) -> Value {
        let heads = self.heads();
        let describe =
            |number: u64| object!({ "number": U64::from(number), "digest": self.digest(number) });
        object!({
            "executed": describe(self.number()),
            "endorsed": describe(heads.endorsed),
            "committed": describe(heads.committed),
            "finalized": describe(heads.finalized),
        })
    }

    fn describe_packet(&self, number: u64) -> Value {
        let (Some(header), Some(block)) = (self.header(number), self.chain().block(number)) else {
            return Value::Null;
        };
        let hashes: Vec<B256> = block.hashes().collect();
        object!({
            "status": self.status(number),
            "digest": block.hash,
            "transactions": hashes,
            "header": {
                "version": U64::from(header.version),
                "number": U64::from(header.number),
                "parentHash": header.parent_hash,
                "view": U64::from(header.view),
                "producer": header.producer,
                "timestamp": U64::from(header.timestamp),
                "gasLimit": U64::from(header.gas_limit),
                "gasUsed": U64::from(header.gas_used),
                "baseFee": U64::from(header.base_fee),
                "l1Number": U64::from(header.l1_number),
                "l1Hash": header.l1_hash,
                "prevRandao": header.prev_randao,
                "preStateRoot": header.pre_state_root,
                "postStateRoot": header.post_state_root,
                "transactionsRoot": header.transactions_root,
                "accessRoot": header.access_root,
                "updateRoot": header.update_root,
                "traceRoot": header.trace_root,
                "receiptsRoot": header.receipts_root,
                "withdrawalsRoot": header.withdrawals_root,
                "inboxCount": U64::from(header.inbox_count),
                "inboxHash": header.inbox_hash,
                "payloadHash": header.payload_hash,
                "dataHash": header.data_hash,
                "feeGasPrice": U64::from(header.fee_gas_price),
                "feeGasLimit": U64::from(header.fee_gas_limit),
            },
        })
    }

    /// A proof of keys under the state root of a packet.
    fn prove(&self, mut keys: Vec<Key>, number: u64) -> Result<Value, RpcError> {
        if self.chain().block(number).is_none() {
            return Err(RpcError::unknown_block(number.into()));
        }
        let tree = self.tree_at(number)?.ok_or_else(|| RpcError::pruned(number))?;
        keys.sort_unstable();
        keys.dedup();
        let proof = tree.prove(self.chain().chain_id(), &keys)?;
        let mut values = Vec::with_capacity(keys.len());
        for key in &keys {
            let value = tree.get(key)?.map(B256::from);
            values.push(object!({ "key": B256::from(*key), "value": value }));
        }
        json(object!({
            "number": U64::from(number),
            "stateRoot": tree.root(),
            "values": values,
            "proof": Bytes::from(proof),
        }))
    }
}

/// The header leaves of an account, and slots of it.
fn account_keys(address: &Address, slots: &[U256]) -> Result<Vec<Key>, RpcError> {
    if slots.len() > MAX_PROOF_SLOTS {
        return Err(RpcError::limit_exceeded(format!(
            "{} slots, the limit is {MAX_PROOF_SLOTS}",
            slots.len()
        )));
    }
    let mut keys: Vec<Key> = vec![basic_data_key(address), code_hash_key(address)];
    keys.extend(slots.iter().map(|slot| storage_key(address, *slot)));
    Ok(keys)
}
