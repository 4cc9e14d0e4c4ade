//! The rules of Ethereum's forks.

macro_rules! forks {
    ($( $(#[doc = $doc:literal])+ $name:ident = $number:literal, )+) => {
        /// A fork that changed the execution rules. Its number is part of a replay version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Fork { $( $(#[doc = $doc])+ $name = $number, )+ }

        impl Fork {
            /// The fork of a number, or `None`.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $( $number => Some(Self::$name), )+ _ => None }
            }

            /// The fork of a name as the execution specs spell it, or `None`.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $( stringify!($name) => Some(Self::$name), )+ _ => None }
            }
        }
    };
}

forks! {
    /// Block 0.
    Frontier = 0,
    /// Block 1150000.
    Homestead = 1,
    /// EIP-150, block 2463000.
    TangerineWhistle = 2,
    /// EIP-158, block 2675000.
    SpuriousDragon = 3,
    /// Block 4370000.
    Byzantium = 4,
    /// Petersburg, block 7280000.
    Petersburg = 5,
    /// Block 9069000.
    Istanbul = 6,
    /// Block 12244000.
    Berlin = 7,
    /// Block 12965000.
    London = 8,
    /// Paris, block 15537394.
    Merge = 9,
    /// Block 17034870.
    Shanghai = 10,
    /// Block 19426587.
    Cancun = 11,
    /// Block 22431084.
    Prague = 12,
    /// Block 23935694.
    Osaka = 13,
}
