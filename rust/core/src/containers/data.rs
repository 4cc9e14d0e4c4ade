//! The data section of a data anchor: what its blobs hold beside its own payload, and their proofs.
//!
//! ```text
//! section = u32 count ‖ (u32 length ‖ payload)* ‖ u32 blobs ‖ (commitment 48 ‖ proof 48)*
//! ```

use alloy_primitives::Bytes;

use super::Reader;
use super::limits::{MAX_ANCHOR_BLOBS, MAX_ANCHOR_PAYLOADS};
use crate::error::Error;

/// Commitment and proof of a blob: compressed G1 points, not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobProof {
    /// KZG commitment to the blob.
    pub commitment: [u8; 48],
    /// Proof of its value at the point that blob and commitment give (EIP-4844).
    pub proof: [u8; 48],
}

/// The data section of a body; empty unless the packet is a data anchor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSection {
    /// The payloads of the packets since the last anchor, in their order, without the own one.
    pub payloads: Vec<Bytes>,
    /// The blobs that hold them and the own one.
    pub blobs: Vec<BlobProof>,
}

impl DataSection {
    /// Whether it says nothing, as in every packet that is no anchor.
    pub const fn is_empty(&self) -> bool {
        self.payloads.is_empty() && self.blobs.is_empty()
    }

    /// Sum of the sizes of the payloads, bytes.
    pub(super) fn payload_bytes(&self) -> usize {
        self.payloads.iter().map(|payload| payload.len()).sum()
    }

    pub(super) fn encoded_size(&self) -> usize {
        8 + 4 * self.payloads.len() + self.payload_bytes() + 96 * self.blobs.len()
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&to_u32(self.payloads.len()).to_be_bytes());
        for payload in &self.payloads {
            bytes.extend_from_slice(&to_u32(payload.len()).to_be_bytes());
            bytes.extend_from_slice(payload);
        }
        bytes.extend_from_slice(&to_u32(self.blobs.len()).to_be_bytes());
        for blob in &self.blobs {
            bytes.extend_from_slice(&blob.commitment);
            bytes.extend_from_slice(&blob.proof);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let payloads = read_count(reader, 4, "anchored payloads", MAX_ANCHOR_PAYLOADS)?;
        let payloads = (0..payloads)
            .map(|_| reader.sized("anchored payload").map(Bytes::copy_from_slice))
            .collect::<Result<_, _>>()?;
        let blobs = read_count(reader, 96, "blobs", MAX_ANCHOR_BLOBS)?;
        let blobs = (0..blobs)
            .map(|_| {
                let commitment = reader.array("blob commitment")?;
                Ok(BlobProof { commitment, proof: reader.array("blob proof")? })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { payloads, blobs })
    }
}

fn read_count(
    reader: &mut Reader<'_>,
    least_size: usize,
    what: &str,
    limit: usize,
) -> Result<usize, Error> {
    let count = reader.count(least_size, &format!("count of {what}"))?;
    if count > limit {
        let why = format!("{count} {what}, the limit is {limit}");
        return Err(Error::encoding("execution result", why));
    }
    Ok(count)
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).expect("the limits keep every section below 4 GiB")
}
