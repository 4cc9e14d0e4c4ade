//! Static ABI words: structs of fixed-size fields, 32 bytes a field, as Solidity's `abi.encode`.

use alloy_primitives::{Address, B256, U256};

use crate::error::Error;

/// A value of one ABI word.
pub trait Word: Sized {
    /// The word of this value.
    fn to_word(&self) -> [u8; 32];
    /// The value of a word, or `None` if the word is not canonical for the type.
    fn from_word(word: [u8; 32]) -> Option<Self>;
}

impl Word for B256 {
    fn to_word(&self) -> [u8; 32] {
        self.0
    }

    fn from_word(word: [u8; 32]) -> Option<Self> {
        Some(Self(word))
    }
}

impl Word for U256 {
    fn to_word(&self) -> [u8; 32] {
        self.to_be_bytes()
    }

    fn from_word(word: [u8; 32]) -> Option<Self> {
        Some(Self::from_be_bytes(word))
    }
}

impl Word for Address {
    fn to_word(&self) -> [u8; 32] {
        self.into_word().0
    }

    fn from_word(word: [u8; 32]) -> Option<Self> {
        word[..12].iter().all(|byte| *byte == 0).then(|| Self::from_slice(&word[12..]))
    }
}

macro_rules! unsigned_word {
    ($($type:ty),+) => {$(
        impl Word for $type {
            fn to_word(&self) -> [u8; 32] {
                U256::from(*self).to_be_bytes()
            }

            fn from_word(word: [u8; 32]) -> Option<Self> {
                Self::try_from(U256::from_be_bytes(word)).ok()
            }
        }
    )+};
}

unsigned_word!(u8, u32, u64, u128);

/// Reads consecutive words.
#[derive(Debug)]
pub struct WordReader<'a> {
    what: &'static str,
    bytes: &'a [u8],
}

impl<'a> WordReader<'a> {
    /// A reader over exactly `count` words.
    pub fn new(what: &'static str, bytes: &'a [u8], count: usize) -> Result<Self, Error> {
        if bytes.len() != count * 32 {
            return Err(Error::encoding(
                what,
                format!("expected {} bytes, found {}", count * 32, bytes.len()),
            ));
        }
        Ok(Self { what, bytes })
    }

    /// The next word as a value.
    pub fn next<T: Word>(&mut self, field: &str) -> Result<T, Error> {
        let (word, rest) = self
            .bytes
            .split_first_chunk::<32>()
            .ok_or_else(|| Error::encoding(self.what, format!("{field} is missing")))?;
        self.bytes = rest;
        T::from_word(*word)
            .ok_or_else(|| Error::encoding(self.what, format!("{field} is not a canonical word")))
    }
}

/// Declares a struct whose encoding is the ABI words of its fields, in their order.
macro_rules! abi_words {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* pub $field:ident: $type:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $type, )+ }

        impl $name {
            /// The fields' names, in the order of their words.
            pub const FIELDS: &'static [&'static str] = &[$( stringify!($field), )+];
            /// Size of the encoding, bytes.
            pub const SIZE: usize = Self::FIELDS.len() * 32;

            /// The words of the fields, as `abi.encode` of the struct.
            pub fn encode(&self) -> Vec<u8> {
                let mut bytes = Vec::with_capacity(Self::SIZE);
                $( bytes.extend_from_slice(
                    &$crate::containers::Word::to_word(&self.$field)); )+
                bytes
            }

            /// The value of exactly [`Self::SIZE`] bytes; every word must be canonical.
            pub fn decode(bytes: &[u8]) -> Result<Self, $crate::error::Error> {
                let mut words = $crate::containers::WordReader::new(
                    stringify!($name), bytes, Self::FIELDS.len())?;
                Ok(Self { $( $field: words.next(stringify!($field))?, )+ })
            }
        }
    };
}

pub(crate) use abi_words;
