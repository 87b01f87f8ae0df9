"""What every test may rely on."""

from importlib.machinery import PathFinder

import gin
import pytest

collect_ignore = ["typed"]  # For type checkers, not to be run: see test_types.py.


def pytest_collection_modifyitems(items):
    """Skips what needs TensorFlow in an environment that is light."""
    if PathFinder.find_spec("tensorflow"):
        return
    for item in items:
        if item.get_closest_marker("tensorflow"):
            item.add_marker(pytest.mark.skip(reason="needs TensorFlow, which is not installed"))


@pytest.fixture(autouse=True)
def no_bindings_left():
    """Bindings of one test are unknown to the next."""
    yield
    gin.clear_config()
