//! From an executed packet to its header, and from there to its proof.

use alloy_primitives::{B256, Bytes};

use super::{Built, Draft, Request};
use crate::access_list::{AccessList, compute_access_root, final_writes};
use crate::containers::limits::{MAX_RESULT_BYTES, MAX_UPDATED_SLOTS};
use crate::containers::{
    Body, DataSection, ExecutionResult, Header, compute_digest, compute_payload_hash,
    encode_payload,
};
use crate::endorser::compute_update_root;
use crate::error::Error;
use crate::evm::Transaction;
use crate::merkle::compute_merkle_root;
use crate::outbox::compute_withdrawals_root;
use crate::receipts::{Receipt, compute_receipts_root};
use crate::senders::compute_hints;
use crate::verkle::{Key, Tree};

/// A packet whose header is complete and whose proof is still to be made.
pub struct Prepared {
    /// The execution result, its proof empty and its signature zero.
    result: ExecutionResult,
    draft: Draft,
    keys: Vec<Key>,
    tree_before: Tree,
    tree_after: Tree,
}

impl Prepared {
    /// Computes the roots, or gives `None` if the packet is over a limit that only they show.
    pub(super) fn new(
        tree: &Tree,
        mut header: Header,
        request: &Request,
        mut draft: Draft,
    ) -> Result<Option<Self>, Error> {
        let entries = draft.access_list.entries();
        let keys: Vec<Key> = entries.iter().map(|(key, _)| *key).collect();
        tree.load(&keys)?;
        let mut tree_after = tree.clone();
        let applied = tree_after.apply(&final_writes(&entries))?;
        if applied.updates.len() > MAX_UPDATED_SLOTS {
            return Ok(None);
        }
        let bytes: Vec<_> =
            draft.transactions.iter().map(|transaction| transaction.bytes()).collect();
        let payload = encode_payload(&bytes)?;
        header.gas_used = draft.receipts.last().map_or(0, |receipt| receipt.cumulative_gas);
        header.post_state_root = applied.post_root;
        header.transactions_root = compute_merkle_root(&bytes);
        header.access_root = compute_access_root(&entries);
        header.update_root = compute_update_root(&applied.updates);
        header.receipts_root = compute_receipts_root(&draft.receipts);
        header.withdrawals_root =
            compute_withdrawals_root(request.config.l2_chain_id, &draft.receipts);
        header.payload_hash = compute_payload_hash(&payload);
        let result = ExecutionResult {
            domain: request.domain,
            l2_chain_id: request.config.l2_chain_id,
            parent: request.parent.clone(),
            producer_key: request.producer_key,
            producer_signature: [0; 96],
            body: Body {
                access_list: draft.access_list.encode().into(),
                payload: payload.into(),
                inbox: request.inbox.clone(),
                data: DataSection::default(),
                codes: core::mem::take(&mut draft.codes),
                proof: Bytes::new(),
            },
            header,
        };
        Ok(Some(Self { result, draft, keys, tree_before: tree.clone(), tree_after }))
    }

    /// The header, which is what the next packet stands on.
    pub const fn header(&self) -> &Header {
        &self.result.header
    }

    /// The tree after the packet.
    pub const fn tree(&self) -> &Tree {
        &self.tree_after
    }

    /// The values before and the writes of everything touched.
    pub const fn access_list(&self) -> &AccessList {
        &self.draft.access_list
    }

    /// The codes that the packet created.
    pub fn created_codes(&self) -> &[Bytes] {
        &self.draft.created_codes
    }

    /// The included transactions.
    pub fn transactions(&self) -> &[Transaction] {
        &self.draft.transactions
    }

    /// One receipt a message, then one a transaction.
    pub fn receipts(&self) -> &[Receipt] {
        &self.draft.receipts
    }

    /// Digest of the header, which the producer signs.
    pub fn digest(&self) -> B256 {
        compute_digest(&self.result.domain, &self.result.header)
    }

    /// Makes the proof. Gives `None` if the packet is larger with it than an endorser accepts.
    ///
    /// # Errors
    /// If the store of the tree does not answer.
    pub fn prove(mut self) -> Result<Option<Built>, Error> {
        if !self.keys.is_empty() {
            let proof = self.tree_before.prove(self.result.l2_chain_id, &self.keys)?;
            self.result.body.proof = proof.into();
        }
        if self.result.encoded_size() > MAX_RESULT_BYTES {
            return Ok(None);
        }
        let digest = self.digest();
        let Draft { access_list, created_codes, transactions, receipts, refused, .. } = self.draft;
        Ok(Some(Built {
            result: self.result,
            hints: compute_hints(&transactions),
            digest,
            access_list,
            transactions,
            receipts,
            created_codes,
            tree: self.tree_after,
            refused,
        }))
    }
}
