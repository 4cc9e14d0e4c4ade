"""JSON-RPC 2.0 over bytes: single requests and batches, errors, and the limits on both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from corollup.errors import CorollupError, RpcError

PARSE_ERROR: Final = -32700
"""The bytes are no JSON."""
INVALID_REQUEST: Final = -32600
"""The JSON is no request."""
METHOD_NOT_FOUND: Final = -32601
"""The method does not exist here."""
INVALID_PARAMS: Final = -32602
"""The parameters do not fit the method."""
INTERNAL_ERROR: Final = -32603
"""This machine failed."""
INVALID_INPUT: Final = -32000
"""The parameters are well-formed, and what they ask for is impossible."""
TRANSACTION_REJECTED: Final = -32003
"""The transaction cannot enter the pool."""
METHOD_NOT_SUPPORTED: Final = -32004
"""The chain cannot serve the method."""
LIMIT_EXCEEDED: Final = -32005
"""The request or its answer is over a limit."""

Answer = Callable[[str, bytes], Awaitable[bytes]]
"""Answers a method with its parameters, both JSON; raises `RpcError`."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one HTTP request may ask for."""

    max_body_bytes: int = 5 << 20
    """Size of a request's body."""

    max_batch: int = 1000
    """Requests in a batch."""

    max_response_bytes: int = 25 << 20
    """Size of the results of one HTTP request together."""

    read_timeout_seconds: float = 30.0
    """Time that a client may take to send a body."""

    max_concurrent_calls: int = 64
    """Calls that run or wait for a thread."""


_Id = str | int | float | None


class _Request(msgspec.Struct):
    method: Any = None
    jsonrpc: Any = None
    id: _Id | msgspec.UnsetType = msgspec.UNSET
    params: msgspec.Raw = msgspec.Raw(b"[]")


class _Result(msgspec.Struct):
    jsonrpc: str
    id: _Id
    result: msgspec.Raw


class _ErrorFields(msgspec.Struct, omit_defaults=True):
    code: int
    message: str
    data: str | None = None


class _Error(msgspec.Struct):
    jsonrpc: str
    id: _Id
    error: _ErrorFields


async def answer_body(body: bytes, answer: Answer, limits: Limits) -> bytes:
    """
    Answer the body of an HTTP request.

    Returns:
        The body of the response; empty if only notifications were sent.
    """
    if body.lstrip(b" \t\r\n").startswith(b"["):
        return await _answer_batch(body, answer, limits)
    try:
        request = msgspec.json.decode(body, type=_Request)
    except msgspec.ValidationError as error:
        return _encode_error(None, RpcError(INVALID_REQUEST, str(error)))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _encode_error(None, RpcError(PARSE_ERROR, f"invalid JSON: {error}"))
    return await _answer_request(request, answer, limits.max_response_bytes)


async def _answer_batch(body: bytes, answer: Answer, limits: Limits) -> bytes:
    try:
        entries = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _encode_error(None, RpcError(PARSE_ERROR, f"invalid JSON: {error}"))
    if not entries:
        return _encode_error(None, RpcError(INVALID_REQUEST, "the batch is empty"))
    if len(entries) > limits.max_batch:
        message = f"the batch has {len(entries)} requests, the limit is {limits.max_batch}"
        return _encode_error(None, RpcError(LIMIT_EXCEEDED, message))
    responses: list[bytes] = []
    budget = limits.max_response_bytes
    for entry in entries:
        response = await _answer_entry(entry, answer, budget)
        budget -= len(response)
        if response:
            responses.append(response)
    return b"[" + b",".join(responses) + b"]" if responses else b""


async def _answer_entry(entry: msgspec.Raw, answer: Answer, budget: int) -> bytes:
    try:
        request = msgspec.json.decode(entry, type=_Request)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _encode_error(None, RpcError(INVALID_REQUEST, str(error)))
    return await _answer_request(request, answer, budget)


async def _answer_request(request: _Request, answer: Answer, budget: int) -> bytes:
    """Answer one request with at most `budget` bytes of result; a notification gets none."""
    request_id = request.id
    result = await _run(request, answer)
    if isinstance(request_id, msgspec.UnsetType):
        if isinstance(result, RpcError) and result.code == INVALID_REQUEST:
            # What is no request is no notification either.
            return _encode_error(None, result)
        return b""
    if isinstance(result, RpcError):
        return _encode_error(request_id, result)
    if len(result) > budget:
        message = f"the response is over {budget} bytes"
        return _encode_error(request_id, RpcError(LIMIT_EXCEEDED, message))
    return msgspec.json.encode(_Result("2.0", request_id, msgspec.Raw(result)))


async def _run(request: _Request, answer: Answer) -> bytes | RpcError:
    if request.jsonrpc != "2.0":
        return RpcError(INVALID_REQUEST, 'the field "jsonrpc" is not "2.0"')
    if not isinstance(request.method, str):
        return RpcError(INVALID_REQUEST, 'the field "method" is no string')
    params = bytes(request.params)
    try:
        return await answer(request.method, b"[]" if params == b"null" else params)
    except RpcError as error:
        return error
    except CorollupError as error:
        return RpcError(INVALID_INPUT, str(error))
    except Exception:
        # A defect must not end the server, and its text may not be for strangers.
        log.exception("rpc.defect", method=request.method)
        return RpcError(INTERNAL_ERROR, "internal error")


def _encode_error(request_id: _Id, error: RpcError) -> bytes:
    data = None if error.data is None else f"0x{error.data.hex()}"
    fields = _ErrorFields(error.code, error.message, data)
    return msgspec.json.encode(_Error("2.0", request_id, fields))
