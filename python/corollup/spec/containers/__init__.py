"""
The protocol's data and its bytes: configuration, genesis, header, execution result.

All integers are big-endian. A decoder accepts exactly one byte string per value.
"""

from corollup.spec.containers.config import Config, Genesis
from corollup.spec.containers.data import BlobProof, DataSection
from corollup.spec.containers.header import Header
from corollup.spec.containers.inbox import InboxSection
from corollup.spec.containers.messages import (
    compute_appeal_message,
    compute_digest,
    compute_domain,
    compute_endorse_message,
    compute_key_hash,
    compute_registration_message,
)
from corollup.spec.containers.parent import (
    GenesisParent,
    HeaderParent,
    Parent,
    compute_parent_hash,
    read_parent,
)
from corollup.spec.containers.payload import (
    compute_payload_hash,
    compute_transactions_root,
    decode_payload,
    encode_payload,
)
from corollup.spec.containers.result import Body, ExecutionResult

__all__ = [
    "BlobProof",
    "Body",
    "Config",
    "DataSection",
    "ExecutionResult",
    "Genesis",
    "GenesisParent",
    "Header",
    "HeaderParent",
    "InboxSection",
    "Parent",
    "compute_appeal_message",
    "compute_digest",
    "compute_domain",
    "compute_endorse_message",
    "compute_key_hash",
    "compute_parent_hash",
    "compute_payload_hash",
    "compute_registration_message",
    "compute_transactions_root",
    "decode_payload",
    "encode_payload",
    "read_parent",
]
