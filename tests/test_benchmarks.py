"""The benchmarks run, and their figures make a page: how fast things are is not tested."""

import json
import re
import runpy
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations import registry

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ABOUT = {"python": "3.11", "versions": {"jax": "1"}}


@pytest.fixture
def load(monkeypatch):
    """Loads a benchmark by its name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)

    def loaded(name):
        return runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name=name)

    yield loaded
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or ".").parent == BENCHMARKS:
            del sys.modules[name]


def page(load, folder, **reports):
    for name, report in reports.items():
        (folder / f"{name}.json").write_text(json.dumps(ABOUT | report))
    return load("report")["page"](folder, folder)


@pytest.mark.parametrize("name", ["relu", "parametric_relu", "randomized_relu", "swiglu", "exp"])
def test_times_of_an_activation_and_its_peers(name, load, tmp_path):
    row = load("speed")["measure"](registry.get(name), (4, 8), "float32", 2)
    rivals = {"ours", "plain", "textbook"}
    assert rivals <= set(row["network"])
    assert rivals | {"copy"} <= set(row["fused"])
    assert row["network"]["ratio"] > 0
    text = page(load, tmp_path, speed={"milliseconds": {name: row}})
    assert f"| {name} |" in text
    assert "1 activations, median ratio" in text
    for picture in ("speed_as_in_a_network", "speed_in_one_program"):
        assert f"](images/figures/{picture}.svg)" in text
        drawn = (tmp_path / "images" / "figures" / f"{picture}.svg").read_text()
        assert {f">{word}</text>" for word in (name, *rivals)} <= set(
            re.findall(r">[^<]*</text>", drawn)
        )


@pytest.mark.parametrize("name", ["gelu", "parametric_relu", "randomized_relu", "softmax", "glu"])
def test_what_is_timed_is_the_gradient(name, load):
    spec = registry.get(name)
    x = jnp.linspace(-2.0, 3.0, 32).reshape(4, 8)
    for function in load("peers")["jax_functions"](spec).values():
        apart, both = load("speed")["jax_steps"](spec, function, x)
        for one, other in zip(apart(), both()[1], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_memory_of_an_activation_and_its_peers(load, tmp_path):
    row = load("memory")["measure"](registry.get("gelu"), 64, 256)
    assert row["compiled"]["ours"] <= 2.1 < row["compiled"]["plain"]
    text = page(load, tmp_path, memory={"tensors_per_layer": {"gelu": row}})
    assert '"ours" keeps 1.1 or less for 0, 2.1 or less for 1.' in text


def test_a_page_names_the_files_of_which_there_are_several(load, tmp_path):
    loops = {"loops": {"ours": {"median_us": 1.0, "ratio_to_stock": 0.5}}}
    text = page(load, tmp_path, loop=loops)
    assert "## The loop\n" in text
    text = page(load, tmp_path, loop=loops, other=loops)
    assert "## The loop: other\n" in text


def test_a_page_of_nothing(load, tmp_path):
    with pytest.raises(SystemExit, match=r"No figures in .* write some first"):
        page(load, tmp_path)


def test_the_page_of_figures_is_made_of_the_results(load, tmp_path):
    page = BENCHMARKS.parent / "docs" / "figures.md"
    assert load("report")["page"](BENCHMARKS / "results", tmp_path) == page.read_text()
    drawn = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.svg"))
    assert drawn == sorted(
        path.relative_to(page.parent) for path in (page.parent / "images" / "figures").iterdir()
    )


def test_digits_and_what_is_paid_before_running(load, tmp_path):
    relu = registry.get("relu")
    ulps = {"relu": load("accuracy")["measure"](relu)}
    assert {of["ours"]["value"]["ulps"] for of in ulps["relu"].values()} == {0}
    traced = {"relu": load("trace")["measure"](relu, 1, layers=2)}
    assert traced["relu"]["ours"]["tracing_ms"] > 0
    text = page(
        load,
        tmp_path,
        accuracy={
            "ulps": ulps,
            "reasons": {"sine float32": "Phase."},
            "closer": {"celu": {"float32 value": "torch 1, ours 4: Within the budget."}},
        },
        trace={"before_running": traced},
    )
    assert "## Accuracy" in text
    assert "| relu | ours | 0 | 0 |" in text
    assert "| celu | float32 value | torch 1, ours 4: Within the budget. |" in text
    assert "## Before running" in text


def test_simulated_races(load, tmp_path):
    rates = load("race")["rates"](20, 5, 5)
    assert rates["normal"]["8 sd behind"] > 0.5 > rates["normal"]["error"]
    text = page(load, tmp_path, race={"wrongly_left": {"5 activations, 5 seeds": rates}})
    assert "### 5 activations, 5 seeds" in text
    assert "|  | error | 2 sd behind | 4 sd behind | 8 sd behind |" in text


def test_training_beside_other_frameworks(load, tmp_path):
    made = load("training_peers")
    steps, parameters = made["ours"]("MLP 256")
    steps(1)
    assert parameters == 785 * 256 + 257 * 256 + 257 * 10
    row = {"steps_per_second": 9.0, "ratio_to_ours": 1, "peak_mb": 400, "parameters": parameters}
    row |= {"first_step_s": 2.0, "first_step_cpu_s": 1.5, "run_1_to_step": 1.05}
    training = {"MLP 256": {"ours": row, "torch": row | {"ratio_to_ours": 2.381}}}
    assert "torch" in load("peers_training")["shown"](training)
    text = page(load, tmp_path, training={"training": training})
    assert "| torch | 9.0 | 2.38 | 400 | 2.0 | 1.5 |" in text
    assert "269,322 weights. `run(1)`: 1.05 steps." in text


def test_functions_for_the_suites_of_peers_are_theirs(load):
    suites = load("peer_suites")
    assert {"gelu", "relu", "swish", "softmax"} <= {*suites["jax_functions"]()}
    x = np.float32([-8.0, -0.25, 0.25, 8.0])
    for name, function in suites["jax_functions"]().items():
        np.testing.assert_allclose(function(x), getattr(jax.nn, name)(x), rtol=2e-5, atol=1e-6)


def test_seeds_trained_together(load, tmp_path):
    row = {"cpu_s": 20.0, "wall_s": 10.0, "peak_mb": 300, "accuracy": {"Relu": 0.97}}
    ways = {"together": {**row, "cpu_s_ratio": 0.4, "wall_s_ratio": 0.5}}
    text = page(load, tmp_path, vectorized={"ways": ways, "seeds": 10})
    assert "| together | 20 (40%) | 10 (50%) | 300 | Relu 0.970 |" in text
    assert callable(load("vectorized")["measure"])
