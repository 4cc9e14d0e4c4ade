//! Signed transactions, decoded and with their sender.

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{EthereumTxEnvelope, Transaction as _, TxEip4844, TxType};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use revm::context::TxEnv;
use revm::context_interface::cfg::gas::calculate_initial_tx_gas;
use revm::context_interface::either::Either;

use super::Fork;

/// A transaction as a block holds it: without blob sidecars.
pub type Envelope = EthereumTxEnvelope<TxEip4844>;

/// A signed transaction that decoded, and whose sender is known.
#[derive(Clone, Debug)]
pub struct Transaction {
    bytes: Bytes,
    envelope: Envelope,
    signer: Signer,
    sender: Address,
}

/// Who signed, as the recovery of the sender finds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer {
    /// x ‖ y.
    pub(crate) public_key: [u8; 64],
    /// y of the signature's point R, where the recovery said it.
    pub(crate) nonce_y: Option<[u8; 32]>,
}

/// Bytes and sender say all; how the sender was found does not count.
impl PartialEq for Transaction {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.sender == other.sender
    }
}

impl Eq for Transaction {}

impl Transaction {
    /// A transaction with its canonical bytes and who signed it.
    pub(crate) fn new(bytes: Bytes, envelope: Envelope, signer: Signer) -> Self {
        let sender = Address::from_slice(&keccak256(signer.public_key)[12..]);
        Self { bytes, envelope, signer, sender }
    }

    /// The canonical EIP-2718 bytes.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The decoded transaction.
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Who signed it.
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// Who signed it, as it was found.
    pub(crate) const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// keccak of the bytes.
    pub fn hash(&self) -> B256 {
        *self.envelope.tx_hash()
    }

    /// Whether it carries blobs (EIP-4844, type 3).
    pub fn is_blob(&self) -> bool {
        self.envelope.tx_type() == TxType::Eip4844
    }

    /// The gas that it may use at most.
    pub fn gas_limit(&self) -> u64 {
        self.envelope.gas_limit()
    }

    /// The decoded transaction with its sender.
    pub fn to_recovered(&self) -> Recovered<Envelope> {
        Recovered::new_unchecked(self.envelope.clone(), self.sender)
    }

    pub(super) fn to_tx(&self) -> TxEnv {
        let tx = &self.envelope;
        let authorizations = tx.authorization_list().unwrap_or_default();
        TxEnv {
            tx_type: tx.tx_type().into(),
            caller: self.sender,
            gas_limit: tx.gas_limit(),
            gas_price: tx.max_fee_per_gas(),
            kind: tx.kind(),
            value: tx.value(),
            data: tx.input().clone(),
            nonce: tx.nonce(),
            chain_id: tx.chain_id(),
            access_list: tx.access_list().cloned().unwrap_or_default(),
            gas_priority_fee: tx.max_priority_fee_per_gas(),
            blob_hashes: tx.blob_versioned_hashes().unwrap_or_default().to_vec(),
            max_fee_per_blob_gas: tx.max_fee_per_blob_gas().unwrap_or_default(),
            authorization_list: authorizations.iter().cloned().map(Either::Left).collect(),
        }
    }
}

/// Computes the gas that a transaction must have before it runs: its intrinsic cost, and the floor
/// of its call data (EIP-7623).
pub fn compute_intrinsic_gas(tx: &Envelope, fork: Fork) -> u64 {
    let slots = |list: &AccessList| list.iter().map(|item| item.storage_keys.len() as u64).sum();
    let gas = calculate_initial_tx_gas(
        fork.to_spec(),
        tx.input(),
        tx.is_create(),
        tx.access_list().map_or(0, |list| list.len() as u64),
        tx.access_list().map_or(0, slots),
        tx.authorization_count().unwrap_or_default(),
        None,
    );
    gas.initial_total_gas().max(gas.floor_gas())
}
