use super::*;
use crate::containers::limits::MAX_ACCESS_ENTRIES;
use crate::error::Reason;

fn entry(before: u8, writes: &[(u32, u8)]) -> Entry {
    let writes = writes
        .iter()
        .map(|(index, value)| Write { index: *index, value: B256::with_last_byte(*value) });
    Entry { before: B256::with_last_byte(before), writes: writes.collect() }
}

#[test]
fn test_entry_knows_its_value_at_every_step() {
    let entry = entry(1, &[(2, 5), (4, 6)]);
    let found: Vec<_> = (1..6).map(|index| entry.before_index(index).0[31]).collect();
    assert_eq!(found, [1, 1, 5, 5, 6]);
    let written: Vec<_> = (1..6).map(|index| entry.written_at(index).map(|v| v.0[31])).collect();
    assert_eq!(written, [None, Some(5), None, Some(6), None]);
    assert_eq!(entry.after().0[31], 6);
}

#[test]
fn test_value_that_stays_is_no_write() {
    let mut found = entry(1, &[]);
    for (index, value) in [(2, 1), (3, 4), (4, 4), (5, 1)] {
        found.record(index, B256::with_last_byte(value));
    }
    assert_eq!(found, entry(1, &[(3, 4), (5, 1)]));
}

#[test]
fn test_value_that_returns_is_no_write_to_the_tree() {
    let (back, forth) = (entry(1, &[(2, 5), (3, 1)]), entry(1, &[(2, 5)]));
    let entries = [([1; 32], &back), ([2; 32], &forth)];
    assert_eq!(final_writes(&entries), [([2; 32], B256::with_last_byte(5).0)]);
}

/// A list of one account with `slots` slots that are read.
fn list_of(slots: usize) -> AccessList {
    let slots = (0..slots)
        .map(|slot| SlotAccess { slot: U256::from(slot), value: Entry::default() })
        .collect();
    let (basic_data, code_hash) = (Entry::default(), Entry::default());
    AccessList {
        accounts: vec![AccountAccess { address: Address::ZERO, basic_data, code_hash, slots }],
    }
}

#[test]
fn test_entries_are_taken_up_to_their_limit() {
    let at_the_limit = list_of(MAX_ACCESS_ENTRIES - 2);
    assert_eq!(AccessList::decode(&at_the_limit.encode()), Ok(at_the_limit));
    let past_it = AccessList::decode(&list_of(MAX_ACCESS_ENTRIES - 1).encode());
    assert_eq!(past_it.expect_err("one too many").reason, Reason::LimitExceeded);
}

#[test]
fn test_count_beyond_the_bytes_allocates_nothing() {
    let rejected = AccessList::decode(&u32::MAX.to_be_bytes()).expect_err("no accounts follow");
    assert_eq!(rejected.reason, Reason::MalformedEncoding);
}

#[test]
fn test_dead_account_has_empty_leaves() {
    let leaves = HeaderLeaves::default();
    assert_eq!(leaves.unpack(), None);
    let account = crate::evm::Account { nonce: 1, ..Default::default() };
    let leaves = HeaderLeaves::pack(Address::ZERO, &account, 0).expect("a small balance");
    assert_eq!(leaves.unpack(), Some(account));
    assert_eq!(leaves.code_hash, B256::ZERO);
}
