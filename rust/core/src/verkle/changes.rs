//! What to write to a store so that a tree in it becomes another one.

use super::commitment::hash_inner;
use super::keys::Stem;
use super::nodes::{Inner, NodeRef};
use super::rows::{encode_body, encode_inner};
use crate::error::Error;

/// The rows that differ between two trees of which the later one came from the earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeChanges {
    /// Inner nodes by path.
    pub inner: Vec<(Vec<u8>, Vec<u8>)>,
    /// Values by stem.
    pub stems: Vec<(Stem, Vec<u8>)>,
}

impl TreeChanges {
    /// The rows of what is below one top and not below the other.
    ///
    /// Equal scalars mean equal nodes, so what is not loaded on both sides is never looked at.
    pub(super) fn between(before: &Inner, after: &Inner) -> Result<Self, Error> {
        let mut changes = Self::default();
        if hash_inner(&before.commitment) != hash_inner(&after.commitment) {
            changes.add(&mut Vec::new(), Some(before), after)?;
        }
        Ok(changes)
    }

    fn add(
        &mut self,
        path: &mut Vec<u8>,
        before: Option<&Inner>,
        after: &Inner,
    ) -> Result<(), Error> {
        self.inner.push((path.clone(), encode_inner(after)));
        for (byte, child) in after.children.iter() {
            let old = before.and_then(|before| before.children.get(byte));
            if old.is_some_and(|old| old.scalar == child.scalar) {
                continue;
            }
            match child.node {
                NodeRef::Inner(inner) => {
                    let old = match old.map(|old| old.node) {
                        Some(NodeRef::Inner(old)) => Some(&**old),
                        _ => None,
                    };
                    path.push(byte);
                    self.add(path, old, inner)?;
                    path.pop();
                }
                NodeRef::Stem(stem) => {
                    let row = encode_body(&stem.body).ok_or_else(|| {
                        Error::Argument("the tree is a part of one, that a proof shows".into())
                    })?;
                    self.stems.push((stem.stem, row));
                }
                // It is as the store has it: what is written is in memory.
                NodeRef::Unloaded(_) => {}
            }
        }
        Ok(())
    }
}
