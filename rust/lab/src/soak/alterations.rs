//! Packets with something changed, as a relay would change it, and as a producer would who signs
//! again.

use alloy_primitives::{B256, Bytes};
use corollup_core::access_list::{AccessList, compute_access_root};
use corollup_core::containers::{
    ExecutionResult, compute_digest, compute_endorse_message, compute_payload_hash, decode_payload,
    encode_payload,
};
use corollup_core::error::Error;
use corollup_core::merkle::compute_merkle_root;

use crate::network::producer_key;
use crate::random::Random;

/// The bytes of a packet with one thing changed.
pub(super) fn alter(random: &mut Random, honest: &[u8]) -> Result<Vec<u8>, Error> {
    match random.below(10) {
        0 => Ok(flip_bit(random, honest.to_vec())),
        1 => Ok(honest[..random.below(honest.len())].to_vec()),
        _ => {
            let decoded = ExecutionResult::decode(honest);
            let mut result = decoded.map_err(|rejected| Error::State(rejected.to_string()))?;
            change(random, &mut result)?;
            Ok(result.encode())
        }
    }
}

fn flip_bit(random: &mut Random, mut bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.is_empty() {
        let position = random.below(bytes.len());
        bytes[position] ^= 1 << random.below(8);
    }
    bytes
}

/// Changes a part and makes the commitments above it and the signature again.
fn change(random: &mut Random, result: &mut ExecutionResult) -> Result<(), Error> {
    match random.below(8) {
        0 => {
            let header = &mut result.header;
            let roots = [
                &mut header.post_state_root,
                &mut header.receipts_root,
                &mut header.update_root,
                &mut header.withdrawals_root,
                &mut header.access_root,
            ];
            let count = roots.len();
            if let Some(root) = roots.into_iter().nth(random.below(count)) {
                *root = random.word();
            }
        }
        1 => {
            result.header.gas_used = result.header.gas_used.wrapping_add(random.below(3) as u64 + 1)
        }
        2 | 3 => change_access_list(random, result)?,
        4 => change_transactions(random, result)?,
        5 => result.body.proof = flip_bit(random, result.body.proof.to_vec()).into(),
        6 if !result.body.codes.is_empty() => {
            let position = random.below(result.body.codes.len());
            result.body.codes.remove(position);
        }
        _ => result.header.timestamp += random.below(9) as u64,
    }
    let digest = compute_digest(&result.domain, &result.header);
    let message = compute_endorse_message(&digest, 1);
    result.producer_signature = producer_key().sign(message.as_slice()).to_bytes();
    Ok(())
}

/// Drops, adds or changes a listed read or write.
fn change_access_list(random: &mut Random, result: &mut ExecutionResult) -> Result<(), Error> {
    let decoded = AccessList::decode(&result.body.access_list);
    let mut list = decoded.map_err(|rejected| Error::State(rejected.to_string()))?;
    if list.accounts.is_empty() {
        return Ok(());
    }
    let position = random.below(list.accounts.len());
    let account = &mut list.accounts[position];
    match random.below(5) {
        0 => drop(list.accounts.remove(position)),
        1 if !account.slots.is_empty() => drop(account.slots.pop()),
        2 => account.basic_data.before = random.word(),
        3 => match account.slots.last_mut() {
            Some(slot) => slot.value.record(1 + u32::from(random.byte() & 3), random.word()),
            None => account.code_hash.before = random.word(),
        },
        _ => match account.basic_data.writes.last_mut() {
            Some(write) => write.value ^= B256::with_last_byte(1),
            None => account.basic_data.record(1, random.word()),
        },
    }
    result.header.access_root = compute_access_root(&list.entries());
    result.body.access_list = list.encode().into();
    Ok(())
}

/// Drops, repeats, swaps or damages a transaction.
fn change_transactions(random: &mut Random, result: &mut ExecutionResult) -> Result<(), Error> {
    let mut transactions = decode_payload(&result.body.payload)?;
    if !transactions.is_empty() {
        let position = random.below(transactions.len());
        match random.below(4) {
            0 => drop(transactions.remove(position)),
            1 => transactions.push(transactions[position].clone()),
            2 => transactions.swap(0, position),
            _ => transactions[position] = flip_bit(random, transactions[position].to_vec()).into(),
        }
    } else {
        transactions.push(Bytes::from_static(b"\x02no transaction"));
    }
    result.body.payload = encode_payload(&transactions)?.into();
    result.header.transactions_root = compute_merkle_root(&transactions);
    result.header.payload_hash = compute_payload_hash(&result.body.payload);
    Ok(())
}
