//! Whatever ends the process or the device, a state on disk is that of a committed packet.
//!
//! `COROLLUP_CRASH_ROUNDS` makes the tests longer: kills, and cuts of power a sync.

mod damage;
mod kill;
mod power;
mod support;
