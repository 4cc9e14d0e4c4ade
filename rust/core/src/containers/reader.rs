//! A cursor over a message, with lengths checked before anything is read.

use crate::error::Error;

/// Reads big-endian values from the front of a byte string.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    what: &'static str,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`; `what` names the message in errors.
    pub const fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, bytes }
    }

    /// The bytes not read yet.
    pub const fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize, field: &str) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| {
            Error::encoding(
                self.what,
                format!("{field} needs {count} bytes, {} are left", self.bytes.len()),
            )
        })?;
        self.bytes = rest;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    /// The next byte.
    pub fn u8(&mut self, field: &str) -> Result<u8, Error> {
        self.array::<1>(field).map(u8::from_be_bytes)
    }

    /// The next `u32`.
    pub fn u32(&mut self, field: &str) -> Result<u32, Error> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// The next `u64`.
    pub fn u64(&mut self, field: &str) -> Result<u64, Error> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// A `u32` count of items of at least `least_size` bytes each, which must fit in what is left.
    pub fn count(&mut self, least_size: usize, field: &str) -> Result<usize, Error> {
        let count = self.u32(field)? as usize;
        if count.saturating_mul(least_size) > self.bytes.len() {
            return Err(Error::encoding(
                self.what,
                format!("{field} {count} does not fit in {} bytes", self.bytes.len()),
            ));
        }
        Ok(count)
    }

    /// A `u32` length and as many bytes.
    pub fn sized(&mut self, field: &str) -> Result<&'a [u8], Error> {
        let length = self.u32(field)? as usize;
        self.take(length, field)
    }

    /// Refuses bytes after the end.
    pub fn finish(self) -> Result<(), Error> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        Err(Error::encoding(self.what, format!("{} bytes after the end", self.bytes.len())))
    }
}
