//! The L2 ledger for Python, and the JSON that crosses the boundary.

use core::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_primitives::Bytes;
use corollup_core::containers::{
    BlobProof, Config, DataSection, Genesis, Header, InboxSection, KeyBytes, SignatureBytes,
};
use corollup_core::endorser::Network;
use corollup_core::error::Error;
use corollup_core::evm::{self, Fork};
use corollup_core::ledger::{
    self, DEFAULT_TREE_CACHE_BYTES, DiskOptions, ExecuteError, Execution, PacketHeads, RpcError,
};
use corollup_core::producer::{Built, Request};
use corollup_core::rules;
use corollup_core::store::{DEFAULT_CACHE_BYTES, DEFAULT_HISTORY};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde_json::Value;

use crate::error::BindingError;
use crate::genesis::GenesisState;
use crate::verkle::VerkleTree;

/// A packet that was built and waits for its signature.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct Candidate(Mutex<Built>);

impl Candidate {
    fn with<T>(&self, read: impl FnOnce(&mut Built) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Candidate {
    /// The ABI words of the header.
    #[getter]
    fn header(&self) -> Vec<u8> {
        self.with(|built| built.result.header.encode())
    }

    /// Digest of the header.
    #[getter]
    fn digest(&self) -> [u8; 32] {
        self.with(|built| built.digest.0)
    }

    /// The hints of the senders, 96 bytes a transaction.
    #[getter]
    fn hints(&self) -> Vec<u8> {
        self.with(|built| built.hints.clone())
    }

    /// Hashes of the included transactions.
    #[getter]
    fn included(&self) -> Vec<[u8; 32]> {
        self.with(|built| built.transactions.iter().map(|tx| tx.hash().0).collect())
    }

    /// The candidates left out: index, reason, and whether no later packet can take it.
    #[getter]
    fn refused(&self) -> Vec<(usize, String, bool)> {
        self.with(|built| {
            let refused = built.refused.iter();
            refused
                .map(|refused| {
                    let is_permanent = !refused.refusal.may_pass_later();
                    (refused.index, refused.refusal.to_string(), is_permanent)
                })
                .collect()
        })
    }

    /// The payload.
    #[getter]
    fn payload(&self) -> Vec<u8> {
        self.with(|built| built.result.body.payload.to_vec())
    }

    /// Makes the packet a data anchor; the digest is another then.
    fn anchor(&self, payloads: Vec<PyBackedBytes>, blobs: Vec<(KeyBytes, KeyBytes)>) {
        let payloads = payloads.iter().map(|payload| Bytes::copy_from_slice(payload)).collect();
        let blobs = blobs.into_iter();
        let blobs = blobs.map(|(commitment, proof)| BlobProof { commitment, proof }).collect();
        self.with(|built| built.anchor(DataSection { payloads, blobs }));
    }

    /// Sets the producer's signature and returns the encoded execution result.
    fn sign(&self, signature: SignatureBytes) -> Vec<u8> {
        self.with(|built| {
            built.result.producer_signature = signature;
            built.result.encode()
        })
    }
}

/// The executed packets of a network, with their states and trees.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct Ledger(RwLock<Option<ledger::Ledger>>);

/// A ledger that is open.
struct Open<G>(G);

impl<G: Deref<Target = Option<ledger::Ledger>>> Open<G> {
    fn new(guard: G) -> Result<Self, Error> {
        match *guard {
            Some(_) => Ok(Self(guard)),
            None => Err(Error::State("the ledger is closed".into())),
        }
    }
}

impl<G: Deref<Target = Option<ledger::Ledger>>> Deref for Open<G> {
    type Target = ledger::Ledger;

    fn deref(&self) -> &ledger::Ledger {
        self.0.as_ref().expect("it is open")
    }
}

impl<G: DerefMut<Target = Option<ledger::Ledger>>> DerefMut for Open<G> {
    fn deref_mut(&mut self) -> &mut ledger::Ledger {
        self.0.as_mut().expect("it is open")
    }
}

type Reading<'a> = Open<RwLockReadGuard<'a, Option<ledger::Ledger>>>;
type Writing<'a> = Open<RwLockWriteGuard<'a, Option<ledger::Ledger>>>;

impl Ledger {
    fn read(&self) -> Result<Reading<'_>, Error> {
        Open::new(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self) -> Result<Writing<'_>, Error> {
        Open::new(self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Ledger {
    #[new]
    #[pyo3(signature = (
        *, chain_id, config, genesis, domain, state, history = 1024, path = None,
        revertible = DEFAULT_HISTORY, tree_cache_bytes = DEFAULT_TREE_CACHE_BYTES,
        file_cache_bytes = DEFAULT_CACHE_BYTES
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        py: Python<'_>,
        chain_id: u64,
        config: &[u8],
        genesis: &[u8],
        domain: [u8; 32],
        state: PyRef<'_, GenesisState>,
        history: usize,
        path: Option<PathBuf>,
        revertible: u64,
        tree_cache_bytes: usize,
        file_cache_bytes: usize,
    ) -> Result<Self, BindingError> {
        let (config, genesis) = (Config::decode(config)?, Genesis::decode(genesis)?);
        if config.l2_chain_id != chain_id {
            let found = config.l2_chain_id;
            let why = format!("the configuration is of chain {found}, not {chain_id}");
            return Err(Error::Argument(why).into());
        }
        let network = Network { domain: domain.into(), config };
        let state = &*state;
        let ledger = py.detach(|| {
            if let Some(path) = path {
                let options = DiskOptions {
                    history: revertible,
                    tree_cache_bytes,
                    file_cache_bytes,
                    ..DiskOptions::default()
                };
                let state = &state.state;
                let ledger =
                    ledger::Ledger::open_file(&path, network, genesis, state, history, options);
                return Ok(ledger?);
            }
            let tree = state.tree()?.clone();
            let ledger = ledger::Ledger::new(network, genesis, &state.state, tree, history)?;
            Ok::<_, BindingError>(ledger)
        })?;
        Ok(Self(RwLock::new(Some(ledger))))
    }

    /// Number of the executed head.
    #[getter]
    fn number(&self) -> Result<u64, BindingError> {
        Ok(self.read()?.number())
    }

    /// Number of the oldest packet that the ledger knows: the genesis, unless it was restarted.
    #[getter]
    fn oldest(&self) -> Result<u64, BindingError> {
        Ok(self.read()?.chain().genesis_number())
    }

    /// Digest of the executed head.
    #[getter]
    fn head_hash(&self) -> Result<[u8; 32], BindingError> {
        Ok(self.read()?.chain().head().hash.0)
    }

    /// Verkle root after the executed head.
    #[getter]
    fn state_root(&self) -> Result<[u8; 32], BindingError> {
        Ok(self.read()?.tree().root().0)
    }

    /// What the next packet stands on, encoded as in an execution result.
    #[getter]
    fn parent(&self) -> Result<Vec<u8>, BindingError> {
        Ok(self.read()?.parent().encode())
    }

    /// Nonce and balance of an account at the executed head.
    fn account(&self, address: [u8; 20]) -> Result<(u64, u128), BindingError> {
        let account = self.read()?.account(&address.into())?;
        let balance = u128::try_from(account.balance)
            .map_err(|_| Error::State("a balance is not below 2^128".into()))?;
        Ok((account.nonce, balance))
    }

    /// The state tree after a packet; none if it is no longer kept.
    fn tree(&self, number: u64) -> Result<Option<VerkleTree>, BindingError> {
        Ok(self.read()?.tree_at(number)?.map(VerkleTree::from))
    }

    /// Digest of a packet, or the genesis hash.
    fn digest(&self, number: u64) -> Result<Option<[u8; 32]>, BindingError> {
        Ok(self.read()?.digest(number).map(|digest| digest.0))
    }

    /// The ABI words of a packet's header.
    fn header(&self, number: u64) -> Result<Option<Vec<u8>>, BindingError> {
        Ok(self.read()?.header(number).map(Header::encode))
    }

    /// The encoded execution result of a packet, while it is kept.
    fn result(&self, number: u64) -> Result<Option<Vec<u8>>, BindingError> {
        Ok(self.read()?.result(number).map(|result| result.to_vec()))
    }

    /// How many transactions a packet has, while it is kept.
    fn transaction_count(&self, number: u64) -> Result<Option<usize>, BindingError> {
        Ok(self.read()?.chain().block(number).map(|block| block.transactions.len()))
    }

    /// The base fee of the next packet, wei a gas.
    fn next_base_fee(&self) -> Result<u64, BindingError> {
        Ok(self.read()?.next_base_fee())
    }

    /// Builds a packet on the executed head, which stays.
    #[pyo3(signature = (
        *, transactions, timestamp, view, producer, producer_key, l1_number, l1_hash, prev_randao,
        fee_gas_price, fee_gas_limit, inbox = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn build(
        &self,
        py: Python<'_>,
        transactions: Vec<PyBackedBytes>,
        timestamp: u64,
        view: u64,
        producer: [u8; 20],
        producer_key: KeyBytes,
        l1_number: u64,
        l1_hash: [u8; 32],
        prev_randao: [u8; 32],
        fee_gas_price: u64,
        fee_gas_limit: u64,
        inbox: Option<&[u8]>,
    ) -> Result<Candidate, BindingError> {
        let inbox = inbox.map(InboxSection::decode).transpose()?.unwrap_or_default();
        py.detach(|| {
            let ledger = self.read()?;
            let network = ledger.network();
            let expected = rules::compute_view(&network.config, timestamp);
            if expected != Some(view) {
                let why = format!("timestamp {timestamp} is not in view {view}");
                return Err(Error::Argument(why).into());
            }
            let transactions = transactions.iter().map(|tx| Bytes::copy_from_slice(tx)).collect();
            let request = Request {
                domain: network.domain,
                config: network.config.clone(),
                parent: ledger.parent(),
                producer: producer.into(),
                producer_key,
                timestamp,
                l1_number,
                l1_hash: l1_hash.into(),
                prev_randao: prev_randao.into(),
                fee_gas_price,
                fee_gas_limit,
                inbox,
                transactions,
            };
            Ok(Candidate(Mutex::new(ledger.build(&request)?)))
        })
    }

    /// Makes a signed packet that was built here the executed head.
    fn append(&self, py: Python<'_>, candidate: PyRef<'_, Candidate>) -> Result<(), BindingError> {
        let candidate = &*candidate;
        py.detach(|| {
            let execution = Execution::from_built(candidate.with(|built| built.clone()))?;
            Ok(self.write()?.append(execution)?)
        })
    }

    /// Verifies, executes and appends another producer's packet, and returns its number.
    #[pyo3(signature = (encoded, *, hints = None))]
    fn import_result(
        &self,
        py: Python<'_>,
        encoded: PyBackedBytes,
        hints: Option<PyBackedBytes>,
    ) -> Result<u64, BindingError> {
        py.detach(|| {
            let execution = self.read()?.execute(&encoded, hints.as_deref())?;
            let number = execution.number();
            self.write()?.append(execution)?;
            Ok(number)
        })
    }

    /// Drops the packets after a number.
    fn revert_to(&self, py: Python<'_>, number: u64) -> Result<(), BindingError> {
        Ok(py.detach(|| self.write()?.revert_to(number))?)
    }

    /// Moves the heads beside the executed one.
    #[pyo3(signature = (*, endorsed, committed, finalized))]
    fn set_heads(&self, endorsed: u64, committed: u64, finalized: u64) -> Result<(), BindingError> {
        Ok(self.read()?.set_heads(PacketHeads { endorsed, committed, finalized })?)
    }

    /// The endorsed, the committed and the finalized head.
    #[getter]
    fn heads(&self) -> Result<(u64, u64, u64), BindingError> {
        let PacketHeads { endorsed, committed, finalized } = self.read()?.heads();
        Ok((endorsed, committed, finalized))
    }

    /// Lets go of the state file; everything else fails from here on.
    fn close(&self, py: Python<'_>) {
        py.detach(|| drop(self.0.write().unwrap_or_else(PoisonError::into_inner).take()));
    }

    /// Answers a JSON-RPC method that reads the ledger; parameters and result are JSON.
    fn request(&self, py: Python<'_>, method: &str, params: &[u8]) -> PyResult<Vec<u8>> {
        Ok(py.detach(|| {
            let params = decode_params(params)?;
            encode_json(&self.read()?.answer(method, params)?)
        })?)
    }
}

impl From<ExecuteError> for BindingError {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Rejected(rejected) => rejected.into(),
            ExecuteError::Failed(error) => error.into(),
        }
    }
}

/// What a pool has to know of a signed transaction.
#[pyclass(frozen, get_all, module = "corollup._core")]
pub(crate) struct TransactionInfo {
    /// Its hash.
    hash: [u8; 32],
    /// Who signed it.
    sender: [u8; 20],
    /// EIP-155 chain id; none in an old transaction without it.
    chain_id: Option<u64>,
    /// EIP-2718 type.
    kind: u8,
    /// Its place among the sender's.
    nonce: u64,
    /// Gas limit.
    gas_limit: u64,
    /// The least gas limit with which it can be in a packet.
    intrinsic_gas: u64,
    /// Most that it pays, wei a gas.
    max_fee_per_gas: u128,
    /// Most that it pays the producer, wei a gas.
    max_priority_fee_per_gas: u128,
    /// Wei sent along.
    value: u128,
}

/// Decodes a signed transaction and recovers its sender.
#[pyfunction]
pub(crate) fn decode_transaction(
    py: Python<'_>,
    raw: PyBackedBytes,
) -> Result<TransactionInfo, BindingError> {
    use corollup_core::evm::TransactionFields as _;

    let tx = py.detach(|| evm::Transaction::decode(&Bytes::copy_from_slice(&raw), Fork::Osaka))?;
    let envelope = tx.envelope();
    let value = u128::try_from(envelope.value())
        .map_err(|_| Error::encoding("transaction", "the value is not below 2^128"))?;
    let max_fee_per_gas = envelope.max_fee_per_gas();
    Ok(TransactionInfo {
        hash: tx.hash().0,
        sender: tx.sender().into(),
        chain_id: envelope.chain_id(),
        kind: envelope.tx_type().into(),
        nonce: envelope.nonce(),
        gas_limit: envelope.gas_limit(),
        intrinsic_gas: evm::compute_intrinsic_gas(envelope, Fork::Osaka),
        max_fee_per_gas,
        max_priority_fee_per_gas: envelope.max_priority_fee_per_gas().unwrap_or(max_fee_per_gas),
        value,
    })
}

/// A signed transaction that is in no block yet, as `eth_getTransactionByHash` gives it, in JSON.
#[pyfunction]
pub(crate) fn describe_pending_transaction(raw: PyBackedBytes) -> PyResult<Vec<u8>> {
    let tx = evm::Transaction::decode(&Bytes::copy_from_slice(&raw), Fork::Osaka)
        .map_err(BindingError::from)?;
    Ok(encode_json(&ledger::pending_transaction(&tx.to_recovered()))?)
}

/// Reads positional parameters.
pub(crate) fn decode_params(json: &[u8]) -> Result<Vec<Value>, BindingError> {
    Ok(serde_json::from_slice(json).map_err(|error| RpcError::invalid_params(error.to_string()))?)
}

/// Writes an answer.
pub(crate) fn encode_json(value: &impl serde::Serialize) -> Result<Vec<u8>, BindingError> {
    Ok(serde_json::to_vec(value).map_err(|error| RpcError::internal(error.to_string()))?)
}
