"""
What a user of the bridge does, over the JSON-RPC of an L1 and an L2 node alone.

A step is a `Call` that its caller sends from an account, or only looks at.
"""

from dataclasses import dataclass, fields
from typing import Any, Final, Self

from corollup.errors import StateError
from corollup.l1.abi import Call, decode_values, encode_call
from corollup.l1.bridge import Bridge
from corollup.l1.client import L1Client, L1Log, to_hex
from corollup.l1.contracts import Contracts
from corollup.l1.inbox import Inbox
from corollup.l1.payouts import PayoutRecord
from corollup.l1.withdrawals import (
    NO_DELEGATE,
    AccountProof,
    MessageProof,
    WithdrawalsProof,
)
from corollup.spec.containers import Config
from corollup.spec.evidence.stem_proofs import StemProof
from corollup.spec.inbox import compute_least_gas
from corollup.spec.outbox import (
    MESSAGE_SENT_TOPIC,
    OUTBOX,
    PlacedWithdrawal,
    Withdrawal,
    compute_sent_slot,
    compute_withdrawal_hash,
)

DELEGATION: Final = bytes.fromhex("ef0100")
"""What the code of an account starts with that delegates to another (EIP-7702)."""

PAYMENT_GAS: Final = 30_000
"""Gas that a plain payment gives its receiver on the L1: the least that the outbox takes."""


@dataclass(frozen=True, slots=True)
class BridgeStatus:
    """What the bridge has and owes."""

    owed: int
    """Deposits minus payments, wei."""
    balance: int
    """What it holds, wei."""
    shortfall: int
    """What it owes beyond that, wei."""
    fast_room: int
    """What the fast door may still pay in this window, wei."""
    messages: int
    """Messages sent to the L2."""
    consumed: int
    """Messages that committed packets consumed."""
    gas_price: int
    """Price of a message's L2 gas, wei."""
    committed: int
    """Number of the last committed packet."""
    finalized: int
    """Number of the last final packet."""
    escape_root: bytes
    """State root of the escape; zero before it is open."""


@dataclass(frozen=True, slots=True)
class BridgeUser:
    """Both ends of the bridge of a network."""

    l1: L1Client
    """The L1."""
    l2: L1Client
    """The L2."""
    contracts: Contracts
    """The network's contracts."""
    config: Config
    """The network's parameters."""

    @classmethod
    async def connect(cls, l1: L1Client, l2: L1Client) -> Self:
        """
        Ask the L2 node for its network.

        Raises:
            StateError: If the network has no bridge.
        """
        described = await l2.request("corollup_getNetwork")
        at = described["contracts"]
        contracts = Contracts(**{part.name: _to_bytes(at[part.name]) for part in fields(Contracts)})
        if not contracts.has_bridge:
            raise StateError("the network has no bridge")
        return cls(l1, l2, contracts, Config.decode(_to_bytes(described["config"])))

    @property
    def inbox(self) -> Inbox:
        """Where messages to the L2 are sent."""
        return Inbox(self.l1, self.contracts.inbox)

    @property
    def bridge(self) -> Bridge:
        """Where the ETH is."""
        return Bridge(self.l1, self.contracts.bridge)

    async def get_status(self) -> BridgeStatus:
        """Return what the bridge has and owes."""
        return BridgeStatus(
            owed=await self.bridge.get_owed(),
            balance=await self.l1.get_balance(self.contracts.bridge),
            shortfall=await self.bridge.get_shortfall(),
            fast_room=await self.bridge.get_fast_room(),
            messages=await self.inbox.get_message_count(),
            consumed=int(await self._ask_state("inboxCount", "uint64")),
            gas_price=await self.inbox.get_gas_price(),
            committed=await self._get_committed_number(),
            finalized=await self.get_finalized_number(),
            escape_root=await self.get_escape_root(),
        )

    async def get_finalized_number(self) -> int:
        """Return the number of the last packet that nothing can reset."""
        data = encode_call("finalizedNumber", [], [])
        answer = await self.l1.call(self.contracts.commits, data)
        return int(decode_values(["uint64"], answer)[0])

    async def get_escape_root(self) -> bytes:
        """Return the state root of the escape; zero before it is open."""
        return bytes(await self._ask_state("escapeRoot", "bytes32"))

    async def send_message(
        self, target: bytes, *, mint: int, value: int = 0, gas: int | None = None, data: bytes = b""
    ) -> Call:
        """
        Send a message to the L2.

        Args:
            target: Who is called on the L2.
            mint: ETH to create there for the sender, wei.
            value: ETH that the call sends, wei.
            gas: Gas of the call; the least that its data needs if it is not given.
            data: What the target is called with.
        """
        gas = compute_least_gas(data) if gas is None else gas
        payment = mint + gas * await self.inbox.get_gas_price()
        return self.inbox.send_message(
            target, payment=payment, value=value, gas=gas, data=data, least_mint=mint
        )

    async def prove_message(self, tx_hash: bytes) -> MessageProof:
        """
        Show the message of a committed packet that an L2 transaction sent.

        Raises:
            StateError: If there is none.
        """
        receipt = await self.l2.get_receipt(tx_hash)
        logs = [] if receipt is None else [log for log in receipt.logs if _is_message(log)]
        if receipt is None or not logs:
            raise StateError(f"transaction 0x{tx_hash.hex()} sent no message to the L1")
        number, nonce = hex(receipt.block_number), hex(int.from_bytes(logs[0].topics[1], "big"))
        proof = await self.l2.request("corollup_getWithdrawalProof", number, nonce)
        commit = await self.l2.request("corollup_getCommitProof", number)
        if commit is None:
            raise StateError(f"packet {receipt.block_number} is not committed")
        return _read_message_proof(proof, commit)

    async def finalize(self, proof: MessageProof) -> Call:
        """
        Pay a message through the first door that is open to it.

        Raises:
            StateError: If none is.
        """
        withdrawal = proof.placed.withdrawal
        if await self.bridge.is_paid(withdrawal.nonce):
            raise StateError(f"message {withdrawal.nonce} was paid already")
        if proof.number <= await self.get_finalized_number():
            return self.bridge.withdraw(proof)
        room = await self.bridge.get_fast_room()
        if withdrawal.data or withdrawal.value > room:
            raise StateError(
                f"packet {proof.number} is not final, and the fast door has no room for the message"
            )
        return self.bridge.withdraw_fast(proof, await self._find_slot())

    async def escape_account(self, account: bytes) -> Call:
        """
        Pay an account its balance in the state of the escape.

        Raises:
            StateError: If the escape is not open.
        """
        if not any(await self.get_escape_root()):
            raise StateError("the escape is not open")
        return self.bridge.escape_account(await self.prove_account(account))

    async def escape_withdrawal(self, withdrawal: Withdrawal) -> Call:
        """Pay a message of the outbox that is in the state of the escape."""
        slot = compute_sent_slot(compute_withdrawal_hash(self.config.l2_chain_id, withdrawal))
        number = await self._get_committed_number()
        method = "corollup_getSlotProof"
        answer = await self.l2.request(method, to_hex(OUTBOX), to_hex(slot), hex(number))
        return self.bridge.escape_withdrawal(withdrawal, self._read_stem(answer)[1])

    async def prove_account(self, account: bytes) -> AccountProof:
        """Show an account in the state after the last committed packet."""
        number = await self._get_committed_number()
        method = "corollup_getVerkleProof"
        answer = await self.l2.request(method, to_hex(account), [], hex(number))
        (basic_data, code_hash), proof = self._read_stem(answer)
        code = await self.l2.get_code(account, number)
        delegate = code[3:] if code.startswith(DELEGATION) else NO_DELEGATE
        return AccountProof(account, basic_data, code_hash, proof, delegate)

    async def _get_committed_number(self) -> int:
        heads = await self.l2.request("corollup_getHeads")
        return int(heads["committed"]["number"], 16)

    def _read_stem(self, answer: Any) -> tuple[list[bytes], StemProof]:
        values = [
            (_to_bytes(entry["key"]), _to_bytes(entry["value"] or "0x" + "00" * 32))
            for entry in answer["values"]
        ]
        root, wire = _to_bytes(answer["stateRoot"]), _to_bytes(answer["proof"])
        proof = StemProof.from_wire(self.config.l2_chain_id, root, values, wire)
        return [value for _, value in values], proof

    async def _find_slot(self) -> int:
        """Find the first slot that keeps no payout which may yet be reclaimed."""
        block = await self.l1.get_block_number() + 1
        slot = 0
        while await self.bridge.get_free_block(slot) > block:
            slot += 1
        return slot

    async def _ask_state(self, name: str, output: str) -> Any:
        answer = await self.l1.call(self.contracts.state, encode_call(name, [], []))
        return decode_values([output], answer)[0]


def make_withdrawal(target: bytes, amount: int) -> Call:
    """Send a plain payment to the L1, as a call on the L2."""
    types = ["address", "uint64", "bytes"]
    return Call(OUTBOX, encode_call("sendMessage", types, [target, PAYMENT_GAS, b""]), amount)


def _is_message(log: L1Log) -> bool:
    return log.address == OUTBOX and log.topics[:1] == (MESSAGE_SENT_TOPIC,)


def _read_message_proof(proof: Any, commit: Any) -> MessageProof:
    sent = proof["withdrawal"]
    withdrawal = Withdrawal(
        nonce=int(sent["nonce"], 16),
        sender=_to_bytes(sent["sender"]),
        target=_to_bytes(sent["target"]),
        value=int(sent["value"], 16),
        gas=int(sent["gas"], 16),
        data=_to_bytes(sent["data"]),
    )
    record = PayoutRecord(
        submitter=_to_bytes(commit["submitter"]),
        refund=int(commit["refund"], 16),
        parts=tuple(_to_bytes(part) for part in commit["parts"]),
    )
    packet = WithdrawalsProof(
        slot=int(commit["slot"], 16),
        record=record,
        index=int(commit["index"], 16),
        digest=_to_bytes(commit["digest"]),
        withdrawals_root=_to_bytes(commit["withdrawalsRoot"]),
        fees_hash=_to_bytes(commit["feesHash"]),
    )
    return MessageProof(
        number=int(proof["number"], 16),
        packet=packet,
        placed=PlacedWithdrawal(withdrawal, int(sent["position"], 16), int(sent["log"], 16)),
        index=int(proof["index"], 16),
        count=int(proof["count"], 16),
        path=tuple(_to_bytes(node) for node in proof["path"]),
    )


def _to_bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
