"""What every test may rely on, which tests a run has, and in which order."""

import gc
import shutil
import sys
from importlib.machinery import PathFinder

import gin
import jax
import psutil
import pytest

from trax_activations import registry

# For type checkers, see test_types.py; a program of its own, with two devices from its start.
collect_ignore = ["typed", "shard_worker.py"]

# Those that take minutes start first, beside the rest: the others are spread over what is left.
SLOW = [
    "test_docs_site",
    "test_checkpoint_crashes",
    "test_resume",
    "test_reversible",
    "test_compare",
    "test_cli",
    "test_cli_processes",
    "test_notebook",
    "test_examples",
    "test_mesh",
    "test_wheel",
    "test_full_disk",
    "test_stock_checkpoints",
    "test_loop_modes",
    "test_trax_lazy",
    "test_trax_missing",
]
# Of Chromium.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a process may grow by before it forgets what it has compiled, in bytes; what was left then.
MEMORY = 2e9
FORGOTTEN = pytest.StashKey[int]()


def pytest_addoption(parser):
    parser.addoption("--activation", metavar="NAME", help="only what concerns this activation")


def pytest_configure(config):
    config.option.loadscopereorder = False  # pytest-xdist's order: groups with many tests first.


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if name := config.getoption("--activation"):
        try:
            spec = registry.get(name)
        except KeyError as error:
            raise pytest.UsageError(
                f"{error.args[0]} A new one needs its line in functional/__init__.py."
            ) from None
        kept = [item for item in items if _concerns(item, spec)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    light = PathFinder.find_spec("tensorflow") is None
    for item in items:
        if "functional" in item.path.parts:
            item.add_marker("quick")
        item.add_marker(pytest.mark.xdist_group(_group(item)))
        if light and item.get_closest_marker("tensorflow"):
            item.add_marker(pytest.mark.skip(reason="needs TensorFlow, which is not installed"))
    order = {name: place for place, name in enumerate(SLOW)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_collection_finish(session):
    """What is there from now on is not looked through again and again: a tenth of all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """What was compiled is forgotten where it takes much; a process seldom gives memory back."""
    grown = psutil.Process().memory_info().rss - item.config.stash.get(FORGOTTEN, 0)
    if grown > MEMORY:
        jax.clear_caches()
        gc.collect()  # It takes seconds.
        item.config.stash[FORGOTTEN] = psutil.Process().memory_info().rss


def _group(item):
    """What one worker runs: all that is compiled for one activation, else a file."""
    spec = _activation(item)
    return spec.name if spec and item.get_closest_marker("quick") else item.path.stem


def _activation(item):
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    found = getattr(parameters.get("case"), "spec", parameters.get("spec"))
    return found if isinstance(found, registry.ActivationSpec) else None


def _concerns(item, spec):
    if item.path.stem == "test_catalogue" and not hasattr(item, "callspec"):
        return True
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    example = item.name == f"{spec.function.__module__}.{spec.name}"
    return example or _activation(item) is spec or spec.name in [*filter(_is_name, parameters)]


def _is_name(value):
    return isinstance(value, str)


@pytest.fixture(autouse=True)
def nothing_left():
    """Bindings of one test, and how far Trax counted its data, are unknown to the next."""
    yield
    gin.clear_config()
    if inputs := sys.modules.get("trax.data.inputs"):
        inputs.data_counters = {}


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs: pip install selenium")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("no Chromium here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    service = webdriver.ChromeService(driver)
    browser = webdriver.Chrome(options, service)
    yield browser
    browser.quit()
