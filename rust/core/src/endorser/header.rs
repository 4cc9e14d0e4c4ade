//! The checks of the header alone: what it takes over, its anchor, its producer and its fee.

use alloy_primitives::{B256, U256};

use super::Context;
use super::data::verify_data_hash;
use crate::bls::{self, PublicKey, Signature};
use crate::containers::{
    Config, ExecutionResult, Header, Parent, compute_endorse_message, version,
};
use crate::error::{Reason, Rejected, require, require_equal};
use crate::evm::Fork;
use crate::rules;

/// Checks everything that the header must take over from its parent and the configuration.
pub(super) fn verify_header_chain(
    result: &ExecutionResult,
    config: Option<&Config>,
    context: &Context<'_>,
) -> Result<Fork, Rejected> {
    let ExecutionResult { header, parent, .. } = result;

    if let Some(network) = context.network {
        require_equal(Reason::WrongDomain, &network.domain, &result.domain)?;
    }
    if let Some(config) = config {
        require_equal(Reason::WrongChainId, &config.l2_chain_id, &result.l2_chain_id)?;
    }
    let fork = verify_version(header, parent, config)?;
    let next = parent.number().checked_add(1);
    require(Reason::WrongNumber, next == Some(header.number), || {
        format!("expected the number after {}, found {}", parent.number(), header.number)
    })?;
    if let Some(parent_hash) = &context.parent_hash {
        require_equal(Reason::WrongParentHash, parent_hash, &header.parent_hash)?;
    }
    if let (Some(network), Parent::Genesis { config, .. }) = (context.network, parent) {
        require_equal(Reason::WrongParentHash, &network.config.hash(), &config.hash())?;
    }
    require_equal(Reason::WrongParentHash, &parent.hash(&result.domain), &header.parent_hash)?;
    require_equal(Reason::WrongPreStateRoot, &parent.state_root(), &header.pre_state_root)?;
    let earliest = rules::timestamp_of(parent);
    require(Reason::TimestampBeforeParent, header.timestamp >= earliest, || {
        format!("expected at least {earliest}, found {}", header.timestamp)
    })?;
    let gas_limit = gas_limit_of(parent, config);
    require_equal(Reason::WrongGasLimit, &gas_limit, &header.gas_limit)?;
    require(Reason::GasUsedAboveLimit, header.gas_used <= gas_limit, || {
        format!("expected at most {gas_limit}, found {}", header.gas_used)
    })?;
    let base_fee = rules::compute_base_fee(parent);
    require_equal(Reason::WrongBaseFee, &base_fee, &header.base_fee)?;
    require_equal(Reason::ReservedFieldNotZero, &B256::ZERO, &header.trace_root)?;
    verify_inbox(result, gas_limit, context)?;
    verify_data_hash(result, config)?;
    Ok(fork)
}

/// Checks that the header's inbox is the parent's and the messages of the body, that these have no
/// more gas than they may, and that they are the L1's.
fn verify_inbox(
    result: &ExecutionResult,
    gas_limit: u64,
    context: &Context<'_>,
) -> Result<(), Rejected> {
    let ExecutionResult { header, parent, body, .. } = result;
    let inbox = &body.inbox;
    let is_allowed = inbox.messages.is_empty() || !version::is_replay(header.version);
    require(Reason::WrongInbox, is_allowed, || "a replay has no messages".into())?;
    let most = rules::message_gas_limit(gas_limit);
    require(Reason::WrongInbox, inbox.gas() <= most, || {
        format!("expected at most {most} gas of messages, found {}", inbox.gas())
    })?;
    let (first, hash) = rules::inbox_of(parent);
    let count = first.saturating_add(inbox.messages.len() as u64);
    require_equal(Reason::WrongInbox, &count, &header.inbox_count)?;
    require_equal(Reason::WrongInbox, &inbox.extend_chain(first, hash), &header.inbox_hash)?;
    let Some(inbox) = &context.inbox else { return Ok(()) };
    let is_in_time = (inbox.due..=inbox.sent).contains(&header.inbox_count);
    require(Reason::WrongInbox, is_in_time, || {
        format!("expected {} to {}, found {}", inbox.due, inbox.sent, header.inbox_count)
    })?;
    require_equal(Reason::WrongInbox, &inbox.hash, &header.inbox_hash)
}

/// Checks the version and returns its fork. A replay network has one packet, on its genesis.
fn verify_version(
    header: &Header,
    parent: &Parent,
    config: Option<&Config>,
) -> Result<Fork, Rejected> {
    let expected = match (config, parent) {
        (Some(config), _) | (None, Parent::Genesis { config, .. }) => config.version,
        (None, Parent::Header(parent)) => parent.version,
    };
    require_equal(Reason::WrongVersion, &expected, &header.version)?;
    let is_on_genesis = matches!(parent, Parent::Genesis { .. });
    require(Reason::WrongVersion, is_on_genesis || !version::is_replay(header.version), || {
        format!("a packet of replay version {} stands on a genesis", header.version)
    })?;
    version::fork(header.version).ok_or_else(|| {
        Rejected::new(Reason::WrongVersion, format!("version {} has no rules", header.version))
    })
}

/// Checks the L1 block that the header names.
pub(super) fn verify_anchor(
    header: &Header,
    parent: &Parent,
    config: Option<&Config>,
    context: &Context<'_>,
) -> Result<(), Rejected> {
    let earliest = rules::l1_number_of(parent);
    require(Reason::AnchorBeforeParent, header.l1_number >= earliest, || {
        format!("expected at least {earliest}, found {}", header.l1_number)
    })?;
    let (Some(anchor), Some(config)) = (&context.anchor, config) else { return Ok(()) };
    require_equal(Reason::WrongAnchor, &anchor.hash, &header.l1_hash)?;
    require(Reason::WrongAnchor, anchor.depth >= config.anchor_depth, || {
        format!("expected a depth of at least {}, found {}", config.anchor_depth, anchor.depth)
    })?;
    let latest = anchor.timestamp.saturating_add(config.anchor_max_age);
    let fits = (anchor.timestamp..=latest).contains(&header.timestamp);
    require(Reason::AnchorTimeMismatch, fits, || {
        format!("expected {} to {latest}, found {}", anchor.timestamp, header.timestamp)
    })?;
    require_equal(Reason::WrongPrevRandao, &anchor.prev_randao, &header.prev_randao)
}

/// Checks that the producer of the view signed the header.
pub(super) fn verify_producer(
    result: &ExecutionResult,
    digest: B256,
    config: Option<&Config>,
    context: &Context<'_>,
) -> Result<(), Rejected> {
    let header = &result.header;
    if let Some(config) = config {
        let view = rules::compute_view(config, header.timestamp);
        require(Reason::WrongView, view == Some(header.view), || {
            format!("expected {view:?}, found {}", header.view)
        })?;
    }
    if let Some(schedule) = &context.schedule {
        require_equal(Reason::ProducerNotScheduled, &schedule.producer, &header.producer)?;
        let is_registered = schedule.key == result.producer_key;
        require(Reason::ProducerNotScheduled, is_registered, || {
            format!("the key is not the registered key of {}", header.producer)
        })?;
    }
    let message = compute_endorse_message(&digest, 1);
    let refuse = |why: String| Rejected::new(Reason::InvalidProducerSignature, why);
    let key = PublicKey::from_bytes(&result.producer_key).map_err(|why| refuse(why.to_string()))?;
    let signature = Signature::from_bytes(&result.producer_signature);
    let signature = signature.map_err(|why| refuse(why.to_string()))?;
    require(
        Reason::InvalidProducerSignature,
        bls::verify(&key, message.as_slice(), &signature),
        || format!("the signature is not the producer's over {digest}"),
    )
}

/// Checks that the endorsing fee is enough and covered.
pub(super) fn verify_fee_cover(
    header: &Header,
    config: Option<&Config>,
    context: &Context<'_>,
) -> Result<(), Rejected> {
    let Some(config) = config else { return Ok(()) };
    let least = config.min_fee_gas_price;
    require(Reason::FeeTooLow, header.fee_gas_price >= least, || {
        format!("expected at least {least}, found {}", header.fee_gas_price)
    })?;
    let Some(cover) = context.fee_cover else { return Ok(()) };
    let greatest = U256::from(header.fee_gas_price)
        * U256::from(header.fee_gas_limit)
        * U256::from(config.committees);
    require(Reason::FeeCoverTooLow, greatest <= U256::from(cover), || {
        format!("expected at least {greatest}, found {cover}")
    })
}

/// Without the configuration the parent's limit, since it never changes.
const fn gas_limit_of(parent: &Parent, config: Option<&Config>) -> u64 {
    match (config, parent) {
        (Some(config), _) | (None, Parent::Genesis { config, .. }) => config.gas_limit,
        (None, Parent::Header(parent)) => parent.gas_limit,
    }
}
