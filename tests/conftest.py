"""What every test may rely on."""

import gin
import pytest


@pytest.fixture(autouse=True)
def no_bindings_left():
    """Bindings of one test are unknown to the next."""
    yield
    gin.clear_config()
