"""What shows a committed packet to the contracts, from the events of its commit."""

from corollup.l1.payouts import CommittedProof, PayoutPart, PayoutRecord
from corollup.l1.withdrawals import WithdrawalsProof
from corollup.node.l1_view import L1View


def show_committed(l1: L1View, number: int) -> CommittedProof:
    """Show the committed packet of a number, of whose turn nobody claimed yet."""
    payout = l1.payouts[number]
    first = payout.number
    parts = [find_part(l1, first + i) for i in range(payout.count)]
    hashes = tuple(part.compute_hash() for part in parts)
    record = PayoutRecord(payout.submitter, payout.refund, hashes)
    return CommittedProof(payout.slot, record, number - first, parts[number - first])


def find_part(l1: L1View, number: int) -> PayoutPart:
    """Return the fees of a committed packet, as the State Contract kept their hash."""
    commit = l1.commits[number].event
    epoch = l1.epochs[commit.epoch]
    return PayoutPart(
        digest=commit.digest,
        withdrawals_root=commit.withdrawals_root,
        members=tuple(
            tuple(seat.id for seat in epoch.committees[index])
            for index in epoch.group(number, commit.rung)
        ),
        signers=commit.signers,
        share=commit.share,
        submitter=commit.submitter,
    )


def show_withdrawals(l1: L1View, number: int) -> WithdrawalsProof:
    """Show the committed packet of a number and the root of its messages."""
    shown = show_committed(l1, number)
    part = shown.part
    return WithdrawalsProof(
        slot=shown.slot,
        record=shown.record,
        index=shown.index,
        digest=part.digest,
        withdrawals_root=part.withdrawals_root,
        fees_hash=part.compute_fees_hash(),
    )
