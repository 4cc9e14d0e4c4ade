"""The vector files of the state tree say what the specification says."""

import pytest

from tests.vectors.generate import FOLDER
from tests.vectors.generate_verkle import LAYOUTS, render


@pytest.mark.parametrize("layout", LAYOUTS)
def test_generating_again_gives_the_same_file(layout: str) -> None:
    assert (FOLDER / f"{layout}.json").read_text() == render(layout)
