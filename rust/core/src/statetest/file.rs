//! The files of state tests.

use std::collections::BTreeMap;

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxLegacy};
use alloy_eips::Encodable2718;
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use serde::Deserialize;

use crate::error::Error;
use crate::evm::{Envelope, Fork};
use crate::genesis::GenesisState;

/// A test: one state and environment, and a transaction in variants.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct StateTest {
    pub(super) env: Environment,
    pub(super) pre: GenesisState,
    transaction: Template,
    post: BTreeMap<String, Vec<Post>>,
    #[serde(default)]
    config: TestConfig,
}

/// The block of a test.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Environment {
    pub(super) current_coinbase: Address,
    pub(super) current_gas_limit: U256,
    pub(super) current_number: U256,
    pub(super) current_timestamp: U256,
    pub(super) current_base_fee: U256,
    pub(super) current_random: B256,
    pub(super) current_excess_blob_gas: U256,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestConfig {
    #[serde(default)]
    blob_schedule: BTreeMap<String, BlobSchedule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlobSchedule {
    base_fee_update_fraction: U256,
}

/// The variants of a transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    data: Vec<Bytes>,
    gas_limit: Vec<U256>,
    value: Vec<String>,
    nonce: U256,
    to: String,
    secret_key: B256,
    gas_price: Option<U256>,
    max_fee_per_gas: Option<U256>,
    max_priority_fee_per_gas: Option<U256>,
    #[serde(default)]
    access_lists: Vec<Option<AccessList>>,
}

/// What one variant gives under one fork.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Post {
    pub(super) hash: B256,
    pub(super) logs: B256,
    pub(super) expect_exception: Option<String>,
    indexes: Indexes,
    txbytes: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Indexes {
    data: usize,
    gas: usize,
    value: usize,
}

/// One variant of a test under one fork.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) fork: &'a str,
    pub(super) post: &'a Post,
    index: usize,
}

impl Entry<'_> {
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.fork, self.index)
    }
}

/// Reads `{name: test}`.
pub(super) fn parse(name: &str, json: &[u8]) -> Result<BTreeMap<String, StateTest>, Error> {
    serde_json::from_slice(json)
        .map_err(|error| Error::encoding("state tests", format!("{name}: {error}")))
}

impl StateTest {
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.post.iter().flat_map(|(fork, posts)| {
            let posts = posts.iter().enumerate();
            posts.map(move |(index, post)| Entry { fork, post, index })
        })
    }

    /// The first balance that basic data cannot hold.
    pub(super) fn unpackable_balance(&self) -> Option<String> {
        let limit = U256::from(1) << 128;
        let (address, account) = self.pre.iter().find(|(_, account)| account.balance >= limit)?;
        Some(format!("balance {} of {address} is not below 2^128", account.balance))
    }

    /// The blob base fee of the test's block.
    pub(super) fn blob_base_fee(&self, fork: Fork, fork_name: &str) -> Result<u64, Error> {
        const CANCUN_FRACTION: u64 = 3_338_477;
        const PRAGUE_FRACTION: u64 = 5_007_716;
        let usual = if fork >= Fork::Prague { PRAGUE_FRACTION } else { CANCUN_FRACTION };
        let scheduled = self.config.blob_schedule.get(fork_name);
        let fraction = match scheduled {
            Some(schedule) => to_u64("blob schedule", schedule.base_fee_update_fraction)?,
            None => usual,
        };
        let excess = to_u64("excess blob gas", self.env.current_excess_blob_gas)?;
        let fee = alloy_eips::eip4844::fake_exponential(1, excess.into(), fraction.into());
        u64::try_from(fee).map_err(|_| Error::Argument("the blob base fee is over 64 bits".into()))
    }

    /// The entry's signed transaction: as the test gives it, or signed with the test's key.
    pub(super) fn transaction(&self, post: &Post, chain_id: u64) -> Result<Bytes, Error> {
        match &post.txbytes {
            Some(bytes) => Ok(bytes.clone()),
            None => self.transaction.sign(post.indexes, chain_id),
        }
    }
}

impl Template {
    fn sign(&self, indexes: Indexes, chain_id: u64) -> Result<Bytes, Error> {
        let missing = |what: &str| Error::encoding("state tests", format!("no {what}"));
        let input = self.data.get(indexes.data).ok_or_else(|| missing("data"))?.clone();
        let gas_limit = self.gas_limit.get(indexes.gas).ok_or_else(|| missing("gas limit"))?;
        let gas_limit = to_u64("gas limit", *gas_limit)?;
        let value = self.value.get(indexes.value).ok_or_else(|| missing("value"))?;
        let value = value.parse().map_err(|_| missing("value of 256 bits"))?;
        let nonce = to_u64("nonce", self.nonce)?;
        let to = match self.to.as_str() {
            "" => TxKind::Create,
            address => TxKind::Call(address.parse().map_err(|_| missing("address"))?),
        };
        let access_list = self.access_lists.get(indexes.data).cloned().flatten();
        if let Some(max_fee) = self.max_fee_per_gas {
            let tip = self.max_priority_fee_per_gas.unwrap_or_default();
            return self.encode(TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: to_u128("fee", max_fee)?,
                max_priority_fee_per_gas: to_u128("fee", tip)?,
                to,
                value,
                access_list: access_list.unwrap_or_default(),
                input,
            });
        }
        let gas_price = self.gas_price.ok_or_else(|| missing("gas price"))?;
        let gas_price = to_u128("gas price", gas_price)?;
        match access_list {
            Some(access_list) => self.encode(TxEip2930 {
                chain_id,
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }),
            None => self.encode(TxLegacy {
                chain_id: Some(chain_id),
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                input,
            }),
        }
    }

    fn encode<T>(&self, tx: T) -> Result<Bytes, Error>
    where
        T: SignableTransaction<Signature>,
        Envelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = sign_message(self.secret_key, tx.signature_hash())
            .map_err(|error| Error::encoding("state tests", error.to_string()))?;
        Ok(Envelope::from(tx.into_signed(signature)).encoded_2718().into())
    }
}

pub(super) fn to_u64(what: &str, value: U256) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Argument(format!("{what} {value} is over 64 bits")))
}

fn to_u128(what: &str, value: U256) -> Result<u128, Error> {
    u128::try_from(value).map_err(|_| Error::Argument(format!("{what} {value} is over 128 bits")))
}
