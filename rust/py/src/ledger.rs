//! The L2 ledger for Python, and the JSON that crosses the boundary.

use corollup_core::ledger::RpcError;
use serde_json::Value;

use crate::error::BindingError;

/// Reads positional parameters.
pub(crate) fn decode_params(json: &[u8]) -> Result<Vec<Value>, BindingError> {
    Ok(serde_json::from_slice(json).map_err(|error| RpcError::invalid_params(error.to_string()))?)
}

/// Writes an answer.
pub(crate) fn encode_json(value: &impl serde::Serialize) -> Result<Vec<u8>, BindingError> {
    Ok(serde_json::to_vec(value).map_err(|error| RpcError::internal(error.to_string()))?)
}
