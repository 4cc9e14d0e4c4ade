//! Networks of one producer to test on.

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address};
use corollup_core::bls::SecretKey;
use corollup_core::containers::{Config, Genesis, InboxSection, Parent, compute_domain, version};
use corollup_core::endorser::{Context, Verdict, verify};
use corollup_core::evm::Envelope;
use corollup_core::genesis::{GenesisAccount, GenesisState, add_predeploys, leaves};
use corollup_core::producer::{Built, Request, build};
use corollup_core::state::MemoryState;
use corollup_core::verkle::Tree;

/// Key of the account that sends transactions.
pub(crate) const SENDER_KEY: B256 = B256::with_last_byte(1);
/// Its address.
pub(crate) const SENDER: Address = address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
/// Operator address of the producer.
pub(crate) const PRODUCER: Address = address!("000000000000000000000000000000000000ba5e");
/// EIP-155 chain id of the native test network.
pub(crate) const CHAIN_ID: u64 = 133_700;
/// EIP-155 chain id of its L1.
pub(crate) const L1_CHAIN_ID: u64 = 31_337;
/// Gas price of the transactions, wei.
pub(crate) const GAS_PRICE: u128 = 2_000_000_000;

/// The state of a network after some packets.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) config: Config,
    pub(crate) domain: B256,
    pub(crate) parent: Parent,
    pub(crate) state: MemoryState,
    pub(crate) tree: Tree,
}

/// The configuration of a native network.
pub(crate) fn native_config() -> Config {
    Config {
        l2_chain_id: CHAIN_ID,
        version: version::NATIVE,
        genesis_number: 0,
        genesis_time: 1_700_000_000,
        genesis_base_fee: 1_000_000_000,
        gas_limit: 30_000_000,
        blob_base_fee: 1,
        max_payload_bytes: 512 << 10,
        data_anchor_interval: 0,
        view_seconds: 4,
        t1_seconds: 6,
        t2_seconds: 30,
        epoch_blocks: 60,
        seed_delay: 4,
        activation_delay: 1,
        anchor_depth: 1,
        anchor_max_age: 64,
        appeal_window: 4,
        evidence_window: 60,
        exit_delay: 120,
        fee_withdrawal_delay: 60,
        committees: 2,
        committee_size: 4,
        seat_price: 10_u128.pow(18),
        producer_stake: 10_u128.pow(18),
        displacement_margin_bps: 1000,
        submitter_share_bps: 1000,
        rank_window: 1,
        min_fee_gas_price: 1,
        refund_gas_price_cap: 100,
        fast_door_bps: 2500,
        forced_inclusion_delay: 20,
        escape_seconds: 604_800,
        message_gas_price: 1_000_000_000,
    }
}

/// A rich sender and what else the test needs, with the predeploys.
pub(crate) fn native_state(
    accounts: impl IntoIterator<Item = (Address, GenesisAccount)>,
) -> GenesisState {
    let balance = U256::from(10).pow(U256::from(24));
    let mut state =
        GenesisState::from([(SENDER, GenesisAccount { balance, ..Default::default() })]);
    state.extend(accounts);
    add_predeploys(&mut state);
    state
}

/// An account with this code and one slot that is not zero.
pub(crate) fn contract(code: impl Into<Bytes>) -> GenesisAccount {
    let storage = [(U256::from(1), U256::from(7))].into();
    GenesisAccount { nonce: 1, code: code.into(), storage, ..Default::default() }
}

impl Chain {
    pub(crate) fn new(config: Config, genesis_state: &GenesisState) -> Self {
        let leaves = leaves(genesis_state).expect("balances are below 2^128");
        let tree: Tree = leaves.into_iter().collect();
        let genesis = Genesis {
            config_hash: config.hash(),
            state_root: tree.root(),
            l1_number: 5,
            l1_parent_hash: B256::repeat_byte(0x11),
        };
        let state_contract = Address::repeat_byte(0x5c);
        let domain =
            compute_domain(L1_CHAIN_ID, config.l2_chain_id, state_contract, genesis.hash());
        let state = MemoryState::from(genesis_state);
        let parent = Parent::Genesis { config: config.clone(), genesis };
        Self { config, domain, parent, state, tree }
    }

    pub(crate) fn native(accounts: impl IntoIterator<Item = (Address, GenesisAccount)>) -> Self {
        Self::new(native_config(), &native_state(accounts))
    }

    pub(crate) fn request(&self, transactions: Vec<Bytes>) -> Request {
        let earliest = corollup_core::rules::timestamp_of(&self.parent);
        let step = u64::from(matches!(self.parent, Parent::Header(_)));
        Request {
            domain: self.domain,
            config: self.config.clone(),
            parent: self.parent.clone(),
            producer: PRODUCER,
            producer_key: producer_key().public_key().to_bytes(),
            timestamp: earliest + step,
            l1_number: corollup_core::rules::l1_number_of(&self.parent) + 1,
            l1_hash: B256::repeat_byte(0x22),
            prev_randao: B256::repeat_byte(0x33),
            fee_gas_price: 1,
            fee_gas_limit: 1_000_000,
            inbox: InboxSection::default(),
            transactions,
        }
    }

    /// Goes on to the state after a packet.
    pub(crate) fn apply(&mut self, built: &Built) {
        self.state.apply_access_list(&built.access_list, &built.created_codes);
        self.tree = built.tree.clone();
        self.parent = Parent::Header(built.result.header.clone());
    }

    /// Builds and signs a packet.
    pub(crate) fn build(&self, transactions: Vec<Bytes>) -> Built {
        let request = self.request(transactions);
        let mut built = build(&self.state, &self.tree, &request).expect("the request is sound");
        built.sign(&producer_key());
        built
    }
}

/// The producer's BLS key.
pub(crate) fn producer_key() -> SecretKey {
    SecretKey::derive_master(&[7; 32]).expect("32 bytes of seed")
}

/// Verifies without any knowledge beside the bytes.
pub(crate) fn verify_offline(bytes: &[u8]) -> Verdict {
    verify(bytes, &Context::default()).expect("this machine can tell")
}

/// A transaction of [`SENDER`].
pub(crate) struct Tx {
    pub(crate) nonce: u64,
    pub(crate) to: TxKind,
    pub(crate) value: u64,
    pub(crate) gas_limit: u64,
    pub(crate) input: Bytes,
    pub(crate) access_list: AccessList,
}

impl Tx {
    pub(crate) fn call(nonce: u64, to: Address) -> Self {
        Self {
            nonce,
            to: to.into(),
            value: 0,
            gas_limit: 200_000,
            input: Bytes::new(),
            access_list: AccessList::default(),
        }
    }

    pub(crate) fn sign(self) -> Bytes {
        sign(TxEip1559 {
            chain_id: CHAIN_ID,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: GAS_PRICE,
            max_priority_fee_per_gas: 1,
            to: self.to,
            value: U256::from(self.value),
            access_list: self.access_list,
            input: self.input,
        })
    }
}

/// Signs any transaction as [`SENDER`].
pub(crate) fn sign<T>(tx: T) -> Bytes
where
    T: SignableTransaction<Signature>,
    Envelope: From<alloy_consensus::Signed<T>>,
{
    let signature = sign_message(SENDER_KEY, tx.signature_hash()).expect("a valid key");
    Envelope::from(tx.into_signed(signature)).encoded_2718().into()
}
