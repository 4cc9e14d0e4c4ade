//! Messages from L2 to L1: how the outbox logs them, and their place under the withdrawals root.
//!
//! ```text
//! item = u64 nonce ‖ u32 position in the packet ‖ u32 log in its receipt ‖ withdrawal hash
//! ```

use alloy_primitives::{Address, B256, Log, U256, address, b256, keccak256};

use crate::merkle::compute_merkle_root;
use crate::receipts::Receipt;

/// The contract that sends messages to the L1.
pub const OUTBOX_ADDRESS: Address = address!("4200000000000000000000000000000000000016");

/// keccak of `MessageSent(uint64,address,address,uint256,uint64,bytes)`.
pub const MESSAGE_SENT: B256 =
    b256!("ebb7630d5dac2120abbfcf5c1f674ae3519ec25bf38434a4fc6fa3a733e4a5ac");

const HASH_TAG: u64 = 4;

/// A message from L2 to L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Number of the message in the outbox.
    pub nonce: u64,
    /// Who sent it.
    pub sender: Address,
    /// Who is paid and called on the L1.
    pub target: Address,
    /// ETH that it carries, wei.
    pub value: U256,
    /// Gas that the call is given on the L1.
    pub gas: u64,
    /// What the target is called with.
    pub data: Vec<u8>,
    /// Place of the receipt in the packet, messages from L1 first.
    pub position: u32,
    /// Place of the log in that receipt.
    pub log_index: u32,
}

impl Withdrawal {
    /// The hash by which the outbox and the bridge name the message.
    pub fn hash(&self, l2_chain_id: u64) -> B256 {
        let words = [
            U256::from(HASH_TAG).to_be_bytes(),
            U256::from(l2_chain_id).to_be_bytes(),
            U256::from(self.nonce).to_be_bytes(),
            self.sender.into_word().0,
            self.target.into_word().0,
            self.value.to_be_bytes(),
            U256::from(self.gas).to_be_bytes(),
            keccak256(&self.data).0,
        ];
        keccak256(words.concat())
    }

    /// The item of the withdrawals root.
    pub fn encode(&self, l2_chain_id: u64) -> [u8; 48] {
        let mut item = [0; 48];
        item[..8].copy_from_slice(&self.nonce.to_be_bytes());
        item[8..12].copy_from_slice(&self.position.to_be_bytes());
        item[12..16].copy_from_slice(&self.log_index.to_be_bytes());
        item[16..].copy_from_slice(self.hash(l2_chain_id).as_slice());
        item
    }
}

/// Collects what the outbox logged in a packet, in order of appearance; no other log is one.
pub fn collect_withdrawals(receipts: &[Receipt]) -> Vec<Withdrawal> {
    let receipts = receipts.iter().zip(0..);
    let logs = receipts.flat_map(|(receipt, position)| {
        receipt.logs.iter().zip(0..).map(move |(log, index)| (log, position, index))
    });
    logs.filter_map(|(log, position, index)| read_withdrawal(log, position, index)).collect()
}

/// Computes the Merkle root of a packet's withdrawals.
pub fn compute_withdrawals_root(l2_chain_id: u64, receipts: &[Receipt]) -> B256 {
    let withdrawals = collect_withdrawals(receipts);
    compute_merkle_root(withdrawals.iter().map(|withdrawal| withdrawal.encode(l2_chain_id)))
}

/// Reads the one encoding that the outbox writes; any other log is no withdrawal.
pub fn read_withdrawal(log: &Log, position: u32, log_index: u32) -> Option<Withdrawal> {
    let [topic, nonce, sender, target] = log.topics() else { return None };
    if log.address != OUTBOX_ADDRESS || *topic != MESSAGE_SENT {
        return None;
    }
    let (value, rest) = log.data.data.split_first_chunk::<32>()?;
    let (gas, rest) = rest.split_first_chunk::<32>()?;
    let (offset, rest) = rest.split_first_chunk::<32>()?;
    let (length, padded) = rest.split_first_chunk::<32>()?;
    let length = usize::try_from(U256::from_be_bytes(*length)).ok()?;
    let (data, padding) = padded.split_at_checked(length)?;
    let is_canonical = U256::from_be_bytes(*offset) == U256::from(96)
        && padded.len() == length.next_multiple_of(32)
        && padding.iter().all(|byte| *byte == 0);
    is_canonical.then_some(())?;
    Some(Withdrawal {
        nonce: u64::try_from(U256::from_be_bytes(nonce.0)).ok()?,
        sender: to_address(sender)?,
        target: to_address(target)?,
        value: U256::from_be_bytes(*value),
        gas: u64::try_from(U256::from_be_bytes(*gas)).ok()?,
        data: data.to_vec(),
        position,
        log_index,
    })
}

fn to_address(word: &B256) -> Option<Address> {
    word[..12].iter().all(|byte| *byte == 0).then(|| Address::from_word(*word))
}
