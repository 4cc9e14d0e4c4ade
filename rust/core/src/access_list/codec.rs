//! The bytes of an access list.
//!
//! ```text
//! list  = u32 accounts ‖ (address 20 ‖ entry ‖ entry ‖ u32 slots ‖ (slot 32 ‖ entry)*)*
//! entry = before 32 ‖ u32 writes ‖ (u32 index ‖ value 32)*
//! ```

use alloy_primitives::{Address, B256, U256};

use super::{AccessList, AccountAccess, Entry, SlotAccess, Write};
use crate::containers::Reader;
use crate::containers::limits::MAX_ACCESS_ENTRIES;
use crate::error::{Error, Reason, Rejected, require};

const WRITE_SIZE: usize = 4 + 32;
const LEAST_ENTRY_SIZE: usize = 32 + 4;
const LEAST_SLOT_SIZE: usize = 32 + LEAST_ENTRY_SIZE;
const LEAST_ACCOUNT_SIZE: usize = 20 + 2 * LEAST_ENTRY_SIZE + 4;

impl AccessList {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_count(&mut bytes, self.accounts.len());
        for account in &self.accounts {
            bytes.extend_from_slice(account.address.as_slice());
            account.basic_data.encode_into(&mut bytes);
            account.code_hash.encode_into(&mut bytes);
            write_count(&mut bytes, account.slots.len());
            for access in &account.slots {
                bytes.extend_from_slice(&access.slot.to_be_bytes::<32>());
                access.value.encode_into(&mut bytes);
            }
        }
        bytes
    }

    /// Reads an access list.
    ///
    /// # Errors
    /// With [`Reason::MalformedEncoding`] or [`Reason::LimitExceeded`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Rejected> {
        let mut reader = Reader::new("access list", bytes);
        let accounts = read_accounts(&mut reader)?;
        reader.finish().map_err(malformed)?;
        Ok(Self { accounts })
    }
}

fn read_accounts(reader: &mut Reader<'_>) -> Result<Vec<AccountAccess>, Rejected> {
    let count = reader.count(LEAST_ACCOUNT_SIZE, "account count").map_err(malformed)?;
    let mut entries = 2 * count;
    require_entries(entries)?;
    let mut accounts: Vec<AccountAccess> = Vec::with_capacity(count);
    for _ in 0..count {
        let address = Address::new(reader.array("address").map_err(malformed)?);
        if accounts.last().is_some_and(|previous| previous.address >= address) {
            return Err(out_of_order("address", &address));
        }
        let basic_data = Entry::decode(reader).map_err(malformed)?;
        let code_hash = Entry::decode(reader).map_err(malformed)?;
        let slot_count = reader.count(LEAST_SLOT_SIZE, "slot count").map_err(malformed)?;
        entries += slot_count;
        require_entries(entries)?;
        let slots = read_slots(reader, slot_count)?;
        accounts.push(AccountAccess { address, basic_data, code_hash, slots });
    }
    Ok(accounts)
}

fn read_slots(reader: &mut Reader<'_>, count: usize) -> Result<Vec<SlotAccess>, Rejected> {
    let mut slots: Vec<SlotAccess> = Vec::with_capacity(count);
    for _ in 0..count {
        let slot = U256::from_be_bytes(reader.array::<32>("slot").map_err(malformed)?);
        if slots.last().is_some_and(|previous| previous.slot >= slot) {
            return Err(out_of_order("slot", &slot));
        }
        slots.push(SlotAccess { slot, value: Entry::decode(reader).map_err(malformed)? });
    }
    Ok(slots)
}

impl Entry {
    fn encode_into(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.before.as_slice());
        write_count(bytes, self.writes.len());
        for write in &self.writes {
            bytes.extend_from_slice(&write.index.to_be_bytes());
            bytes.extend_from_slice(write.value.as_slice());
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let before = B256::new(reader.array("value before")?);
        let count = reader.count(WRITE_SIZE, "write count")?;
        let mut writes = Vec::with_capacity(count);
        let mut previous = 0;
        for _ in 0..count {
            let index = reader.u32("write index")?;
            if index <= previous {
                let why = format!("write index {index} does not follow {previous}");
                return Err(Error::encoding("access list", why));
            }
            writes.push(Write { index, value: B256::new(reader.array("write value")?) });
            previous = index;
        }
        Ok(Self { before, writes })
    }
}

fn write_count(bytes: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("the limits keep every count below 2^32");
    bytes.extend_from_slice(&count.to_be_bytes());
}

fn malformed(error: Error) -> Rejected {
    Rejected::new(Reason::MalformedEncoding, error.to_string())
}

fn out_of_order(what: &str, found: &dyn core::fmt::Display) -> Rejected {
    let message = format!("access list: {what} {found} does not follow the one before");
    Rejected::new(Reason::MalformedEncoding, message)
}

fn require_entries(found: usize) -> Result<(), Rejected> {
    require(Reason::LimitExceeded, found <= MAX_ACCESS_ENTRIES, || {
        format!("access list has {found} entries, the limit is {MAX_ACCESS_ENTRIES}")
    })
}
