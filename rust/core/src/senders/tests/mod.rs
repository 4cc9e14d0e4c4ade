mod arithmetic;
mod hints;
#[cfg(target_arch = "x86_64")]
mod recovery;
mod sums;

/// 32 bytes that nothing else depends on.
fn random(seed: u64) -> [u8; 32] {
    alloy_primitives::keccak256(seed.to_be_bytes()).0
}
