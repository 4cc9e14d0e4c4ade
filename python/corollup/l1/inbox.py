"""The Inbox: messages from L1 to L2."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from corollup.errors import StateError
from corollup.l1.abi import Call, decode_values, encode_call
from corollup.l1.client import L1Client
from corollup.l1.withdrawals import WITHDRAWALS_PROOF, WithdrawalsProof
from corollup.spec.containers import Header
from corollup.spec.encoding import keccak256
from corollup.spec.inbox import InboxMessage

MESSAGE_QUEUED_TOPIC: Final = keccak256(
    b"MessageQueued(uint64,address,address,uint256,uint256,uint64,bytes)"
)
"""First topic of what the inbox logs of a message."""

INBOX_MESSAGE: Final = "(address,address,uint96,uint256,uint64,bytes)"
"""ABI type of a message."""


def get_message_values(message: InboxMessage) -> tuple[Any, ...]:
    """Return the values of the ABI struct of a message."""
    return (
        message.sender,
        message.target,
        message.mint,
        message.value,
        message.gas,
        message.data,
    )


@dataclass(frozen=True, slots=True)
class Inbox:
    """Calls and views of the contract at an address."""

    client: L1Client = field(repr=False)
    """Where views are asked."""
    address: bytes
    """The contract."""

    def send_message(
        self,
        target: bytes,
        *,
        payment: int,
        value: int = 0,
        gas: int = 21_000,
        data: bytes = b"",
        least_mint: int = 0,
    ) -> Call:
        """
        Send a message to the L2.

        Args:
            target: Who is called on the L2.
            payment: Wei sent along: the price of the gas, and what is created on the L2.
            value: ETH that the call sends, out of the sender's funds on the L2, wei.
            gas: Gas of the call.
            data: What the target is called with.
            least_mint: What must be created on the L2 at least, wei, or nothing is done.
        """
        types = ["address", "uint256", "uint64", "bytes", "uint256"]
        values = [target, value, gas, data, least_mint]
        return Call(self.address, encode_call("sendMessage", types, values), payment)

    def release(self, header: Header, proof: WithdrawalsProof) -> Call:
        """Free the places of the messages that a final packet and those before it consumed."""
        values = [header.encode(), proof.to_abi()]
        return Call(self.address, encode_call("release", ["bytes", WITHDRAWALS_PROOF], values))

    async def get_gas_price(self) -> int:
        """Return the price of a message's gas in the newest block, wei."""
        return int((await self._view("gasPrice", [], [], ["uint64"]))[0])

    async def get_message_count(self) -> int:
        """Return how many messages were sent."""
        return int((await self._view("messageCount", [], [], ["uint64"]))[0])

    async def get_released_count(self) -> int:
        """Return how many messages' places are free again."""
        return int((await self._view("releasedCount", [], [], ["uint64"]))[0])

    async def get_sent_block(self, index: int) -> int:
        """Return the L1 block in which a kept message was sent."""
        outputs = ["uint64", "uint64"]
        return int((await self._view("sentAt", ["uint64"], [index], outputs))[0])

    async def find_message(self, index: int) -> InboxMessage:
        """
        Find a message in the logs of the block in which it was sent.

        Raises:
            StateError: If it is not kept.
        """
        block = await self.get_sent_block(index)
        topics = [MESSAGE_QUEUED_TOPIC, index.to_bytes(32, "big")]
        logs = await self.client.get_logs(
            address=self.address, topics=topics, from_block=block, to_block=block
        )
        if not logs:
            raise StateError(f"the L1 has no message {index}")
        sender, target = (topic[12:] for topic in logs[0].topics[2:])
        types = ["uint256", "uint256", "uint64", "bytes"]
        return InboxMessage(sender, target, *decode_values(types, logs[0].data))

    async def get_hash_after(self, parent_count: int, count: int, l1_number: int) -> bytes:
        """
        Return the hash chain after `count` messages, as the State Contract asks it.

        Raises:
            L1CallError: If no packet with this parent and anchor may have consumed as many.
        """
        types, values = ["uint64"] * 3, [parent_count, count, l1_number]
        return bytes((await self._view("hashAfter", types, values, ["bytes32"]))[0])

    async def _view(
        self, name: str, types: Sequence[str], values: Sequence[Any], outputs: Sequence[str]
    ) -> tuple[Any, ...]:
        answer = await self.client.call(self.address, encode_call(name, types, values))
        return decode_values(outputs, answer)
