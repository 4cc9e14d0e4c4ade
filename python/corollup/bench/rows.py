"""A measured figure, its peer and its goal."""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

Key: TypeAlias = tuple[str, str, str | None]
"""Metric, backend and peer of a row."""

RATIO: Final = "ratio"
"""Unit of a figure that was divided by its peer's in the same run."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one backend, beside one peer."""

    metric: str
    """What is measured."""

    backend: str
    """How the native core does its arithmetic: `lanes` or `portable`."""

    value: float
    """The figure."""

    unit: str
    """Unit of the figure; `ratio` where it was divided by the peer's."""

    goal: float | None = None
    """The figure is at most this; none where it is only published."""

    ok: bool | None = None
    """Whether the goal is met; none without a goal."""

    peer: str | None = None
    """Who does the same, or a known amount of work, and the unit of its figure."""

    peer_value: float | None = None
    """The peer's figure in the same run."""

    def with_goal(self, goal: float | None) -> "Row":
        """Return the row judged by a goal."""
        return replace(self, goal=goal, ok=None if goal is None else self.value <= goal)

    @property
    def key(self) -> Key:
        """What stays the same from run to run."""
        return self.metric, self.backend, self.peer

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of the peer's, which carries between machines."""
        if self.unit == RATIO:
            return self.value
        return self.value / self.peer_value if self.peer_value else None

    def to_json(self) -> dict[str, Any]:
        """Return the row as one JSON object, four significant digits a figure."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: _shorten(value) for name, value in values.items()}


def _shorten(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value
