"""The native core: bytes in, a small value out."""

from typing import Final

__all__ = ["VERSION"]

VERSION: Final[str]
