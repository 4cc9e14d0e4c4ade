//! Transactions with the locality of mainnet's: a few contracts and users have the most of them.
//!
//! Contracts have given codes behind a small program that reads and writes slots, and are called as
//! often as their rank says: the k-th 1/k as often as the first. So are the users, who send, and
//! whose slots the contracts hold.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisAccount, GenesisState};
use corollup_core::replay::{add_further_accounts, further_address};

use crate::network::CHAIN_ID;
use crate::random::Random;
use crate::transfers::{GAS_PRICE, fund_senders, sign};

const TRANSACTIONS: usize = 150;
/// Transactions in a hundred that pay an account and call nobody.
const TRANSFERS: usize = 30;
const USERS: usize = 2_000;
/// Accounts that are paid.
const PAID_ACCOUNTS: u64 = 20_000;
const READ_SLOTS: u8 = 6;
const WRITTEN_SLOTS: u8 = 2;
const GAS: u64 = 250_000;

/// What users send, packet after packet.
pub(super) struct Traffic {
    random: Random,
    contracts: Ranks,
    users: Ranks,
    /// The next nonce of each user.
    nonces: Vec<u64>,
}

impl Traffic {
    /// Traffic of contracts with these codes, and the state that it needs.
    pub(super) fn start(codes: &[Bytes]) -> Result<(Self, GenesisState), Error> {
        let mut state = fund_senders(USERS as u64)?;
        add_further_accounts(&mut state, PAID_ACCOUNTS);
        deploy(&mut state, codes);
        let traffic = Self {
            random: Random::new(0, "traffic"),
            contracts: Ranks::new(codes.len()),
            users: Ranks::new(USERS),
            nonces: vec![0; USERS],
        };
        Ok((traffic, state))
    }

    /// The transactions of the next packet.
    pub(super) fn next_packet(&mut self) -> Result<Vec<Bytes>, Error> {
        (0..TRANSACTIONS).map(|_| self.next_transaction()).collect()
    }

    fn next_transaction(&mut self) -> Result<Bytes, Error> {
        let user = self.users.pick(&mut self.random);
        let nonce = self.nonces[user];
        self.nonces[user] += 1;
        let is_transfer = self.random.chance(TRANSFERS);
        let transaction = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: if is_transfer { 21_000 } else { GAS },
            max_fee_per_gas: GAS_PRICE,
            max_priority_fee_per_gas: 1,
            ..TxEip1559::default()
        };
        let transaction = if is_transfer {
            let index = self.random.next() % PAID_ACCOUNTS;
            let (to, value) = (further_address(index).into(), U256::from(1));
            TxEip1559 { to, value, ..transaction }
        } else {
            let to = contract(self.contracts.pick(&mut self.random)).into();
            TxEip1559 { to, input: self.write_call(), ..transaction }
        };
        sign(B256::from(U256::from(user + 1)), transaction)
    }

    /// Slots of users, and another contract.
    fn write_call(&mut self) -> Bytes {
        let mut input = Vec::new();
        for _ in 0..READ_SLOTS + WRITTEN_SLOTS {
            let user = self.users.pick(&mut self.random);
            input.extend(keccak256(format!("slot of user {user}")));
        }
        input.extend(contract(self.contracts.pick(&mut self.random)).into_word());
        input.into()
    }
}

fn deploy(state: &mut GenesisState, codes: &[Bytes]) {
    let program = write_program();
    for (rank, code) in codes.iter().enumerate() {
        let code = [&program, &code[..]].concat().into();
        let account = GenesisAccount { nonce: 1, code, ..GenesisAccount::default() };
        state.insert(contract(rank), account);
    }
}

fn contract(rank: usize) -> Address {
    Address::from_word(keccak256(format!("contract {rank}")))
}

/// Reads the slots of the first words of the call, counts up those of the next ones, calls the
/// account of the last word without data, and ends.
fn write_program() -> Vec<u8> {
    const STOP: u8 = 0x00;
    const ADD: u8 = 0x01;
    const CALLDATALOAD: u8 = 0x35;
    const POP: u8 = 0x50;
    const SLOAD: u8 = 0x54;
    const SSTORE: u8 = 0x55;
    const GAS_LEFT: u8 = 0x5a;
    const PUSH0: u8 = 0x5f;
    const PUSH1: u8 = 0x60;
    const PUSH2: u8 = 0x61;
    const DUP1: u8 = 0x80;
    const SWAP1: u8 = 0x90;
    const CALL: u8 = 0xf1;
    let mut code = Vec::new();
    for word in 0..READ_SLOTS {
        code.extend([PUSH1, 32 * word, CALLDATALOAD, SLOAD, POP]);
    }
    for word in READ_SLOTS..READ_SLOTS + WRITTEN_SLOTS {
        code.extend([PUSH1, 32 * word, CALLDATALOAD]);
        code.extend([DUP1, SLOAD, PUSH1, 1, ADD, SWAP1, SSTORE]);
    }
    // No value, and no data in or out.
    code.extend([PUSH0; 5]);
    code.extend([PUSH2, 1, 0, CALLDATALOAD, GAS_LEFT, CALL, POP, STOP]);
    code
}

/// Ranks from zero on, the k-th 1/k as often as the first.
struct Ranks {
    /// The sum of the weights up to each.
    sums: Vec<u64>,
}

impl Ranks {
    fn new(count: usize) -> Self {
        const FIRST: u64 = 1 << 30;
        let weights = (1..=count as u64).map(|rank| FIRST / rank);
        let add = |sum: &mut u64, weight| {
            *sum += weight;
            Some(*sum)
        };
        Self { sums: weights.scan(0, add).collect() }
    }

    fn pick(&self, random: &mut Random) -> usize {
        let total = self.sums.last().copied().unwrap_or(1);
        let drawn = random.below(usize::try_from(total).unwrap_or(usize::MAX)) as u64;
        self.sums.partition_point(|sum| *sum <= drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_ranks_are_drawn_by_their_weight() {
        let (ranks, mut random) = (Ranks::new(3), Random::new(1, "ranks"));
        let mut counts = [0_i32; 3];
        for _ in 0..11_000 {
            counts[ranks.pick(&mut random)] += 1;
        }
        // 1 + 1/2 + 1/3 is 11/6.
        for (found, expected) in counts.into_iter().zip([6_000, 3_000, 2_000]) {
            assert!(found.abs_diff(expected) < 200, "{counts:?}");
        }
    }
}
