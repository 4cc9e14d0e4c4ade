//! Eight values at a time in 512-bit registers: the one module of SIMD.
//!
//! Every kernel here has a portable twin with identical results, and takes the [`Backend`] as an
//! argument; only the outermost call of the crate asks for [`backend`]. Asking for lanes on a
//! processor without them gives the portable twin, never a fault.
//!
//! Nothing here is constant in time: it is for public data only; keys never come near it.
//!
//! ```text
//! runs        many sums as tasks of like length, for lanes and portable code of any curve
//! sums        tasks in lanes, one addition a step, for any field
//! field       what a field brings, and subtraction and reduction that follow from it
//! bls12_381   the base field of the Verkle commitments
//! secp256k1   the base field of the signatures of transactions
//! keccak      the hash of eight messages at a time
//! limbs       limbs of 52 bits and carries; constants, computed by the compiler
//! ```

#[cfg(target_arch = "x86_64")]
mod bls12_381;
#[cfg(target_arch = "x86_64")]
mod constants;
#[cfg(target_arch = "x86_64")]
mod field;
#[cfg(target_arch = "x86_64")]
mod limbs;
pub(crate) mod runs;
#[cfg(target_arch = "x86_64")]
mod secp256k1;
#[cfg(target_arch = "x86_64")]
mod sums;

pub mod keccak;

use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::error::Error;

#[cfg(target_arch = "x86_64")]
pub(crate) use bls12_381::{add_up_bls12, decode_bls12};
#[cfg(target_arch = "x86_64")]
pub(crate) use secp256k1::{add_up_secp256k1, ladder};

/// The environment variable with the initial [`Choice`].
pub const VARIABLE: &str = "COROLLUP_BACKEND";

/// How arithmetic on public data is done; both give the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Eight values at a time in AVX-512 registers.
    Lanes,
    /// One value at a time, on every machine.
    Portable,
}

/// What a user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The fastest backend of this machine.
    #[default]
    Auto,
    /// [`Backend::Lanes`], or an error where the processor has none.
    Lanes,
    /// [`Backend::Portable`].
    Portable,
}

/// Proof that this processor runs the kernels: there is no other way to get one.
#[derive(Clone, Copy, Debug)]
pub struct Features(());

impl Features {
    /// The features of this processor; `None` if any that the kernels use is missing.
    #[inline]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        let found = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512ifma")
            && std::arch::is_x86_feature_detected!("avx512vbmi");
        #[cfg(not(target_arch = "x86_64"))]
        let found = false;
        found.then_some(Self(()))
    }
}

impl Backend {
    /// `lanes` or `portable`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lanes => "lanes",
            Self::Portable => "portable",
        }
    }

    /// The backends of this machine, the fastest first.
    pub fn available() -> &'static [Self] {
        match Features::detect() {
            Some(_) => &[Self::Lanes, Self::Portable],
            None => &[Self::Portable],
        }
    }

    /// What a kernel on lanes needs; `None` means: use the portable twin.
    #[inline]
    pub fn features(self) -> Option<Features> {
        match self {
            Self::Lanes => Features::detect(),
            Self::Portable => None,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "auto" => Ok(Self::Auto),
            "lanes" => Ok(Self::Lanes),
            "portable" => Ok(Self::Portable),
            _ => Err(Error::Argument(format!(
                "there is no backend {name:?}, only auto, lanes and portable"
            ))),
        }
    }
}

impl Choice {
    /// The backend that this choice means on this machine.
    pub fn resolve(self) -> Result<Backend, Error> {
        match (self, Features::detect()) {
            (Self::Auto | Self::Lanes, Some(_)) => Ok(Backend::Lanes),
            (Self::Lanes, None) => Err(Error::Argument(
                "this processor has no lanes: they need AVX-512 F, DQ, BW, IFMA and VBMI".into(),
            )),
            (Self::Auto, None) | (Self::Portable, _) => Ok(Backend::Portable),
        }
    }
}

const UNDECIDED: u8 = 0;
const LANES: u8 = 1;
const PORTABLE: u8 = 2;

static IN_USE: AtomicU8 = AtomicU8::new(UNDECIDED);

/// The backend in use in this process.
///
/// Before the first [`choose`] it is that of [`choose_from_environment`], or the fastest where the
/// variable cannot be followed: whoever wants that to be an error calls it at the start.
#[inline]
pub fn backend() -> Backend {
    match IN_USE.load(Ordering::Relaxed) {
        LANES => Backend::Lanes,
        PORTABLE => Backend::Portable,
        _ => decide(),
    }
}

/// Chooses the backend of this process, from now on.
pub fn choose(choice: Choice) -> Result<(), Error> {
    let code = match choice.resolve()? {
        Backend::Lanes => LANES,
        Backend::Portable => PORTABLE,
    };
    IN_USE.store(code, Ordering::Relaxed);
    Ok(())
}

/// Chooses what the variable [`VARIABLE`] says; without it the fastest.
pub fn choose_from_environment() -> Result<(), Error> {
    match std::env::var(VARIABLE) {
        Ok(name) => choose(name.parse()?),
        Err(std::env::VarError::NotPresent) => choose(Choice::Auto),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::Argument(format!("{VARIABLE} is no text")))
        }
    }
}

#[cold]
fn decide() -> Backend {
    let followed = choose_from_environment().or_else(|_| choose(Choice::Auto));
    match (followed, IN_USE.load(Ordering::Relaxed)) {
        (Ok(()), LANES) => Backend::Lanes,
        _ => Backend::Portable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_a_choice_is_what_is_in_use() {
        for backend in Backend::available() {
            let choice = backend.name().parse().expect("every backend is a choice");
            assert_eq!(Choice::resolve(choice), Ok(*backend));
            assert_eq!(backend.features().is_some(), *backend == Backend::Lanes);
        }
        assert_eq!(Choice::Auto.resolve(), Ok(Backend::available()[0]));
        choose(Choice::Auto).expect("auto is everywhere");
        assert_eq!(backend(), Backend::available()[0]);
    }

    #[test]
    fn test_an_unknown_name_is_refused() {
        let error = "avx2".parse::<Choice>().expect_err("no such backend");
        assert_eq!(
            error,
            Error::Argument("there is no backend \"avx2\", only auto, lanes and portable".into())
        );
    }

    #[test]
    fn test_lanes_without_the_processor_are_refused() {
        let refused = Choice::Lanes.resolve().is_err();
        assert_eq!(refused, Features::detect().is_none());
    }
}
