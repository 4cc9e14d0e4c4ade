//! An access list with what the steps look up in it by other ways than its order.

use alloy_primitives::{Address, B256, map::HashMap};

use crate::access_list::{AccessList, AccountAccess, Entry, HeaderLeaves};
use crate::evm::Touched;

/// An access list and its indexes.
pub(super) struct Listed<'a> {
    list: &'a AccessList,
    /// Positions by address.
    positions: HashMap<Address, usize>,
    /// How many writes the list has of each step, up to the last step that there is.
    write_counts: Vec<usize>,
    /// Write indexes that no step has, ascending.
    unexplained: Vec<u32>,
    /// The first step that the list gives a code of this hash to an account.
    creations: HashMap<B256, u32>,
}

impl<'a> Listed<'a> {
    /// The indexes of a list whose steps are these.
    pub(super) fn new(list: &'a AccessList, steps: core::ops::Range<u32>) -> Self {
        let accounts = &list.accounts;
        let positions = accounts.iter().zip(0..).map(|(account, number)| (account.address, number));
        let mut listed = Self {
            list,
            positions: positions.collect(),
            write_counts: vec![0; steps.end as usize],
            unexplained: Vec::new(),
            creations: HashMap::default(),
        };
        for account in accounts {
            for entry in account.values() {
                listed.count_writes(entry, &steps);
            }
            for write in &account.code_hash.writes {
                let first = listed.creations.entry(write.value).or_insert(write.index);
                *first = write.index.min(*first);
            }
        }
        listed.unexplained.sort_unstable();
        listed.unexplained.dedup();
        listed
    }

    fn count_writes(&mut self, entry: &Entry, steps: &core::ops::Range<u32>) {
        for write in &entry.writes {
            if steps.contains(&write.index) {
                self.write_counts[write.index as usize] += 1;
            } else {
                self.unexplained.push(write.index);
            }
        }
    }

    /// The number and the entries of an account, if it is listed.
    pub(super) fn account(&self, address: &Address) -> Option<(usize, &'a AccountAccess)> {
        let position = *self.positions.get(address)?;
        Some((position, &self.list.accounts[position]))
    }

    /// The account with this number.
    pub(super) fn numbered(&self, number: usize) -> &'a AccountAccess {
        &self.list.accounts[number]
    }

    /// The entries of an account that a step touched, if it is listed.
    pub(super) fn touched(&self, touched: &Touched<'_>) -> Option<&'a AccountAccess> {
        match touched.id() {
            Some(number) => Some(self.numbered(number)),
            None => self.account(touched.address).map(|(_, account)| account),
        }
    }

    /// How many values a step writes.
    pub(super) fn write_count(&self, step: u32) -> usize {
        self.write_counts[step as usize]
    }

    /// Whether the list says that a step before this one gives an account the code of this hash.
    pub(super) fn is_created_before(&self, hash: &B256, step: u32) -> bool {
        self.creations.get(hash).is_some_and(|first| *first < step)
    }

    /// Write indexes that no step has, ascending.
    pub(super) fn unexplained(&self) -> &[u32] {
        &self.unexplained
    }
}

impl AccountAccess {
    /// The header leaves as the step with this index finds them.
    pub(super) fn leaves_before(&self, index: u32) -> HeaderLeaves {
        HeaderLeaves {
            basic_data: self.basic_data.before_index(index),
            code_hash: self.code_hash.before_index(index),
        }
    }

    fn values(&self) -> impl Iterator<Item = &Entry> {
        let slots = self.slots.iter().map(|access| &access.value);
        [&self.basic_data, &self.code_hash].into_iter().chain(slots)
    }
}
