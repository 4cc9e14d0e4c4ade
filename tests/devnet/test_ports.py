"""Ports that are taken, and the instance that is named instead."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from corollup.devnet.options import MAX_INSTANCE, DevnetOptions
from corollup.devnet.ports import is_free, require_free_ports
from corollup.errors import UserError


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield


def port_of(instance: int) -> int:
    return DevnetOptions(instance=instance).l2_port


def next_free(instance: int) -> int:
    """The first instance after one whose ports are free on the machine of this test."""
    options = (DevnetOptions(instance=other) for other in range(instance + 1, MAX_INSTANCE + 1))
    return next(o.instance for o in options if is_free(o.l1_port) and is_free(o.l2_port))


def test_free_ports_are_no_matter() -> None:
    require_free_ports(DevnetOptions(instance=next_free(40)))


def test_taken_port_names_the_next_instance_that_is_free() -> None:
    first = next_free(40)
    second = next_free(first)
    with taken(port_of(first)), taken(port_of(second)):
        expected = f"E1201 port {port_of(first)} is in use. Use --instance {next_free(second)}."
        with pytest.raises(UserError) as refused:
            require_free_ports(DevnetOptions(instance=first))
    assert str(refused.value) == expected


def test_last_instance_is_sent_to_one_below() -> None:
    options = DevnetOptions(instance=MAX_INSTANCE)
    # A port that another program holds is as taken as one that this test takes.
    holder = taken(options.l2_port) if is_free(options.l2_port) else nullcontext()
    with holder, pytest.raises(UserError) as refused:
        require_free_ports(options)
    named = int(str(refused.value).removesuffix(".").rsplit(" ", 1)[1])
    assert named < MAX_INSTANCE


def test_foreign_l1_needs_no_l1_port() -> None:
    instance = next_free(40)
    options = DevnetOptions(instance=instance, l1_url="http://127.0.0.1:1")
    with taken(options.l1_port):
        require_free_ports(options)
