//! A mainnet block with one thing changed, as a relay would change it, and as a producer would that
//! makes every commitment above the change again and signs.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256, map::HashMap};
use corollup_core::access_list::{
    AccessList, AccountAccess, Entry, Write, compute_access_root, final_writes, values_before,
};
use corollup_core::bls::SecretKey;
use corollup_core::containers::limits::MAX_TRANSACTION_BYTES;
use corollup_core::containers::{
    Config, ExecutionResult, Genesis, Header, Parent, compute_digest, compute_endorse_message,
    compute_payload_hash, decode_payload, encode_payload,
};
use corollup_core::endorser::{
    Anchor, Context, Inbox, Network, Schedule, Verdict, compute_update_root, verify,
};
use corollup_core::error::{Class, Reason};
use corollup_core::merkle::compute_merkle_root;
use corollup_core::producer::{Built, build};
use corollup_core::verkle;
use rayon::prelude::*;

use crate::blocks::{data, load, load_all_codes};
use crate::support::{Chain, Tx, contract, producer_key};

const BLOCK: u64 = 4_370_000;

/// An honest packet, and all that an endorser can know of it.
pub(crate) struct Honest {
    pub(crate) chain: Chain,
    pub(crate) built: Built,
    network: Network,
    anchor: Anchor,
    schedule: Schedule,
    fee_cover: u128,
}

impl Honest {
    pub(crate) fn new(chain: Chain, built: Built) -> Self {
        let header = &built.result.header;
        let anchor = Anchor {
            hash: header.l1_hash,
            timestamp: header.timestamp,
            prev_randao: header.prev_randao,
            depth: chain.config.anchor_depth,
        };
        let schedule = Schedule { producer: header.producer, key: built.result.producer_key };
        let fee_cover = u128::from(header.fee_gas_price)
            * u128::from(header.fee_gas_limit)
            * u128::from(chain.config.committees);
        let network = Network { domain: chain.domain, config: chain.config.clone() };
        Self { chain, built, network, anchor, schedule, fee_cover }
    }

    /// The packet of the mainnet block, or `None` where the test data is absent.
    fn mainnet() -> Option<Self> {
        let folder = data()?;
        let (chain, _, block) = load(&folder, BLOCK, &load_all_codes(&folder));
        let mut request = chain.request(block.transactions);
        request.producer = block.beneficiary;
        request.prev_randao = block.prev_randao;
        let mut built = build(&chain.state, &chain.tree, &request).expect("builds");
        built.sign(&producer_key());
        Some(Self::new(chain, built))
    }

    /// A small packet of the native version.
    fn native() -> Self {
        let counter = Address::repeat_byte(0xc0);
        // SSTORE(0, SLOAD(1) + 1)
        let chain = Chain::native([(
            counter,
            contract(Bytes::from_static(b"\x60\x01\x54\x60\x01\x01\x5f\x55")),
        )]);
        let built = chain.build(vec![Tx::call(0, counter).sign()]);
        Self::new(chain, built)
    }

    fn context(&self) -> Context<'_> {
        Context {
            network: Some(&self.network),
            parent_hash: Some(self.built.result.header.parent_hash),
            anchor: Some(self.anchor),
            schedule: Some(self.schedule),
            inbox: Some(Inbox { due: 0, sent: 0, hash: B256::ZERO }),
            fee_cover: Some(self.fee_cover),
            ..Context::default()
        }
    }

    fn verify(&self, result: &ExecutionResult) -> Verdict {
        verify(&result.encode(), &self.context()).expect("this machine can tell")
    }

    fn reason(&self, result: &ExecutionResult) -> Option<Reason> {
        self.verify(result).outcome.err().map(|rejected| rejected.reason)
    }

    /// The result with another access list, and with every commitment above it made again.
    pub(crate) fn with_access_list(&self, change: impl FnOnce(&mut AccessList)) -> ExecutionResult {
        let mut list = self.built.access_list.clone();
        change(&mut list);
        let entries = list.entries();
        let keys: Vec<_> = entries.iter().map(|(key, _)| *key).collect();
        let mut tree = self.chain.tree.clone();
        let chain_id = self.chain.config.l2_chain_id;
        let proof = tree.prove(chain_id, &keys).expect("sorted keys");
        let applied = tree.apply(&final_writes(&entries)).expect("in memory");

        let mut result = self.built.result.clone();
        result.header.access_root = compute_access_root(&entries);
        result.header.update_root = compute_update_root(&applied.updates);
        result.header.post_state_root = applied.post_root;
        result.body.access_list = list.encode().into();
        result.body.proof = proof.into();
        sign(result)
    }

    /// The result with other transactions, and with every commitment above them made again.
    pub(crate) fn with_transactions(
        &self,
        change: impl FnOnce(&mut Vec<Bytes>),
    ) -> ExecutionResult {
        let mut result = self.built.result.clone();
        let mut transactions = decode_payload(&result.body.payload).expect("a payload");
        change(&mut transactions);
        result.body.payload = encode_payload(&transactions).expect("within the limit").into();
        result.header.transactions_root = compute_merkle_root(&transactions);
        result.header.payload_hash = compute_payload_hash(&result.body.payload);
        sign(result)
    }
}

/// Signs the header again.
fn sign(mut result: ExecutionResult) -> ExecutionResult {
    let digest = compute_digest(&result.domain, &result.header);
    let message = compute_endorse_message(&digest, 1);
    result.producer_signature = producer_key().sign(message.as_slice()).to_bytes();
    result
}

type HeaderChange = (&'static str, fn(&mut Header), Reason, Reason);

/// Each field of the header: a change, what finds it, and what finds it in a header signed again.
const HEADER_CHANGES: &[HeaderChange] = {
    use Reason::*;
    const UNSIGNED: Reason = InvalidProducerSignature;
    &[
        ("version", |h| h.version += 1, WrongVersion, WrongVersion),
        ("number", |h| h.number += 1, WrongNumber, WrongNumber),
        ("parent_hash", |h| h.parent_hash.0[31] ^= 1, WrongParentHash, WrongParentHash),
        ("view", |h| h.view += 1, WrongView, WrongView),
        ("producer", |h| h.producer.0[19] ^= 1, ProducerNotScheduled, ProducerNotScheduled),
        ("timestamp", |h| h.timestamp -= 1, TimestampBeforeParent, TimestampBeforeParent),
        ("timestamp", |h| h.timestamp += 65, AnchorTimeMismatch, AnchorTimeMismatch),
        ("gas_limit", |h| h.gas_limit += 1, WrongGasLimit, WrongGasLimit),
        ("gas_used", |h| h.gas_used += 1, UNSIGNED, GasUsedMismatch),
        ("gas_used", |h| h.gas_used = h.gas_limit + 1, GasUsedAboveLimit, GasUsedAboveLimit),
        ("base_fee", |h| h.base_fee += 1, WrongBaseFee, WrongBaseFee),
        ("l1_number", |h| h.l1_number = 0, AnchorBeforeParent, AnchorBeforeParent),
        ("l1_hash", |h| h.l1_hash.0[0] ^= 1, WrongAnchor, WrongAnchor),
        ("prev_randao", |h| h.prev_randao.0[0] ^= 1, WrongPrevRandao, WrongPrevRandao),
        ("pre_state_root", |h| h.pre_state_root.0[0] ^= 1, WrongPreStateRoot, WrongPreStateRoot),
        ("post_state_root", |h| h.post_state_root.0[31] ^= 1, UNSIGNED, PostStateRootMismatch),
        (
            "transactions_root",
            |h| h.transactions_root.0[0] ^= 1,
            UNSIGNED,
            TransactionsRootMismatch,
        ),
        ("access_root", |h| h.access_root.0[0] ^= 1, UNSIGNED, AccessRootMismatch),
        ("update_root", |h| h.update_root.0[0] ^= 1, UNSIGNED, UpdateRootMismatch),
        ("trace_root", |h| h.trace_root.0[0] ^= 1, ReservedFieldNotZero, ReservedFieldNotZero),
        ("receipts_root", |h| h.receipts_root.0[0] ^= 1, UNSIGNED, ReceiptsRootMismatch),
        ("withdrawals_root", |h| h.withdrawals_root.0[0] ^= 1, UNSIGNED, WithdrawalsRootMismatch),
        ("inbox_count", |h| h.inbox_count += 1, WrongInbox, WrongInbox),
        ("inbox_hash", |h| h.inbox_hash.0[0] ^= 1, WrongInbox, WrongInbox),
        ("payload_hash", |h| h.payload_hash.0[0] ^= 1, UNSIGNED, PayloadHashMismatch),
        ("data_hash", |h| h.data_hash.0[0] ^= 1, WrongDataHash, WrongDataHash),
        ("fee_gas_price", |h| h.fee_gas_price = 0, UNSIGNED, FeeTooLow),
        ("fee_gas_limit", |h| h.fee_gas_limit += 1, UNSIGNED, FeeCoverTooLow),
    ]
};

#[test]
fn test_honest_block_passes_every_check() {
    let Some(honest) = Honest::mainnet() else { return };
    let verdict = honest.verify(&honest.built.result);
    assert_eq!(verdict.checks_not_done, []);
    assert_eq!(verdict.status(), Some(1));
}

#[test]
fn test_every_field_of_the_header() {
    let Some(honest) = Honest::mainnet() else { return };
    for field in Header::FIELDS {
        assert!(HEADER_CHANGES.iter().any(|(name, ..)| name == field), "{field}");
    }
    HEADER_CHANGES.par_iter().for_each(|(name, change, by_a_relay, by_the_producer)| {
        let mut result = honest.built.result.clone();
        change(&mut result.header);
        assert_eq!(honest.reason(&result), Some(*by_a_relay), "{name}, relayed");
        assert_eq!(honest.reason(&sign(result)), Some(*by_the_producer), "{name}, signed again");
    });
}

#[test]
fn test_anchor_that_l1_does_not_have() {
    let Some(honest) = Honest::mainnet() else { return };
    let mut result = honest.built.result.clone();
    result.header.l1_number += 1;
    let mut context = honest.context();
    context.anchor = Some(Anchor { hash: B256::ZERO, ..honest.anchor });
    let verdict = verify(&sign(result).encode(), &context).expect("this machine can tell");
    assert_eq!(verdict.outcome.expect_err("no such block").reason, Reason::WrongAnchor);
}

#[test]
fn test_every_outer_field() {
    let Some(honest) = Honest::mainnet() else { return };
    let changed = |change: fn(&mut ExecutionResult)| {
        let mut result = honest.built.result.clone();
        change(&mut result);
        [honest.reason(&result), honest.reason(&sign(result))]
    };
    let genesis = |change: fn(&mut Genesis)| {
        let mut result = honest.built.result.clone();
        if let Parent::Genesis { genesis, .. } = &mut result.parent {
            change(genesis);
        }
        [honest.reason(&result), honest.reason(&sign(result))]
    };
    let twice = |reason| [Some(reason); 2];
    assert_eq!(changed(|result| result.domain.0[0] ^= 1), twice(Reason::WrongDomain));
    assert_eq!(changed(|result| result.l2_chain_id += 1), twice(Reason::WrongChainId));
    assert_eq!(changed(|result| result.producer_key[47] ^= 1), twice(Reason::ProducerNotScheduled));
    assert_eq!(genesis(|genesis| genesis.config_hash.0[0] ^= 1), twice(Reason::MalformedEncoding));
    assert_eq!(genesis(|genesis| genesis.state_root.0[0] ^= 1), twice(Reason::WrongParentHash));
    assert_eq!(genesis(|genesis| genesis.l1_number -= 1), twice(Reason::WrongParentHash));
    assert_eq!(genesis(|genesis| genesis.l1_parent_hash.0[0] ^= 1), twice(Reason::WrongParentHash));

    let mut result = honest.built.result.clone();
    result.producer_signature = [0; 96];
    assert_eq!(honest.reason(&result), Some(Reason::InvalidProducerSignature));
    let other_key = SecretKey::derive_master(&[8; 32]).expect("32 bytes of seed");
    result.producer_signature = other_key.sign(b"another message").to_bytes();
    assert_eq!(honest.reason(&result), Some(Reason::InvalidProducerSignature));
}

#[test]
fn test_every_word_of_the_parent_configuration() {
    let Some(honest) = Honest::mainnet() else { return };
    let Parent::Genesis { config, genesis } = &honest.built.result.parent else {
        unreachable!("a replayed block stands on a genesis")
    };
    (0..Config::FIELDS.len()).into_par_iter().for_each(|word| {
        let mut encoded = config.encode();
        encoded[32 * word + 31] ^= 1;
        let config = Config::decode(&encoded).expect("canonical");
        let genesis = Genesis { config_hash: config.hash(), ..genesis.clone() };
        let mut result = honest.built.result.clone();
        result.header.parent_hash = genesis.hash();
        result.parent = Parent::Genesis { config, genesis };
        let expected = match Config::FIELDS[word] {
            "genesis_number" => Reason::WrongNumber,
            _ => Reason::WrongParentHash,
        };
        assert_eq!(honest.reason(&sign(result)), Some(expected), "{}", Config::FIELDS[word]);
    });
}

/// The first account with a slot that is only read, and the place of that slot.
fn read_slot(list: &AccessList) -> (usize, usize) {
    let is_read = |entry: &Entry| entry.writes.is_empty();
    list.accounts
        .iter()
        .enumerate()
        .find_map(|(place, account)| {
            let slot = account.slots.iter().position(|access| is_read(&access.value))?;
            Some((place, slot))
        })
        .expect("the block reads a slot")
}

fn written(list: &mut AccessList) -> &mut Entry {
    list.accounts
        .iter_mut()
        .map(|account| &mut account.basic_data)
        .find(|entry| entry.writes.len() > 1)
        .expect("the block pays a sender twice")
}

type ListChange = (&'static str, fn(&mut AccessList), Reason);

#[test]
fn test_every_part_of_the_access_list() {
    let Some(honest) = Honest::mainnet() else { return };
    let reason = |change: fn(&mut AccessList)| honest.reason(&honest.with_access_list(change));
    let cases: [ListChange; 11] = [
        ("an account is missing", |list| drop(list.accounts.pop()), Reason::UnlistedRead),
        (
            "a slot is missing",
            |list| {
                let (account, slot) = read_slot(list);
                list.accounts[account].slots.remove(slot);
            },
            Reason::UnlistedRead,
        ),
        (
            "another address",
            |list| {
                let last = list.accounts.last_mut().expect("accounts");
                let (basic_data, code_hash) = (Entry::default(), Entry::default());
                let address = Address::repeat_byte(0xff);
                *last = AccountAccess { address, basic_data, code_hash, slots: Vec::new() };
            },
            Reason::UnlistedRead,
        ),
        (
            "another slot",
            |list| {
                let (account, slot) = read_slot(list);
                let slots = &mut list.accounts[account].slots;
                slots.truncate(slot + 1);
                slots[slot].slot = U256::MAX;
                slots[slot].value.before = B256::ZERO;
            },
            Reason::UnlistedRead,
        ),
        ("a false value before", |list| written(list).before.0[31] ^= 1, Reason::InvalidProof),
        ("a false write", |list| written(list).writes[0].value.0[31] ^= 1, Reason::WriteMismatch),
        (
            "a false last write",
            |list| {
                let last = written(list).writes.last_mut().expect("two writes");
                last.value.0[31] ^= 1;
            },
            Reason::WriteMismatch,
        ),
        (
            "a write of another transaction",
            |list| written(list).writes.last_mut().expect("two writes").index += 1,
            Reason::WriteMismatch,
        ),
        ("a missing write", |list| written(list).writes.truncate(1), Reason::WriteMismatch),
        (
            "a needless write",
            |list| {
                let (account, slot) = read_slot(list);
                let value = B256::repeat_byte(1);
                list.accounts[account].slots[slot].value.writes.push(Write { index: 2, value });
            },
            Reason::WriteMismatch,
        ),
        (
            "a write after the last transaction",
            |list| {
                let (account, slot) = read_slot(list);
                let write = Write { index: 1_000_000, value: B256::repeat_byte(1) };
                list.accounts[account].slots[slot].value.writes.push(write);
            },
            Reason::WriteMismatch,
        ),
    ];
    for (what, change, expected) in cases {
        assert_eq!(reason(change), Some(expected), "{what}");
    }
}

#[test]
fn test_access_list_out_of_order_or_of_another_root() {
    let Some(honest) = Honest::mainnet() else { return };
    let with_bytes = |list: &AccessList| {
        let mut result = honest.built.result.clone();
        result.body.access_list = list.encode().into();
        honest.reason(&result)
    };
    let list = &honest.built.access_list;
    let mut swapped = list.clone();
    swapped.accounts.swap(0, 1);
    assert_eq!(with_bytes(&swapped), Some(Reason::MalformedEncoding));
    let mut twice = list.clone();
    let write = written(&mut twice).writes[0].clone();
    written(&mut twice).writes.insert(0, write);
    assert_eq!(with_bytes(&twice), Some(Reason::MalformedEncoding));
    let mut other = list.clone();
    written(&mut other).before.0[31] ^= 1;
    assert_eq!(with_bytes(&other), Some(Reason::AccessRootMismatch));
}

#[test]
fn test_every_part_of_the_payload() {
    let Some(honest) = Honest::mainnet() else { return };
    let reason = |change: fn(&mut Vec<Bytes>)| honest.reason(&honest.with_transactions(change));
    let garbage = |transactions: &mut Vec<Bytes>| transactions[3] = Bytes::from_static(b"garbage");
    assert_eq!(reason(garbage), Some(Reason::InvalidTransaction));
    let twice = |transactions: &mut Vec<Bytes>| transactions[1] = transactions[0].clone();
    assert_eq!(reason(twice), Some(Reason::InvalidTransaction));
    let missing = |transactions: &mut Vec<Bytes>| drop(transactions.remove(0));
    assert_eq!(reason(missing), Some(Reason::WriteMismatch));
    let last_missing = |transactions: &mut Vec<Bytes>| drop(transactions.pop());
    assert_eq!(reason(last_missing), Some(Reason::WriteMismatch));

    let mut result = honest.built.result.clone();
    let mut payload = result.body.payload.to_vec();
    payload[0] = 2;
    result.body.payload = payload.into();
    assert_eq!(honest.reason(&result), Some(Reason::PayloadHashMismatch));
    result.header.payload_hash = compute_payload_hash(&result.body.payload);
    assert_eq!(honest.reason(&sign(result)), Some(Reason::MalformedPayload));
}

#[test]
fn test_every_code() {
    let Some(honest) = Honest::mainnet() else { return };
    let codes = &honest.built.result.body.codes;
    let reason = |change: &dyn Fn(&mut Vec<Bytes>)| {
        let mut result = honest.built.result.clone();
        change(&mut result.body.codes);
        honest.verify(&result).outcome.expect_err("another code").reason
    };
    for place in 0..codes.len() {
        assert_eq!(reason(&|codes| drop(codes.remove(place))), Reason::MissingCode);
        assert_eq!(
            reason(&|codes| codes[place] = Bytes::from_static(b"another")),
            Reason::UnlistedCode
        );
    }
    assert_eq!(reason(&|codes| codes.swap(0, 1)), Reason::UnlistedCode);
    assert_eq!(reason(&|codes| codes.push(codes[0].clone())), Reason::UnlistedCode);
}

#[test]
fn test_code_that_the_endorser_has_may_be_left_out() {
    let honest = Honest::native();
    let mut result = honest.built.result.clone();
    let codes = core::mem::take(&mut result.body.codes);
    assert_eq!(honest.reason(&result), Some(Reason::MissingCode));
    let store: HashMap<B256, Bytes> =
        codes.into_iter().map(|code| (keccak256(&code), code)).collect();
    let context = Context { codes: Some(&store), ..honest.context() };
    let verdict = verify(&result.encode(), &context).expect("this machine can tell");
    assert_eq!(verdict.status(), Some(1));
}

#[test]
fn test_transactions_are_taken_up_to_their_limit() {
    let mut chain = Chain::native([]);
    chain.config.max_payload_bytes = u64::MAX;
    let chain = Chain::new(chain.config, &crate::support::native_state([]));
    let honest = Honest::new(chain.clone(), chain.build(vec![]));
    let reason = |size: usize| {
        let transaction = Bytes::from(vec![0xff; size]);
        let mut result = honest.built.result.clone();
        let length = u32::try_from(size).expect("a few MiB").to_be_bytes();
        result.body.payload = [&[1, 0, 0, 0, 1], &length[..], &transaction[..]].concat().into();
        result.header.payload_hash = compute_payload_hash(&result.body.payload);
        result.header.transactions_root = compute_merkle_root([&transaction]);
        honest.reason(&sign(result))
    };
    assert_eq!(reason(MAX_TRANSACTION_BYTES), Some(Reason::InvalidTransaction));
    assert_eq!(reason(MAX_TRANSACTION_BYTES + 1), Some(Reason::LimitExceeded));
}

#[test]
fn test_every_byte_of_the_proof() {
    let Some(honest) = Honest::mainnet() else { return };
    let result = &honest.built.result;
    let entries = honest.built.access_list.entries();
    let values = values_before(&entries);
    let (chain_id, root) = (result.l2_chain_id, result.header.pre_state_root);
    assert!(verkle::verify(chain_id, root, &values, &result.body.proof).is_ok());
    (0..result.body.proof.len()).into_par_iter().for_each(|place| {
        let mut proof = result.body.proof.to_vec();
        proof[place] ^= 1 << (place % 8);
        let error = verkle::verify(chain_id, root, &values, &proof).err();
        assert!(error.is_some_and(|error| error.reason().is_some()), "byte {place}");
    });
    for place in (0..result.body.proof.len()).step_by(997) {
        let mut result = result.clone();
        let mut proof = result.body.proof.to_vec();
        proof[place] ^= 1;
        result.body.proof = proof.into();
        let reason = honest.reason(&result).expect("an altered proof");
        assert!(matches!(reason, Reason::MalformedProof | Reason::InvalidProof), "byte {place}");
    }
}

#[test]
fn test_no_byte_that_a_relay_changes_is_the_producers_fault() {
    let honest = Honest::native();
    let encoded = honest.built.result.encode();
    assert_eq!(honest.verify(&honest.built.result).status(), Some(1));
    (0..encoded.len()).into_par_iter().for_each(|place| {
        let mut bytes = encoded.clone();
        bytes[place] ^= 1 << (place % 8);
        let verdict = verify(&bytes, &honest.context()).expect("this machine can tell");
        let rejected = verdict.outcome.expect_err("an altered packet");
        assert_eq!(rejected.reason.class(), Class::Ignore, "byte {place}: {rejected}");
    });
    (0..encoded.len()).step_by(7).for_each(|length| {
        let verdict = verify(&encoded[..length], &honest.context()).expect("can tell");
        let reason = verdict.outcome.expect_err("a cut packet").reason;
        assert_eq!(reason, Reason::MalformedEncoding, "{length} bytes");
    });
}
