//! Signed transactions.

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::transaction::RlpEcdsaEncodableTx;
use alloy_consensus::{SignableTransaction, Signed, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, U256};
use corollup_core::error::Error;
use corollup_core::evm::Envelope;
use corollup_core::genesis::{GenesisAccount, GenesisState, add_predeploys};

use crate::network::{CHAIN_ID, GENESIS_BASE_FEE};

/// A price that pays for every packet here, wei a gas.
pub(crate) const GAS_PRICE: u128 = 3 * GENESIS_BASE_FEE as u128;

/// A state in which the senders of the keys 1 to `count` can pay.
///
/// # Errors
/// If a key is none.
pub fn fund_senders(count: u64) -> Result<GenesisState, Error> {
    let balance = U256::from(10).pow(U256::from(18));
    let account = GenesisAccount { balance, ..GenesisAccount::default() };
    let address = |number| address_of(B256::from(U256::from(number)));
    let mut state = (1..=count)
        .map(|number| Ok((address(number)?, account.clone())))
        .collect::<Result<GenesisState, Error>>()?;
    add_predeploys(&mut state);
    Ok(state)
}

/// The address of a key.
pub(crate) fn address_of(key: B256) -> Result<Address, Error> {
    let address = sign_hash(key, B256::ZERO)?.recover_address_from_prehash(&B256::ZERO);
    address.map_err(|error| Error::State(error.to_string()))
}

/// Signs a transfer of 1 wei.
///
/// # Errors
/// If the key is none.
pub fn sign_transfer(key: B256, nonce: u64) -> Result<Bytes, Error> {
    sign_transfer_to(key, nonce, Address::repeat_byte(0xaa))
}

/// The same to an account of the caller's choice.
pub(crate) fn sign_transfer_to(key: B256, nonce: u64, to: Address) -> Result<Bytes, Error> {
    let transfer = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: GAS_PRICE,
        max_priority_fee_per_gas: 1,
        to: to.into(),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    sign(key, transfer)
}

/// Signs a transaction and encodes it.
pub(crate) fn sign<T>(key: B256, tx: T) -> Result<Bytes, Error>
where
    T: SignableTransaction<Signature> + RlpEcdsaEncodableTx,
    Envelope: From<Signed<T>>,
{
    let signature = sign_hash(key, tx.signature_hash())?;
    Ok(Envelope::from(tx.into_signed(signature)).encoded_2718().into())
}

/// Signs a hash.
pub(crate) fn sign_hash(key: B256, hash: B256) -> Result<Signature, Error> {
    sign_message(key, hash).map_err(|error| Error::State(error.to_string()))
}
