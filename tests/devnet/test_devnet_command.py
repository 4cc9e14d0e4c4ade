"""`corollup devnet` as its users run it: a process, its lines, its exit code."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

INSTANCE = 33
L1_PORT = 8545 + 20 * INSTANCE
L2_PORT = 9545 + 20 * INSTANCE
HEADS = ["executed", "endorsed", "committed", "finalized"]


def run(*arguments: str, timeout_seconds: float = 90.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corollup", "devnet", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_seconds, check=False
    )


@contextmanager
def running(*arguments: str, background: bool = False) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "corollup", "devnet", *arguments]
    if background:
        # As a shell starts what ends in &: without an interrupt.
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_event(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    event: dict[str, Any] = json.loads(process.stdout.readline())
    return event


def test_json_tells_of_three_packets_up_to_finality_and_exits_with_zero() -> None:
    started = time.monotonic()
    done = run("--headless", "--packets", "3", "--json", "--instance", str(INSTANCE))
    assert (done.returncode, done.stderr) == (0, "")
    ready, *packets = [json.loads(line) for line in done.stdout.splitlines()]

    assert ready["event"] == "ready"
    assert ready["l1_url"] == f"http://127.0.0.1:{L1_PORT}"
    assert ready["l2_url"] == f"http://127.0.0.1:{L2_PORT}"
    assert (ready["l1_chain_id"], ready["l2_chain_id"]) == (31337, 267655)
    assert ready["accounts"][0]["address"] == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    final = {event["packet"]: event["digest"] for event in packets if event["status"] == HEADS[-1]}
    for number in (1, 2, 3):
        # A rival of the next view may be executed in between, before the first has its quorum.
        statuses = [event["status"] for event in packets if event["digest"] == final[number]]
        assert list(dict.fromkeys(statuses)) == HEADS
    # A bare machine needs 10 s; this one may be busy with other tests.
    assert time.monotonic() - started < 60


def test_plain_lines_end_with_a_row_for_each_finalized_packet() -> None:
    done = run(
        "--headless", "--packets", "2", "--instance", str(INSTANCE), "--endorsers", "4",
        "--committees", "1", "--producers", "1",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert any("P[capture | 2 of 4 malicious] = 0.0e+00 each" in line for line in lines)
    rows = [line.split() for line in lines if line.endswith("finalized")]
    assert [row[0] for row in rows[:2]] == ["1", "2"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_clean(number: signal.Signals) -> None:
    with running("--headless", "--json", "--instance", str(INSTANCE)) as process:
        assert read_event(process)["event"] == "ready"
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", L2_PORT))


def test_interrupt_before_the_last_packet_is_a_failure_even_in_the_background() -> None:
    arguments = ("--headless", "--json", "--packets", "1000", "--instance", str(INSTANCE))
    with running(*arguments, background=True) as process:
        assert read_event(process)["event"] == "ready"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (1, "stopped before packet 1000 was finalized\n")


@pytest.mark.parametrize("port", [L1_PORT, L2_PORT])
def test_port_in_use_names_the_port_and_another_instance(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = run("--headless", "--packets", "1", "--instance", str(INSTANCE))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"E1201 port {port} is in use. Use --instance ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--endorsers", "7", "--committees", "2"], "E1401 7 endorsers do not divide"),
        (["--endorsers", "0"], "E1401 --endorsers 0 is out of range"),
        (["--committees", "9"], "E1401 --committees 9 is out of range"),
        (
            ["--endorsers", "130", "--committees", "65"],
            "E1401 --committees 65 is out of range",
        ),
        (["--producers", "65"], "E1401 --producers 65 is out of range"),
        (["--instance", "50"], "E1401 --instance 50 is out of range"),
        (["--l1", "nowhere"], "E1401 --l1 nowhere is no URL"),
        (["--l1", "http://"], "E1401 --l1 http:// is no URL"),
        (["--l1", "http://127.0.0.1:65536"], "E1401 --l1 http://127.0.0.1:65536 is no URL"),
    ],
)
def test_shape_that_cannot_run_is_wrong_use(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_absent_l1_is_one_line() -> None:
    done = run("--headless", "--l1", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr == (
        "E1301 L1 http://127.0.0.1:1 does not answer. "
        "Start the node, or leave --l1 out for the embedded one.\n"
    )
