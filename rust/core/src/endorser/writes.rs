//! Whether a step writes what the access list says of it.

use alloy_primitives::{B256, Bytes, U256};

use super::listed::Listed;
use crate::access_list::{AccountAccess, Entry, HeaderLeaves};
use crate::error::{Reason, Rejected, require};
use crate::evm::{Bytecode, Ending, Outcome, Ran, Touched, TouchedAccount};

/// A code that a step created, under its hash.
pub(super) type CreatedCode = (B256, Bytes);

/// Demands that a step writes what the list says of it, no more and no less. Returns the codes
/// that it created.
pub(super) fn verify_writes(
    listed: &Listed<'_>,
    step: u32,
    ran: Ran,
) -> Result<(Ending, Vec<CreatedCode>), Rejected> {
    if let Some(created) = match_writes(listed, step, &ran) {
        return Ok((ran.into_ending(), created));
    }
    explain_writes(listed, step, ran.into_outcome())
}

/// Whether every write is listed, found without order or message. `None` also stands for what
/// only [`explain_writes`] can tell.
fn match_writes(listed: &Listed<'_>, step: u32, ran: &Ran) -> Option<Vec<CreatedCode>> {
    let mut created = Vec::new();
    let mut written = 0;
    for touched in ran.touched() {
        let account = listed.touched(&touched)?;
        written += match_account(account, step, &touched, &mut created)?;
    }
    // Every write found is listed once, so equal counts leave no listed write over.
    (written == listed.write_count(step)).then_some(created)
}

fn match_account(
    account: &AccountAccess,
    step: u32,
    touched: &Touched<'_>,
    created: &mut Vec<CreatedCode>,
) -> Option<usize> {
    if touched.is_destroyed() {
        return None;
    }
    let before = account.leaves_before(step);
    let after = touched.account();
    let new_code = touched.new_code(&before.unpack().unwrap_or_default().code_hash);
    let size = new_code.map(Bytecode::len);
    let HeaderLeaves { basic_data, code_hash } =
        before.after(account.address, &after, size).ok()?;
    let mut written = match_write(&account.basic_data, step, before.basic_data, basic_data)?
        + match_write(&account.code_hash, step, before.code_hash, code_hash)?;
    for (slot, value_before, value) in touched.slots() {
        // A value that is not zero was read from the list.
        if value == value_before && !value.is_zero() {
            continue;
        }
        written += match account.slot(*slot) {
            Some(entry) => match_write(entry, step, entry.before_index(step), B256::from(value))?,
            None if value.is_zero() => 0,
            None => return None,
        };
    }
    created.extend(new_code.map(|code| (after.code_hash, code.original_bytes())));
    Some(written)
}

/// 1 for a listed write, 0 for a value that stays, `None` for a write that is not listed.
fn match_write(entry: &Entry, step: u32, before: B256, after: B256) -> Option<usize> {
    if after == before {
        return Some(0);
    }
    (entry.written_at(step) == Some(after)).then_some(1)
}

/// As [`match_writes`], in the order of addresses and slots, so that the first difference is the
/// same everywhere.
fn explain_writes(
    listed: &Listed<'_>,
    step: u32,
    outcome: Outcome,
) -> Result<(Ending, Vec<CreatedCode>), Rejected> {
    let mut written = 0;
    for (address, touched) in &outcome.touched {
        let account = listed.account(address).map(|(_, account)| account);
        let account = account.ok_or_else(|| mismatch(step, &format!("unlisted {address}")))?;
        written += verify_account(account, step, touched)?;
    }
    let expected = listed.write_count(step);
    require(Reason::WriteMismatch, written == expected, || {
        format!("step {step} writes {written} values, the list has {expected}")
    })?;
    let created = outcome.touched.values().filter_map(|touched| {
        touched.new_code.clone().map(|code| (touched.account.code_hash, code))
    });
    let created = created.collect();
    Ok((outcome.into(), created))
}

/// Returns how many values the step writes.
fn verify_account(
    account: &AccountAccess,
    step: u32,
    touched: &TouchedAccount,
) -> Result<usize, Rejected> {
    let HeaderLeaves { basic_data, code_hash } = touched
        .leaves_after(account.address, account.leaves_before(step))
        .map_err(|error| Rejected::new(Reason::InvalidTransaction, error.to_string()))?;
    let mut written = verify_write(&account.basic_data, step, basic_data)?
        + verify_write(&account.code_hash, step, code_hash)?;
    for (slot, value) in &touched.slots {
        match account.slot(*slot) {
            Some(entry) => written += verify_write(entry, step, B256::from(*value))?,
            // The storage of an account that the step created is zero without a read.
            None if value.is_zero() => {}
            None => return Err(mismatch(step, &format!("unlisted slot {slot:#x}"))),
        }
    }
    if touched.destroyed {
        for access in &account.slots {
            if !touched.slots.contains_key(&access.slot) {
                written += verify_write(&access.value, step, B256::from(U256::ZERO))?;
            }
        }
    }
    Ok(written)
}

/// Returns 1 for a write and 0 for a value that stays.
fn verify_write(entry: &Entry, step: u32, value: B256) -> Result<usize, Rejected> {
    let expected = (value != entry.before_index(step)).then_some(value);
    if entry.written_at(step) == expected {
        return Ok(usize::from(expected.is_some()));
    }
    let listed = entry.written_at(step);
    Err(mismatch(step, &format!("{expected:?}, the list has {listed:?}")))
}

fn mismatch(step: u32, what: &str) -> Rejected {
    Rejected::new(Reason::WriteMismatch, format!("step {step} writes {what}"))
}
