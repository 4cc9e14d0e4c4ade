"""How every test runs."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# A shared machine has slow moments, which are no failure of a property.
settings.register_profile(
    "corollup", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("corollup")


@pytest.fixture(autouse=True)
def restore_logs() -> Iterator[None]:
    """Undo what a command that ran inside a test configured."""
    yield
    structlog.reset_defaults()
