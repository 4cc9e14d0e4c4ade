//! The execution result: header and body, as an endorser receives it and as a file keeps it.
//!
//! ```text
//! magic 8 ‖ domain 32 ‖ u64 l2ChainId ‖ parent ‖ PN key 48 ‖ PN signature 96 ‖ header 832
//! ‖ (u32 length ‖ access list) ‖ (u32 length ‖ payload) ‖ messages ‖ data
//! ‖ u32 count ‖ (u32 length ‖ code)* ‖ (u32 length ‖ proof)
//! ```

use alloy_primitives::{B256, Bytes};

use super::limits::{
    MAX_ACCESS_ENTRIES, MAX_ANCHOR_BYTES, MAX_CODE_BYTES, MAX_MESSAGE_BYTES, MAX_RESULT_BYTES,
    MAX_TRANSACTION_BYTES,
};
use super::{DataSection, Header, InboxSection, Parent, Reader};
use crate::error::{Error, Reason, Rejected};

/// A compressed G1 point on the wire, not checked.
pub type KeyBytes = [u8; 48];
/// A compressed G2 point on the wire, not checked.
pub type SignatureBytes = [u8; 96];

const MAGIC: &[u8; 8] = b"corollp\x02";

/// What a packet is verified from, beside its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The access list, encoded ([`crate::access_list`]).
    pub access_list: Bytes,
    /// The transactions as published ([`super::decode_payload`]).
    pub payload: Bytes,
    /// The messages from L1 that the packet consumes.
    pub inbox: InboxSection,
    /// What a data anchor says of its blobs.
    pub data: DataSection,
    /// The codes from before the packet that its execution needs, strictly ascending by hash.
    pub codes: Vec<Bytes>,
    /// The Verkle multiproof of every key of the access list.
    pub proof: Bytes,
}

/// A producer's signed statement and all that is needed to verify it without the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionResult {
    /// The network ([`super::compute_domain`]).
    pub domain: B256,
    /// EIP-155 chain id of the L2, which the Verkle transcript and the transactions bind.
    pub l2_chain_id: u64,
    /// What the packet stands on.
    pub parent: Parent,
    /// The producer's key.
    pub producer_key: KeyBytes,
    /// The producer's signature over the endorsement of its own header with status 1.
    pub producer_signature: SignatureBytes,
    /// The signed fields.
    pub header: Header,
    /// The rest.
    pub body: Body,
}

impl ExecutionResult {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_size());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.domain.as_slice());
        bytes.extend_from_slice(&self.l2_chain_id.to_be_bytes());
        bytes.extend_from_slice(&self.parent.encode());
        bytes.extend_from_slice(&self.producer_key);
        bytes.extend_from_slice(&self.producer_signature);
        bytes.extend_from_slice(&self.header.encode());
        write_sized(&mut bytes, &self.body.access_list);
        write_sized(&mut bytes, &self.body.payload);
        self.body.inbox.write(&mut bytes);
        self.body.data.write(&mut bytes);
        bytes.extend_from_slice(&to_u32(self.body.codes.len()).to_be_bytes());
        for code in &self.body.codes {
            write_sized(&mut bytes, code);
        }
        write_sized(&mut bytes, &self.body.proof);
        debug_assert_eq!(bytes.len(), self.encoded_size());
        bytes
    }

    /// Bytes that [`Self::encode`] gives.
    pub fn encoded_size(&self) -> usize {
        let Body { access_list, payload, inbox, data, codes, proof } = &self.body;
        let parts = [access_list, payload, proof].into_iter().chain(codes);
        let head = MAGIC.len() + 32 + 8 + self.parent.encode().len() + 48 + 96 + Header::SIZE + 4;
        let sections = inbox.encoded_size() + data.encoded_size();
        head + sections + parts.map(|part| 4 + part.len()).sum::<usize>()
    }

    /// Reads an execution result and checks the limits on its sizes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Rejected> {
        require_limit("execution result", bytes.len(), MAX_RESULT_BYTES)?;
        let malformed = |error: Error| Rejected::new(Reason::MalformedEncoding, error.to_string());
        let mut reader = Reader::new("execution result", bytes);
        if reader.take(MAGIC.len(), "magic").map_err(malformed)? != MAGIC {
            return Err(Rejected::new(Reason::MalformedEncoding, "no execution result"));
        }
        let result = Self::read(&mut reader).map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        require_limit("payload", result.body.payload.len(), MAX_PAYLOAD_BYTES)?;
        require_limit("message data", result.body.inbox.data_bytes(), MAX_MESSAGE_BYTES)?;
        require_limit("anchored payloads", result.body.data.payload_bytes(), MAX_ANCHOR_BYTES)?;
        let code_bytes = result.body.codes.iter().map(|code| code.len()).sum();
        require_limit("codes", code_bytes, MAX_CODE_BYTES)?;
        Ok(result)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            domain: B256::new(reader.array("domain")?),
            l2_chain_id: reader.u64("l2 chain id")?,
            parent: Parent::read(reader)?,
            producer_key: reader.array("producer key")?,
            producer_signature: reader.array("producer signature")?,
            header: Header::decode(reader.take(Header::SIZE, "header")?)?,
            body: Body {
                access_list: Bytes::copy_from_slice(reader.sized("access list")?),
                payload: Bytes::copy_from_slice(reader.sized("payload")?),
                inbox: InboxSection::read(reader)?,
                data: DataSection::read(reader)?,
                codes: read_codes(reader)?,
                proof: Bytes::copy_from_slice(reader.sized("proof")?),
            },
        })
    }
}

/// Framing may at most double the size of the transactions.
const MAX_PAYLOAD_BYTES: usize = 2 * MAX_TRANSACTION_BYTES;

/// Each code is that of a listed account, which has two entries.
const MAX_CODES: usize = MAX_ACCESS_ENTRIES / 2;

fn read_codes(reader: &mut Reader<'_>) -> Result<Vec<Bytes>, Error> {
    let count = reader.count(4, "code count")?;
    if count > MAX_CODES {
        let why = format!("{count} codes, the limit is {MAX_CODES}");
        return Err(Error::encoding("execution result", why));
    }
    (0..count).map(|_| reader.sized("code").map(Bytes::copy_from_slice)).collect()
}

fn write_sized(bytes: &mut Vec<u8>, section: &[u8]) {
    bytes.extend_from_slice(&to_u32(section.len()).to_be_bytes());
    bytes.extend_from_slice(section);
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).expect("the limits keep every section below 4 GiB")
}

fn require_limit(what: &str, found: usize, limit: usize) -> Result<(), Rejected> {
    crate::error::require(Reason::LimitExceeded, found <= limit, || {
        format!("{what} has {found} bytes, the limit is {limit}")
    })
}
