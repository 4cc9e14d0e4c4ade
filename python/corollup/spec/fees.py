"""
Fees: what a packet costs its producer, and who gets it (protocol, section 7).

    pot     = feeGasPrice · min(gas, feeGasLimit) · signers / n
    refund  = L1 gas · min(L1 gas price, cap)

The submitter takes a constant part of the pot if its rank is open; the signers share the rest
equally. Every further signer raises everybody's total, so nobody gains by leaving one out.
"""

from dataclasses import dataclass

from corollup.spec.committee import compute_submitter_rank
from corollup.spec.constants import BASIS_POINTS
from corollup.spec.containers import Header
from corollup.spec.encoding import Bytes32


@dataclass(frozen=True, slots=True)
class Payment:
    """How the fees of a packet are paid out of its producer's account, wei."""

    refund: int
    """To the submitter, for the L1 gas."""

    submitter_share: int
    """To the submitter, out of the pot."""

    signer_share: int
    """To each signer, out of the pot."""

    left: int
    """What stays in the account."""


def compute_pot(header: Header, status: int, signers: int, committee_size: int) -> int:
    """
    Compute the endorsing pot of a packet, wei.

    A quorum of status 0 is paid for the gas that the fee counts at most, since a wrong header may
    say anything of the gas used. All seats may sign on rung 2: the pot reaches M pots.
    """
    gas = header.gas_used if status == 1 else header.fee_gas_limit
    fee_gas = min(gas, header.fee_gas_limit)
    return header.fee_gas_price * fee_gas * signers // committee_size


def compute_greatest_pot(header: Header, committees: int) -> int:
    """Compute the greatest pot of a packet, which the producer's account must cover, wei."""
    return header.fee_gas_price * header.fee_gas_limit * committees


def compute_refund(l1_gas: int, l1_gas_price: int, gas_price_cap: int) -> int:
    """Compute the refund of the submitter's L1 gas, wei."""
    return l1_gas * min(l1_gas_price, gas_price_cap)


def is_rank_open(
    position: int, digest: Bytes32, committee_size: int, age_seconds: int, rank_window: int
) -> bool:
    """
    Decide whether a member of the signing group may earn the submitter's share.

    Args:
        position: Its position in the group.
        digest: Digest of the packet.
        committee_size: Seats of one committee, on every rung.
        age_seconds: Time from the packet's timestamp to the L1 block of the commit.
        rank_window: Time after which the next rank opens, seconds.
    """
    return compute_submitter_rank(position, digest, committee_size) * rank_window <= age_seconds


def compute_payment(
    balance: int, refund: int, pot: int, signers: int, submitter_share_bps: int
) -> Payment:
    """
    Compute what is paid: the refund first, then the pot, as far as the account goes.

    Args:
        balance: The producer's fee account, wei.
        refund: Refund of the submitter's L1 gas, wei.
        pot: Endorsing pot, wei.
        signers: Members among whom the pot is shared.
        submitter_share_bps: Part of the submitter, basis points; 0 while its rank is not open.
    """
    refund = min(refund, balance)
    pot = min(pot, balance - refund)
    submitter_share = pot * submitter_share_bps // BASIS_POINTS
    signer_share = (pot - submitter_share) // signers
    left = balance - refund - submitter_share - signer_share * signers
    return Payment(refund, submitter_share, signer_share, left)
