//! What a ledger keeps of a packet in its store: enough to go on from it after a restart.
//!
//! ```text
//! record    u8 0 ‖ header 832                               the head of an imported snapshot
//!           u8 1 ‖ u32 length ‖ execution result ‖ rlp([sender, status, gas, logs, created?]*),
//!                                                         one a message from L1 or transaction
//! ```

use alloy_consensus::transaction::Recovered;
use alloy_eips::Decodable2718;
use alloy_primitives::{Address, Bytes, Log};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};

use super::block::Block;
use crate::containers::{ExecutionResult, Header, InboxSection, compute_digest, decode_payload};
use crate::error::Error;
use crate::evm::{Envelope, Transaction};
use crate::receipts::Receipt;
use crate::store::StoreError;
use alloy_primitives::B256;

const HEADER_KIND: u8 = 0;
const RESULT_KIND: u8 = 1;

/// What does not follow from an execution result without running it, a transaction.
#[derive(Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
#[rlp(trailing)]
struct Outcome {
    sender: Address,
    succeeded: bool,
    gas_used: u64,
    logs: Vec<Log>,
    created: Option<Address>,
}

/// A packet as a restart finds it.
pub(super) struct PacketRecord {
    pub(super) header: Header,
    pub(super) block: Block,
    /// The encoded execution result; none at the head of an imported snapshot.
    pub(super) encoded: Option<Bytes>,
}

/// The record of an executed packet.
pub(super) fn encode(
    encoded: &[u8],
    inbox: &InboxSection,
    transactions: &[Transaction],
    receipts: &[Receipt],
) -> Result<Vec<u8>, Error> {
    let senders = inbox.messages.iter().map(|message| message.sender);
    let senders = senders.chain(transactions.iter().map(Transaction::sender));
    let outcomes = senders.zip(receipts).map(|(sender, receipt)| Outcome {
        sender,
        succeeded: receipt.succeeded,
        gas_used: receipt.gas_used,
        logs: receipt.logs.clone(),
        created: receipt.created,
    });
    let length = u32::try_from(encoded.len())
        .map_err(|_| Error::Argument("an execution result has 4 GiB".into()))?;
    let mut record = vec![RESULT_KIND];
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(encoded);
    outcomes.collect::<Vec<_>>().encode(&mut record);
    Ok(record)
}

/// The record of the packet of an imported snapshot.
pub(super) fn encode_header(header: &Header) -> Vec<u8> {
    [&[HEADER_KIND], &header.encode()[..]].concat()
}

/// Reads a record.
pub(super) fn decode(domain: &B256, record: &[u8]) -> Result<PacketRecord, Error> {
    let corrupt = |why: String| Error::from(StoreError::corrupt(format!("packet: {why}")));
    match record.split_first() {
        Some((&HEADER_KIND, header)) => {
            let header = Header::decode(header)?;
            let block = Block::of_packet(
                &header,
                compute_digest(domain, &header),
                &InboxSection::default(),
                Vec::new(),
                &[],
            );
            Ok(PacketRecord { header, block, encoded: None })
        }
        Some((&RESULT_KIND, rest)) => {
            let (length, rest) =
                rest.split_first_chunk().ok_or_else(|| corrupt("no length".into()))?;
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            let (encoded, mut outcomes) =
                rest.split_at_checked(length).ok_or_else(|| corrupt("no result".into()))?;
            let outcomes = Vec::<Outcome>::decode(&mut outcomes)
                .map_err(|error| corrupt(error.to_string()))?;
            let result = ExecutionResult::decode(encoded)
                .map_err(|rejected| corrupt(rejected.to_string()))?;
            let raw =
                decode_payload(&result.body.payload).map_err(|error| corrupt(error.to_string()))?;
            let inbox = result.body.inbox;
            let messages = inbox.messages.len();
            if messages + raw.len() != outcomes.len() {
                return Err(corrupt("the receipts are not as many as the transactions".into()));
            }
            let mut transactions = Vec::with_capacity(raw.len());
            for (raw, outcome) in raw.iter().zip(&outcomes[messages..]) {
                let envelope =
                    Envelope::decode_2718_exact(raw).map_err(|error| corrupt(error.to_string()))?;
                transactions.push(Recovered::new_unchecked(envelope, outcome.sender));
            }
            let receipts = read_receipts(outcomes);
            let header = result.header;
            let digest = compute_digest(domain, &header);
            let block = Block::of_packet(&header, digest, &inbox, transactions, &receipts);
            Ok(PacketRecord { header, block, encoded: Some(Bytes::copy_from_slice(encoded)) })
        }
        _ => Err(corrupt("unknown kind".into())),
    }
}

fn read_receipts(outcomes: Vec<Outcome>) -> Vec<Receipt> {
    let mut gas = 0u64;
    let read = |outcome: Outcome| {
        gas = gas.saturating_add(outcome.gas_used);
        Receipt {
            succeeded: outcome.succeeded,
            gas_used: outcome.gas_used,
            cumulative_gas: gas,
            logs: outcome.logs,
            created: outcome.created,
        }
    };
    outcomes.into_iter().map(read).collect()
}
