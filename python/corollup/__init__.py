"""The Collaborative Rollup: transactions, final when a random committee re-executed them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The metadata reader is imported on demand: `import corollup` stays cheap.
    from importlib.metadata import version

    return version("corollup")
