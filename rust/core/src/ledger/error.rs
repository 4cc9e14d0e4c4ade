//! JSON-RPC errors, with the codes of EIP-1474.

use alloy_primitives::{Bytes, U256};
use alloy_rpc_types_eth::BlockId;

use crate::error::Error;

/// An answer that is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// The code of EIP-1474, or 3 for a reverted call.
    pub code: i32,
    /// What is wrong, for a human.
    pub message: String,
    /// The output of a reverted call.
    pub data: Option<Bytes>,
}

impl RpcError {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The parameters do not fit the method.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// The method does not exist.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(-32601, format!("the method {method} does not exist"))
    }

    /// This machine failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(-32603, message)
    }

    /// The parameters are well-formed, and what they ask for is impossible.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(-32000, message)
    }

    /// The block is not part of the chain.
    pub fn unknown_block(id: BlockId) -> Self {
        let name = match id {
            BlockId::Number(number) => number.to_string(),
            BlockId::Hash(hash) => hash.block_hash.to_string(),
        };
        Self::new(-32001, format!("block {name} not found"))
    }

    /// The state of the block is no longer kept.
    pub fn pruned(number: u64) -> Self {
        Self::new(-32001, format!("state of block {number} is pruned"))
    }

    /// The transaction cannot enter the pool.
    pub fn transaction_rejected(message: impl Into<String>) -> Self {
        Self::new(-32003, message)
    }

    /// The chain cannot serve this method.
    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(-32004, message)
    }

    /// The answer is over a limit.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(-32005, message)
    }

    /// The call reverted with this output.
    pub fn reverted(output: Bytes) -> Self {
        let message = match decode_reason(&output) {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".into(),
        };
        Self { code: 3, message, data: Some(output) }
    }
}

impl From<Error> for RpcError {
    fn from(error: Error) -> Self {
        Self::internal(error.to_string())
    }
}

/// The text of Solidity's `Error(string)` or `Panic(uint256)`.
fn decode_reason(output: &[u8]) -> Option<String> {
    const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
    const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];
    let (selector, words) = output.split_first_chunk::<4>()?;
    let word = |at: usize| Some(U256::from_be_slice(words.get(at..at.checked_add(32)?)?));
    match *selector {
        ERROR => {
            let offset = usize::try_from(word(0)?).ok()?;
            let length = usize::try_from(word(offset)?).ok()?;
            let start = offset.checked_add(32)?;
            let text = words.get(start..start.checked_add(length)?)?;
            String::from_utf8(text.to_vec()).ok()
        }
        PANIC => Some(format!("panic code {:#04x}", word(0)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    #[test]
    fn a_revert_names_its_reason() {
        let output = hex!(
            "08c379a0"
            "0000000000000000000000000000000000000000000000000000000000000020"
            "0000000000000000000000000000000000000000000000000000000000000005"
            "68656c6c6f000000000000000000000000000000000000000000000000000000"
        );
        assert_eq!(RpcError::reverted(output.into()).message, "execution reverted: hello");
        let panic = hex!(
            "4e487b71" "0000000000000000000000000000000000000000000000000000000000000011"
        );
        assert_eq!(RpcError::reverted(panic.into()).message, "execution reverted: panic code 0x11");
    }

    #[test]
    fn a_hostile_revert_is_reported_without_a_reason() {
        let mut output = vec![0x08, 0xc3, 0x79, 0xa0];
        output.extend([0xff; 64]);
        let error = RpcError::reverted(output.clone().into());
        assert_eq!(error.message, "execution reverted");
        assert_eq!(error.data, Some(output.into()));
    }
}
