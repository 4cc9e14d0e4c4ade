//! Random packets: a small world of users and contracts, and the transactions of some packets.

use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use corollup_core::containers::{InboxMessage, InboxSection};
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisAccount, GenesisState, add_predeploys};

use super::programs::{write_init_code, write_program};
use crate::network::{CHAIN_ID, L1_CHAIN_ID};
use crate::random::Random;
use crate::transfers::{GAS_PRICE, address_of, sign, sign_hash};

const USERS: u8 = 6;
const CONTRACTS: u8 = 12;
/// Bytes of the code of every fourth contract; a message of 30 000 gas loads two of them.
const LONG_CODE_BYTES: usize = 7 << 10;

/// How large packets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Most transactions of a packet.
    pub transactions: usize,
    /// Most gas of a transaction.
    pub gas: u64,
}

impl Shape {
    /// Packets for the native core.
    pub const FULL: Self = Self { transactions: 10, gas: 500_000 };
    /// Packets that the specification runs in a blink.
    pub const SMALL: Self = Self { transactions: 4, gas: 120_000 };
}

/// A user with the nonce that its next transaction needs, as far as one can tell.
struct User {
    key: B256,
    address: Address,
    nonce: u64,
}

/// The users and contracts of a seed.
pub(super) struct World {
    random: Random,
    shape: Shape,
    users: Vec<User>,
    /// Whom transactions and contracts call: contracts, users, precompiles, and nobody.
    accounts: Vec<Address>,
}

impl World {
    /// The world of a seed with its genesis state.
    pub(super) fn new(seed: u64, shape: Shape) -> Result<(Self, GenesisState), Error> {
        let mut random = Random::new(seed, "world");
        let users = (1..=USERS).map(User::new).collect::<Result<Vec<_>, _>>()?;
        let contracts: Vec<Address> =
            (1..=CONTRACTS).map(|n| Address::repeat_byte(0xc0 | n)).collect();
        let mut accounts = contracts.clone();
        accounts.extend(users.iter().map(|user| user.address));
        accounts.extend([Address::with_last_byte(4), Address::repeat_byte(0xee)]);
        // The first contracts that the first users create, which later transactions call.
        accounts.extend(users.iter().take(3).map(|user| user.address.create(user.nonce)));

        let mut state = GenesisState::new();
        for user in &users {
            let balance = U256::from(10).pow(U256::from(18));
            state.insert(user.address, GenesisAccount { balance, ..GenesisAccount::default() });
        }
        for address in contracts {
            let statements = 1 + random.below(9);
            let mut code = write_program(&mut random, &accounts, statements);
            if address.0[0] & 3 == 0 {
                // Long enough that a message cannot load many.
                code.resize(code.len().max(LONG_CODE_BYTES), 0);
            }
            let code = code.into();
            let storage =
                [(U256::ZERO, U256::from(5)), (U256::from(64), U256::from(random.next()))];
            let balance = U256::from(random.below(1_000));
            state.insert(
                address,
                GenesisAccount { balance, nonce: 1, code, storage: storage.into() },
            );
        }
        add_predeploys(&mut state);
        Ok((Self { random, shape, users, accounts }, state))
    }

    /// The messages from L1 of the next packet; most packets have none. Whatever they ask for, the
    /// packet is possible.
    pub(super) fn next_messages(&mut self) -> InboxSection {
        let count = if self.random.chance(40) { 1 + self.random.below(3) } else { 0 };
        let messages: Vec<_> = (0..count).map(|_| self.next_message()).collect();
        let l1_chain_id = if messages.is_empty() { 0 } else { L1_CHAIN_ID };
        InboxSection { l1_chain_id, messages }
    }

    fn next_message(&mut self) -> InboxMessage {
        let target = *self.random.pick(&self.accounts);
        let data = self.write_input(TxKind::Call(target));
        // No user, whose transactions would have the wrong nonce; now and then a contract.
        let sender = if self.random.chance(10) {
            self.accounts[0]
        } else {
            Address::repeat_byte(0xd0 | (self.random.byte() & 3))
        };
        let gas = self.pick_gas(TxKind::Call(target), &data);
        InboxMessage {
            sender,
            target,
            mint: if self.random.chance(70) { self.random.below(1_000) as u128 } else { 0 },
            value: U256::from(if self.random.chance(40) { self.random.below(1_500) } else { 0 }),
            // Now and then too little to run at all.
            gas: if self.random.chance(8) { gas / 2 } else { gas },
            data,
        }
    }

    /// The candidates of the next packet. Some are invalid, and the producer leaves them out.
    pub(super) fn next_candidates(&mut self) -> Result<Vec<Bytes>, Error> {
        // An empty packet now and then: it has the system call alone.
        let count =
            if self.random.chance(3) { 0 } else { 1 + self.random.below(self.shape.transactions) };
        (0..count).map(|_| self.next_candidate()).collect()
    }

    fn next_candidate(&mut self) -> Result<Bytes, Error> {
        let sender = self.random.below(self.users.len());
        let is_early = self.random.chance(3);
        let user = &mut self.users[sender];
        let (key, nonce) = (user.key, user.nonce + u64::from(is_early));
        user.nonce += u64::from(!is_early);
        let to = self.pick_target();
        let input = self.write_input(to);
        let value = U256::from(if self.random.chance(40) { self.random.below(50) } else { 0 });
        let gas_limit = self.pick_gas(to, &input);
        let access_list = self.write_access_list();
        let bytes = match self.random.below(10) {
            0..3 => sign(
                key,
                TxLegacy {
                    chain_id: Some(CHAIN_ID),
                    nonce,
                    gas_price: GAS_PRICE,
                    gas_limit,
                    to,
                    value,
                    input,
                },
            ),
            3 => sign(
                key,
                TxEip2930 {
                    chain_id: CHAIN_ID,
                    nonce,
                    gas_price: GAS_PRICE,
                    gas_limit,
                    to,
                    value,
                    access_list,
                    input,
                },
            ),
            4..8 => sign(
                key,
                TxEip1559 {
                    chain_id: CHAIN_ID,
                    nonce,
                    gas_limit,
                    max_fee_per_gas: GAS_PRICE,
                    max_priority_fee_per_gas: self.random.below(1_000) as u128,
                    to,
                    value,
                    access_list,
                    input,
                },
            ),
            _ => {
                let authorization_list = self.write_authorizations(sender)?;
                sign(
                    key,
                    TxEip7702 {
                        chain_id: CHAIN_ID,
                        nonce,
                        gas_limit,
                        max_fee_per_gas: GAS_PRICE,
                        max_priority_fee_per_gas: 1,
                        to: to.into_to().unwrap_or(self.accounts[0]),
                        value,
                        access_list,
                        authorization_list,
                        input,
                    },
                )
            }
        }?;
        Ok(bytes)
    }

    fn pick_target(&mut self) -> TxKind {
        if self.random.chance(12) {
            TxKind::Create
        } else {
            TxKind::Call(*self.random.pick(&self.accounts))
        }
    }

    /// Init code, or data whose first byte decides what a program does.
    fn write_input(&mut self, to: TxKind) -> Bytes {
        if to.is_call() {
            let size = [0, 1, 32, 68, 213][self.random.below(5)];
            return self.random.bytes(size).into();
        }
        let statements = 1 + self.random.below(5);
        let program = write_program(&mut self.random, &self.accounts, statements);
        // Now and then the program runs as init code itself.
        if self.random.chance(30) { program.into() } else { write_init_code(&program).into() }
    }

    /// Gas that is plenty, scarce, or just what the transaction costs before it runs.
    fn pick_gas(&mut self, to: TxKind, input: &Bytes) -> u64 {
        let calldata = 40 * input.len() as u64;
        let least = if to.is_create() { 53_000 + calldata } else { 21_000 + calldata };
        match self.random.below(10) {
            0 => least,
            1..4 => least + self.random.below(40_000) as u64,
            _ => least + self.shape.gas,
        }
    }

    fn write_access_list(&mut self) -> AccessList {
        let count = if self.random.chance(20) { 1 + self.random.below(2) } else { 0 };
        let item = |random: &mut Random, accounts: &[Address]| AccessListItem {
            address: *random.pick(accounts),
            storage_keys: vec![B256::with_last_byte(random.byte() & 3)],
        };
        AccessList((0..count).map(|_| item(&mut self.random, &self.accounts)).collect())
    }

    /// Delegations of users to contracts; some are for another chain or nonce and do nothing.
    fn write_authorizations(&mut self, sender: usize) -> Result<Vec<SignedAuthorization>, Error> {
        let count = 1 + self.random.below(2);
        (0..count)
            .map(|_| {
                let index = self.random.below(self.users.len());
                let chain_id = [CHAIN_ID, CHAIN_ID, 0, CHAIN_ID + 1][self.random.below(4)];
                let is_right = self.random.chance(80);
                let target = if self.random.chance(15) {
                    Address::ZERO
                } else {
                    *self.random.pick(&self.accounts)
                };
                let user = &mut self.users[index];
                let nonce = if is_right { user.nonce } else { user.nonce + 7 };
                // The sender's own nonce was raised for its transaction before.
                let is_taken = is_right && chain_id <= CHAIN_ID;
                user.nonce += u64::from(is_taken);
                debug_assert!(sender < usize::from(USERS));
                let authorization =
                    Authorization { chain_id: U256::from(chain_id), address: target, nonce };
                let signature = sign_hash(user.key, authorization.signature_hash())?;
                Ok(authorization.into_signed(signature))
            })
            .collect()
    }
}

impl User {
    fn new(number: u8) -> Result<Self, Error> {
        let key = B256::with_last_byte(number);
        Ok(Self { key, address: address_of(key)?, nonce: 0 })
    }
}
