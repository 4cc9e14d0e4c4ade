"""The bench of a large state runs, on a small one."""

from benches import state
from benches.report import render_state


def test_every_step_gives_a_row() -> None:
    rows = state.measure(2_000, 1_000)
    assert [row["accounts"] for row in rows] == [2_000] * 4 + [1_000]
    assert all(row["seconds"] > 0 and row["peak_bytes"] > 1 << 20 for row in rows)
    assert [row["bytes"] > 0 for row in rows] == [True] * 4 + [False]
    page = render_state(rows)
    assert page.count("\n") == 2 + len(rows)
    assert "| build and store a packet | 2,000 |" in page
