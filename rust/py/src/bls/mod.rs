//! BLS keys and signatures as Python objects, and the functions over them or over plain bytes.

mod arguments;
mod functions;
mod objects;

pub(crate) use functions::Bls;
pub(crate) use objects::{PublicKey, SecretKey, Signature};
