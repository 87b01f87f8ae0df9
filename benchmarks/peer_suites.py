"""Runs the peers' own tests of their activations with our functions in their place, and counts.

The tests are not here: fetch them from the repository of the peer, at the version installed.
PyTorch's sample inputs come with it. Tests that the peer itself does not pass here do not count.

    python benchmarks/peer_suites.py jax jax/tests/nn_test.py
    python benchmarks/peer_suites.py keras keras/keras/src/activations/activations_test.py
    python benchmarks/peer_suites.py torch
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from trax_activations import functional as F
from trax_activations import registry

Function = Callable[..., Any]

# Which of the tests of jax.nn concern activations.
JAX_TESTS = """Softplus or Sparse or Squareplus or Mish or Relu or Elu or Glu or Gelu or Dtype or
    HardTanh or Softmax or CustomJVPLeak or TanhExists or AccidentalUpcasting"""


def jax_functions() -> dict[str, Function]:
    """Ours under the names, and with the default values, of jax.nn."""
    import jax

    names = {"swish": "silu", "hard_silu": "hard_swish"}
    names |= {name: name for name in registry.names() if hasattr(jax.nn, name)}
    found: dict[str, Function] = {theirs: getattr(F, ours) for theirs, ours in names.items()}
    found["gelu"] = lambda x, approximate=True: F.gelu(x, approximate)
    return found


def keras_functions() -> dict[str, Function]:
    """Ours under the names, and with the arguments, of keras.activations."""
    names = """celu elu gelu glu hard_sigmoid hard_tanh log_sigmoid log_softmax mish relu6 selu
        sigmoid silu softmax softplus sparse_plus sparse_sigmoid sparsemax squareplus tanh
        tanh_shrink"""
    found: dict[str, Function] = {name: getattr(F, name) for name in names.split()}
    return {
        **found,
        "exponential": F.exp,
        "hard_silu": F.hard_swish,
        "hard_shrink": lambda x, threshold=0.5: F.hard_shrink(x, lambd=threshold),
        "leaky_relu": lambda x, negative_slope=0.2: F.leaky_relu(x, negative_slope),
        "linear": F.identity,
        "relu": lambda x, negative_slope=0.0, max_value=None, threshold=0.0: F.clipped_relu(
            x, max_value, float(negative_slope), float(threshold)
        ),
        "soft_shrink": lambda x, threshold=0.5: F.soft_shrink(x, lambd=threshold),
        "softsign": F.soft_sign,
        "threshold": lambda x, threshold, default_value: F.threshold(
            x, threshold=float(threshold), value=float(default_value)
        ),
    }


def swap(peer: str) -> None:
    """Puts our functions in the place of the peer's, in this process."""
    if peer == "jax":
        import jax

        module, functions = jax.nn, jax_functions()
    else:
        from keras.src import activations

        module, functions = activations, keras_functions()
    for name, function in functions.items():
        setattr(module, name, function)


class Outcomes:
    """A plug-in of pytest: what each test came to."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Counts what is skipped neither as passed nor as failed."""
        if report.when == "call" and not report.skipped:
            self.passed[report.nodeid.partition("::")[2]] = report.passed


def run_suite(peer: str, path: str, ours: bool) -> dict[str, bool]:
    """Which tests pass, in this process."""
    import pytest

    if ours:
        swap(peer)
    outcomes = Outcomes()
    chosen = ["-k", " ".join(JAX_TESTS.split())] if peer == "jax" else []
    options = ["-q", "--tb=line", "-p", "no:cacheprovider", "--rootdir", os.path.dirname(path)]
    pytest.main([*options, "-W", "ignore", "-o", "addopts=", *chosen, path], [outcomes])
    return outcomes.passed


def compare(peer: str, path: str) -> tuple[list[str], list[str]]:
    """The tests that the peer passes, and those of them that fail with ours."""
    found = []
    for who in ("--theirs", "--ours"):
        command = [sys.executable, __file__, peer, path, who]
        environment = {**os.environ, "KERAS_BACKEND": "jax"}
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        found.append(json.loads(output.stdout.splitlines()[-1]))
    theirs, ours = found
    counted = [name for name, passed in theirs.items() if passed]
    return counted, [name for name in counted if not ours.get(name)]


def torch_functions() -> dict[str, Function]:
    """Ours under the names, and with the arguments, of PyTorch's list of operations."""
    functional = {
        "celu": F.celu,
        "elu": F.elu,
        "gelu": lambda x, approximate="none": F.gelu(x, approximate == "tanh"),
        "glu": lambda x, dim=-1: F.glu(x, dim),
        "hardshrink": lambda x, lambd=0.5: F.hard_shrink(x, lambd=lambd),
        "hardsigmoid": F.hard_sigmoid,
        "hardswish": F.hard_swish,
        "hardtanh": lambda x, min_val=-1.0, max_val=1.0: F.hard_tanh(
            x, min_val=float(min_val), max_val=float(max_val)
        ),
        "leaky_relu": F.leaky_relu,
        "logsigmoid": F.log_sigmoid,
        "mish": F.mish,
        "relu": F.relu,
        "relu6": F.relu6,
        "selu": F.selu,
        "silu": F.silu,
        "softmin": lambda x, dim: F.softmin(x, axis=dim),
        "softplus": lambda x, beta=1, threshold=20: F.softplus(x, float(beta), float(threshold)),
        "softshrink": lambda x, lambd=0.5: F.soft_shrink(x, lambd=lambd),
        "softsign": F.soft_sign,
        "tanhshrink": F.tanh_shrink,
        "threshold": lambda x, threshold, value: F.threshold(
            x, threshold=float(threshold), value=float(value)
        ),
    }
    return {
        **{f"nn.functional.{name}": function for name, function in functional.items()},
        "exp": F.exp,
        "log_softmax": lambda x, dim: F.log_softmax(x, dim),
        "nn.functional.prelu": lambda x, weight: F.parametric_relu(
            x, weight.reshape(-1, *(1,) * max(x.ndim - 2, 0)) if weight.size > 1 else weight.item()
        ),
        "sigmoid": F.sigmoid,
        "softmax": lambda x, dim: F.softmax(x, dim),
        "tanh": F.tanh,
    }


def torch_samples() -> Iterator[tuple[str, bool]]:
    """Of each sample input of PyTorch's, whether our value and gradient are theirs."""
    from torch.testing._internal.common_methods_invocations import op_db

    functions = torch_functions()
    for op in op_db:
        if op.name in functions and not op.variant_test_name.startswith("with_dtype"):
            import torch

            for i, sample in enumerate(op.sample_inputs("cpu", torch.float32, requires_grad=True)):
                same = _agrees(op, functions[op.name], sample)
                yield f"{op.name} {i} {tuple(sample.input.shape)} {sample.kwargs}", same


def _agrees(op: Any, function: Function, sample: Any) -> bool:
    import jax
    import torch

    x = sample.input.detach().requires_grad_(True)
    theirs = op(x, *sample.args, **sample.kwargs)
    weights = np.cos(np.arange(theirs.numel())).reshape(theirs.shape).astype(np.float32)
    (slope,) = torch.autograd.grad((theirs * torch.tensor(weights)).sum(), x)

    def as_numpy(value: Any) -> Any:
        return value.detach().numpy() if isinstance(value, torch.Tensor) else value

    keywords = {k: as_numpy(v) for k, v in sample.kwargs.items() if k != "inplace"}
    args = [as_numpy(value) for value in sample.args]
    try:
        ours, pull = jax.vjp(lambda x: function(x, *args, **keywords), x.detach().numpy())
        (gradient,) = pull(jax.numpy.asarray(weights))
    except (TypeError, ValueError) as error:
        print(f"{op.name}: {error}", file=sys.stderr)
        return False
    pairs = ((ours, theirs.detach()), (gradient, slope))
    return all(
        each.shape == tuple(other.shape) and np.allclose(each, other, rtol=1e-5, atol=1e-6)
        for each, other in pairs
    )


def main() -> None:
    """Prints how many pass, and the names of those that do not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=["jax", "keras", "torch"])
    parser.add_argument("path", nargs="?", default="", help="file of its tests")
    for who in ("theirs", "ours"):
        parser.add_argument(f"--{who}", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.theirs or arguments.ours:
        print(f"\n{json.dumps(run_suite(arguments.peer, arguments.path, arguments.ours))}")
        return
    if arguments.peer == "torch":
        samples = dict(torch_samples())
        counted, failed = [*samples], [name for name, same in samples.items() if not same]
    else:
        counted, failed = compare(arguments.peer, os.path.abspath(arguments.path))
    print(f"{arguments.peer}: {len(counted) - len(failed)} of {len(counted)} pass")
    for name in failed:
        print(f"  {name}")


if __name__ == "__main__":
    main()
