//! Packets from producer to endorser: honest ones, altered ones, and what they touch.

mod blocks;
mod caching;
mod hints;
mod messages;
mod packets;
mod parallel;
mod refusals;
mod stored;
mod support;
mod tampering;
mod touch_rules;
