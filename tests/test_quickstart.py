"""The quickstart's program runs as it is printed, on a devnet of its own."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support import PROJECT_ROOT

INSTANCE = 40


@pytest.fixture
def l2_url() -> Iterator[str]:
    """The L2 of a running devnet; Ctrl-C ends it cleanly."""
    devnet = subprocess.Popen(
        [
            *(sys.executable, "-m", "corollup", "devnet"),
            *("--headless", "--json", "--instance", str(INSTANCE)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert devnet.stdout is not None
        ready = json.loads(devnet.stdout.readline())
        assert ready["event"] == "ready"
        yield ready["l2_url"]
    finally:
        devnet.send_signal(signal.SIGINT)
        _, errors = devnet.communicate(timeout=30)
        assert (devnet.returncode, errors) == (0, "")


def test_quickstart_sends_a_transaction(l2_url: str) -> None:
    page = (PROJECT_ROOT / "docs/quickstart.md").read_text()
    program = re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert program is not None
    answer = subprocess.run(
        [sys.executable, "-c", program[1].replace("http://127.0.0.1:9545", l2_url)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "'status': 1" in answer.stdout
