"""How every test runs."""

from hypothesis import HealthCheck, settings

# A shared machine has slow moments, which are no failure of a property.
settings.register_profile(
    "corollup", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("corollup")
