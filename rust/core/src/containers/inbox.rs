//! Messages from L1 to L2, as the inbox counts them and a body carries them.
//!
//! ```text
//! section = u32 count ‖ (u64 l1ChainId, if there are any)
//!         ‖ (sender 20 ‖ target 20 ‖ mint 12 ‖ value 32 ‖ u64 gas ‖ u32 length ‖ data)*
//! ```

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::Reader;
use super::limits::MAX_MESSAGES;
use super::words::Word;
use crate::error::Error;

const HASH_TAG: u64 = 3;
/// Bytes of a message without its data.
const HEAD_BYTES: usize = 20 + 20 + 12 + 32 + 8 + 4;

/// A message from L1 to L2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxMessage {
    /// Who sends it on the L2: the sender on the L1, aliased if that is a contract.
    pub sender: Address,
    /// Who is called on the L2.
    pub target: Address,
    /// ETH created on the L2 for the sender, wei; below 2^96.
    pub mint: u128,
    /// ETH that the call sends, wei.
    pub value: U256,
    /// Gas of the call.
    pub gas: u64,
    /// What the target is called with.
    pub data: Bytes,
}

impl InboxMessage {
    /// Hash of the message with this index in the inbox, counted from 0.
    pub fn hash(&self, l1_chain_id: u64, index: u64) -> B256 {
        let words = [
            HASH_TAG.to_word(),
            l1_chain_id.to_word(),
            index.to_word(),
            self.sender.to_word(),
            self.target.to_word(),
            self.mint.to_word(),
            self.value.to_be_bytes(),
            self.gas.to_word(),
            keccak256(&self.data).0,
        ];
        keccak256(words.concat())
    }
}

/// The messages that a packet consumes, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxSection {
    /// EIP-155 chain id of the L1, which the hashes bind; 0 without messages.
    pub l1_chain_id: u64,
    /// The messages.
    pub messages: Vec<InboxMessage>,
}

impl InboxSection {
    /// The hash chain of the inbox after these messages, given what it is before the first of
    /// them, which has the index `first`.
    pub fn extend_chain(&self, first: u64, hash: B256) -> B256 {
        let indexes = first..;
        self.messages.iter().zip(indexes).fold(hash, |hash, (message, index)| {
            keccak256([hash.0, message.hash(self.l1_chain_id, index).0].concat())
        })
    }

    /// Sum of the messages' gas; stops at the top.
    pub fn gas(&self) -> u64 {
        self.messages.iter().fold(0, |sum, message| message.gas.saturating_add(sum))
    }

    /// Sum of the sizes of their data, bytes.
    pub(super) fn data_bytes(&self) -> usize {
        self.messages.iter().map(|message| message.data.len()).sum()
    }

    /// Reads a section that stands alone.
    ///
    /// # Errors
    /// If the bytes are not the one encoding of a section.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("messages", bytes);
        let section = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(section)
    }

    pub(super) fn encoded_size(&self) -> usize {
        let chain_id = if self.messages.is_empty() { 0 } else { 8 };
        4 + chain_id + HEAD_BYTES * self.messages.len() + self.data_bytes()
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&to_u32(self.messages.len()).to_be_bytes());
        if !self.messages.is_empty() {
            bytes.extend_from_slice(&self.l1_chain_id.to_be_bytes());
        }
        for message in &self.messages {
            bytes.extend_from_slice(message.sender.as_slice());
            bytes.extend_from_slice(message.target.as_slice());
            bytes.extend_from_slice(&message.mint.to_be_bytes()[4..]);
            bytes.extend_from_slice(&message.value.to_be_bytes::<32>());
            bytes.extend_from_slice(&message.gas.to_be_bytes());
            bytes.extend_from_slice(&to_u32(message.data.len()).to_be_bytes());
            bytes.extend_from_slice(&message.data);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let count = reader.count(HEAD_BYTES, "message count")?;
        if count > MAX_MESSAGES {
            let why = format!("{count} messages, the limit is {MAX_MESSAGES}");
            return Err(Error::encoding("execution result", why));
        }
        if count == 0 {
            return Ok(Self::default());
        }
        let l1_chain_id = reader.u64("l1 chain id")?;
        let messages = (0..count).map(|_| read_message(reader)).collect::<Result<_, _>>()?;
        Ok(Self { l1_chain_id, messages })
    }
}

fn read_message(reader: &mut Reader<'_>) -> Result<InboxMessage, Error> {
    let sender = Address::new(reader.array("message sender")?);
    let target = Address::new(reader.array("message target")?);
    let mut mint = [0; 16];
    mint[4..].copy_from_slice(reader.take(12, "message mint")?);
    Ok(InboxMessage {
        sender,
        target,
        mint: u128::from_be_bytes(mint),
        value: U256::from_be_bytes(reader.array::<32>("message value")?),
        gas: reader.u64("message gas")?,
        data: Bytes::copy_from_slice(reader.sized("message data")?),
    })
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).expect("the limits keep every section below 4 GiB")
}
