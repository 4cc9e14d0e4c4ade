//! The L2 ledger for Python, and the JSON that crosses the boundary.

use corollup_core::ledger::RpcError;
use serde_json::Value;

use crate::error::BindingError;

/// Reads JSON that a caller gave.
pub(crate) fn decode_json<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, BindingError> {
    Ok(serde_json::from_slice(json).map_err(|error| RpcError::invalid_params(error.to_string()))?)
}

/// Reads positional parameters.
pub(crate) fn decode_params(json: &[u8]) -> Result<Vec<Value>, BindingError> {
    decode_json(json)
}

/// Writes an answer.
pub(crate) fn encode_json(value: &impl serde::Serialize) -> Result<Vec<u8>, BindingError> {
    Ok(serde_json::to_vec(value).map_err(|error| RpcError::internal(error.to_string()))?)
}
