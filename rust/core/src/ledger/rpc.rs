//! The JSON-RPC methods that a chain answers from what it keeps.
//!
//! [`answer`] is the one table for the embedded L1 and the L2. What needs a pool, a node or a
//! clock is answered above this crate.

use alloy_eips::eip2718::Encodable2718;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::{Filter, Index, TransactionRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::block::Block;
use super::chain::{BLOB_BASE_FEE, Chain, StateAt};
use super::error::RpcError;
use super::{fees, logs, simulate};

/// The methods that [`answer`] knows, in its order.
pub const METHODS: &[&str] = &[
    "eth_chainId",
    "net_version",
    "eth_blockNumber",
    "eth_gasPrice",
    "eth_maxPriorityFeePerGas",
    "eth_blobBaseFee",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_getCode",
    "eth_getStorageAt",
    "eth_call",
    "eth_estimateGas",
    "eth_getBlockByNumber",
    "eth_getBlockByHash",
    "eth_getBlockTransactionCountByNumber",
    "eth_getBlockTransactionCountByHash",
    "eth_getUncleCountByBlockNumber",
    "eth_getUncleCountByBlockHash",
    "eth_getTransactionByHash",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getRawTransactionByHash",
    "eth_getTransactionReceipt",
    "eth_getBlockReceipts",
    "eth_getLogs",
    "debug_getRawHeader",
];

/// Answers a method with its positional parameters.
///
/// # Errors
/// A [`RpcError`] for an unknown method, parameters that do not fit, and what the chain lacks.
pub fn answer(chain: &Chain, method: &str, params: Vec<Value>) -> Result<Value, RpcError> {
    let mut params = Params::new(params);
    let result = match method {
        "eth_chainId" => json(U64::from(chain.chain_id())),
        "net_version" => json(chain.chain_id().to_string()),
        "eth_blockNumber" => json(U64::from(chain.head().number())),
        "eth_gasPrice" => json(U256::from(fees::suggest_gas_price(chain))),
        "eth_maxPriorityFeePerGas" => json(U256::from(fees::SUGGESTED_TIP)),
        "eth_blobBaseFee" => json(U64::from(BLOB_BASE_FEE)),
        "eth_feeHistory" => {
            let (count, newest) = (params.next::<U64>()?, params.next::<BlockNumberOrTag>()?);
            let percentiles = params.next_or_default::<Vec<f64>>()?;
            json(fees::compute_fee_history(chain, count.to(), newest, &percentiles)?)
        }
        "eth_getBalance" => {
            let address = params.next::<Address>()?;
            json(params.state(chain)?.account(&address)?.balance)
        }
        "eth_getTransactionCount" => {
            let address = params.next::<Address>()?;
            json(U64::from(params.state(chain)?.account(&address)?.nonce))
        }
        "eth_getCode" => {
            let address = params.next::<Address>()?;
            json(params.state(chain)?.code(&address)?)
        }
        "eth_getStorageAt" => {
            let (address, slot) = (params.next::<Address>()?, params.next::<U256>()?);
            json(B256::from(params.state(chain)?.slot(address, slot)?))
        }
        "eth_call" => {
            let request = params.next::<TransactionRequest>()?;
            json(simulate::call(chain, params.block(chain)?, request)?)
        }
        "eth_estimateGas" => {
            let request = params.next::<TransactionRequest>()?;
            json(U64::from(simulate::estimate_gas(chain, params.block(chain)?, request)?))
        }
        "eth_getBlockByNumber" => {
            let (tag, full) = (params.next::<BlockNumberOrTag>()?, params.next_or_default()?);
            json(chain.find_block(tag.into()).map(|block| block.to_rpc(full)).transpose()?)
        }
        "eth_getBlockByHash" => {
            let (hash, full) = (params.next::<B256>()?, params.next_or_default()?);
            json(chain.block_by_hash(&hash).map(|block| block.to_rpc(full)).transpose()?)
        }
        "eth_getBlockTransactionCountByNumber" | "eth_getBlockTransactionCountByHash" => {
            json(params.named_block(chain, method)?.map(|b| U64::from(b.len())))
        }
        "eth_getUncleCountByBlockNumber" | "eth_getUncleCountByBlockHash" => {
            json(params.named_block(chain, method)?.map(|_| U64::ZERO))
        }
        "eth_getTransactionByHash" => {
            let found = chain.find_transaction(&params.next()?);
            json(found.map(|(block, index)| block.rpc_transaction(index)).transpose()?)
        }
        "eth_getTransactionByBlockNumberAndIndex" | "eth_getTransactionByBlockHashAndIndex" => {
            let block = params.named_block(chain, method)?;
            let index = params.next::<Index>()?.0;
            let block = block.filter(|block| index < block.len());
            json(block.map(|block| block.rpc_transaction(index)).transpose()?)
        }
        "eth_getRawTransactionByHash" => {
            let found = chain.find_transaction(&params.next()?);
            let raw =
                found.and_then(|(block, index)| Some(block.transaction(index)?.encoded_2718()));
            json(raw.map(Bytes::from))
        }
        "eth_getTransactionReceipt" => {
            let found = chain.find_transaction(&params.next()?);
            json(found.map(|(block, index)| block.rpc_receipt(index)).transpose()?)
        }
        "eth_getBlockReceipts" => {
            let block = chain.find_block(params.next::<BlockId>()?);
            let receipts = block.map(|block| {
                let all = (0..block.receipts.len()).map(|index| block.rpc_receipt(index));
                all.collect::<Result<Vec<_>, _>>()
            });
            json(receipts.transpose()?)
        }
        "eth_getLogs" => json(logs::find_logs(chain, &params.next::<Filter>()?)?),
        "debug_getRawHeader" => {
            let id = params.next::<BlockId>()?;
            let block = chain.find_block(id).ok_or_else(|| RpcError::unknown_block(id))?;
            json(Bytes::from(alloy_rlp::encode(&block.header)))
        }
        _ => return Err(RpcError::method_not_found(method)),
    };
    params.finish()?;
    result
}

pub(crate) fn json(value: impl Serialize) -> Result<Value, RpcError> {
    serde_json::to_value(value).map_err(|error| RpcError::internal(error.to_string()))
}

/// Positional parameters, read in order.
pub(crate) struct Params {
    values: std::vec::IntoIter<Value>,
    position: usize,
}

impl Params {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter(), position: 0 }
    }

    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<T, RpcError> {
        let value = self.values.next().unwrap_or_default();
        if value.is_null() {
            let position = self.position;
            return Err(RpcError::invalid_params(format!("missing value for argument {position}")));
        }
        self.parse(value)
    }

    pub(crate) fn next_or_default<T: DeserializeOwned + Default>(&mut self) -> Result<T, RpcError> {
        match self.values.next().unwrap_or_default() {
            Value::Null => {
                self.position += 1;
                Ok(T::default())
            }
            value => self.parse(value),
        }
    }

    fn parse<T: DeserializeOwned>(&mut self, value: Value) -> Result<T, RpcError> {
        let position = self.position;
        self.position += 1;
        serde_json::from_value(value).map_err(|error| {
            RpcError::invalid_params(format!("invalid argument {position}: {error}"))
        })
    }

    /// The block of the next parameter, the head if it is absent.
    fn block<'a>(&mut self, chain: &'a Chain) -> Result<&'a Block, RpcError> {
        let id = self.next_or_default::<BlockId>()?;
        chain.find_block(id).ok_or_else(|| RpcError::unknown_block(id))
    }

    fn state<'a>(&mut self, chain: &'a Chain) -> Result<StateAt<'a>, RpcError> {
        let block = self.block(chain)?;
        chain.state_at(block.number())
    }

    /// The block of a method that takes a number or a hash, as its name says.
    fn named_block<'a>(
        &mut self,
        chain: &'a Chain,
        method: &str,
    ) -> Result<Option<&'a Block>, RpcError> {
        if method.contains("ByHash") || method.contains("ByBlockHash") {
            return Ok(chain.block_by_hash(&self.next()?));
        }
        Ok(chain.find_block(self.next::<BlockNumberOrTag>()?.into()))
    }

    pub(crate) fn finish(mut self) -> Result<(), RpcError> {
        match self.values.next() {
            None => Ok(()),
            Some(_) => Err(RpcError::invalid_params(format!(
                "too many arguments, want at most {}",
                self.position
            ))),
        }
    }
}
