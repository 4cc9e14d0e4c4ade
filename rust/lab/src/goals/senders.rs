//! The senders of a packet's transactions: all at once with hints, beside one by one.

use alloy_primitives::{B256, Bytes};
use corollup_core::error::Error;
use corollup_core::evm::{Fork, Transaction};
use corollup_core::senders::{compute_hints, decode_transactions};

use super::{Bench, Row};
use crate::race::{on_threads, race};
use crate::transfers::sign_transfer;

/// Transactions of the packet, each of another sender.
const TRANSACTIONS: u64 = 500;
const FORK: Fork = Fork::Osaka;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let payload = (1..=TRANSACTIONS)
        .map(|number| sign_transfer(B256::from(alloy_primitives::U256::from(number)), 0))
        .collect::<Result<Vec<Bytes>, Error>>()?;
    let decoded = payload.iter().map(|bytes| Transaction::decode(bytes, FORK));
    let hints = compute_hints(&decoded.collect::<Result<Vec<_>, _>>()?);
    let decode_all = || {
        let decoded = decode_transactions(&payload, FORK, Some(&hints))
            .map_err(|rejected| Error::State(rejected.to_string()))?;
        decoded.into_iter().try_for_each(|transaction| transaction.map(drop))
    };
    // Not the same call without hints: that is a batch, too, where there are lanes.
    let decode_each =
        || payload.iter().try_for_each(|bytes| Transaction::decode(bytes, FORK).map(drop));
    let [batch, single] =
        on_threads(1, || race(bench.runs, [&mut || decode_all(), &mut || decode_each()]))?;
    let metric = "500 senders by batch ÷ libsecp256k1 one by one";
    Ok(vec![Row::ratio(metric, batch, "libsecp256k1 one by one", single)])
}
