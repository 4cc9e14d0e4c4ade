"""
The suite of goals: parts, each of which gives rows for one backend.

A part that lacks something (mainnet blocks, Go, a second core) is left out, and says what it needs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from corollup.bench import go_verkle, peers, processes
from corollup.bench.goals import find_goal
from corollup.bench.lacks import LackingError, find_blocks, require_cores
from corollup.bench.rows import Row
from corollup.engine import GoalBench, ReplayBlock, backend, choose_backend
from corollup.errors import CorollupError, StateError
from corollup.replay.files import read_blocks

QUICK_RUNS: Final = 5
"""How often each time is taken in a quick run; the least counts."""
FULL_RUNS: Final = 15
"""How often each time is taken otherwise."""


@dataclass(slots=True)
class Suite:
    """What the parts share."""

    runs: int
    """How often each time is taken."""
    benches: list[GoalBench] = field(default_factory=list)
    """The native measurements, once they were asked for: their trees are made once."""

    measured: list[Row] = field(default_factory=list)
    """The rows so far."""

    @property
    def bench(self) -> GoalBench:
        """The native measurements, on the mainnet blocks where they are there."""
        if not self.benches:
            self.benches.append(GoalBench(self.runs, load_blocks()))
        return self.benches[0]


def load_blocks() -> list[ReplayBlock]:
    """Load the mainnet blocks, none where they are absent."""
    try:
        folder = find_blocks()
    except LackingError:
        return []
    return [
        ReplayBlock(files.block, files.pre_state, files.codes, files.block_hashes)
        for files in read_blocks([folder])
    ]


def measure_native(subject: str, suite: Suite) -> Iterator[Row]:
    """Measure a subject in the native core."""
    for metric, value, unit, peer, peer_value in suite.bench.measure(subject):
        yield Row(metric, backend(), value, unit, peer=peer, peer_value=peer_value)


def measure_on_blocks(subject: str, suite: Suite) -> Iterator[Row]:
    """Measure a subject that needs the mainnet blocks."""
    find_blocks()
    return measure_native(subject, suite)


def measure_blocks_on_two_cores(suite: Suite) -> Iterator[Row]:
    """Verify them on two cores, both sides."""
    require_cores(2)
    return measure_on_blocks("blocks on two cores", suite)


def measure_go_verkle(suite: Suite) -> Iterator[Row]:
    """Compare the state tree with go-verkle; it is measured first if it was not."""
    own = {row.metric: row for row in suite.measured if row.backend == backend()}
    if not own:
        own = {row.metric: row for row in measure_native("verkle", suite)}
    yield from go_verkle.measure(own)


def measure_memory(suite: Suite) -> Iterator[Row]:
    """Look at what an endorser holds at its peak."""
    find_blocks()
    yield processes.measure_memory(suite.bench)


def measure_specification(suite: Suite) -> Iterator[Row]:
    """Verify a small block beside the specification."""
    find_blocks()
    yield peers.measure_specification(suite.bench)


def measure_library(name: str, _: Suite) -> Iterator[Row]:
    """Check endorsements beside another library."""
    yield peers.measure_endorsements(name)


def measure_import(suite: Suite) -> Iterator[Row]:
    """Import the package."""
    yield processes.measure_import(suite.runs)


PARTS: Final[Mapping[str, Callable[[Suite], Iterator[Row]]]] = {
    "blocks": partial(measure_on_blocks, "blocks"),
    "cores": measure_blocks_on_two_cores,
    "verkle": partial(measure_native, "verkle"),
    "growth": partial(measure_on_blocks, "growth"),
    "witness": partial(measure_on_blocks, "witness"),
    "senders": partial(measure_native, "senders"),
    "go-verkle": measure_go_verkle,
    "endorsements": partial(measure_native, "endorsements"),
    "committees": partial(measure_on_blocks, "committees"),
    **{name: partial(measure_library, name) for name in peers.ENDORSERS},
    "specification": measure_specification,
    "memory": measure_memory,
    "import": measure_import,
}
"""Every part of the goals by its name."""
SUITES: Final = {"goals": PARTS}
"""What can be measured."""


def run_suite(
    parts: Sequence[str], backends: Sequence[str], runs: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, Row]]:
    """
    Measure parts with each backend; gives each row with its part.

    Args:
        parts: Names of `PARTS`.
        backends: `lanes`, `portable`, or `auto` for the fastest of this machine.
        runs: How often each time is taken; the least counts.
        tell: Takes one line for each part that is left out.

    Raises:
        StateError: After all other parts, if one failed.
    """
    suite, failed = Suite(runs), []
    before = backend()
    try:
        for name in parts:
            for choice in backends:
                choose_backend(choice)
                try:
                    for row in PARTS[name](suite):
                        suite.measured.append(row)
                        yield name, row.with_goal(find_goal(row.metric, row.backend))
                except LackingError as lack:
                    tell(f"not measured: {name}: {lack}")
                    break
                except CorollupError as error:
                    tell(f"failed: {name}: {error}")
                    failed.append(name)
                    break
    finally:
        choose_backend(before)
    if failed:
        raise StateError(f"could not measure {', '.join(failed)}")
