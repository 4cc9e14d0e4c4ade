//! The one module that knows revm.

mod fork;

pub use fork::Fork;
