"""The control of a devnet: who may open it, what it answers, and a crime on request."""

import asyncio
from pathlib import Path

import pytest

from corollup.devnet import Devnet, DevnetOptions
from corollup.devnet.control import Control, ask, find_socket
from corollup.errors import UserError
from corollup.l1.network_file import NetworkFile

OPTIONS = DevnetOptions(endorsers=4, committees=1, fisherman=True, serve=False, traffic=False)


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return find_socket(3)


def get_modes(socket: Path) -> tuple[int, int]:
    return socket.stat().st_mode & 0o777, socket.parent.stat().st_mode & 0o777


async def test_equivocation_on_request_is_reported(socket: Path) -> None:
    async with Devnet(OPTIONS) as net, Control(net, socket):
        assert get_modes(socket) == (0o600, 0o700)
        network = NetworkFile.read(socket.with_suffix(".json"))
        assert network.contracts == net.network.contracts
        with pytest.raises(UserError, match=r"^E1401 the devnet refuses: 'theft' is not a valid"):
            await ask(socket, {"inject": "theft"})
        with pytest.raises(UserError, match="expected an object with the key inject"):
            await ask(socket, {"stop": True})
        answer = await ask(socket, {"inject": "equivocate"})
        assert answer["crime"] == "equivocate"
        first, second = answer["packets"]
        assert first["number"] == second["number"]
        assert first["digest"] != second["digest"]
        assert net.fisherman is not None
        l1 = net.fisherman.l1
        async with asyncio.timeout(60):
            while not l1.faults.slashes:
                await net.clock.sleep(0.25)
    with pytest.raises(UserError, match=r"^E1402 "):
        await ask(socket, {"inject": "equivocate"})


async def test_devnet_with_one_producer_refuses_a_crime(socket: Path) -> None:
    options = DevnetOptions(producers=1, endorsers=4, committees=1, serve=False, traffic=False)
    async with Devnet(options) as net, Control(net, socket):
        with pytest.raises(UserError, match="has none that may turn against it"):
            await ask(socket, {"inject": "bad-root"})


async def test_folder_that_others_may_enter_is_refused(socket: Path) -> None:
    socket.parent.mkdir(mode=0o755)
    async with Devnet(OPTIONS) as net:
        with pytest.raises(UserError, match="is open to others"):
            await Control(net, socket).__aenter__()


async def test_nobody_listening_is_told(socket: Path) -> None:
    with pytest.raises(UserError, match=r"^E1402 no devnet listens at "):
        await ask(socket, {"inject": "bad-root"})
