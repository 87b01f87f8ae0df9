"""The activation that CONTRIBUTING.md adds is one."""

import pathlib
import re
import textwrap

import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations import _spec, functional, testing
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise

GUIDE = pathlib.Path(__file__).parents[1] / "CONTRIBUTING.md"


def test_the_worked_example_keeps_every_rule(monkeypatch):
    text = GUIDE.read_text()
    assert len(text.splitlines()) < 80
    function, reference = map(textwrap.dedent, re.findall(r" +```python\n(.*?) +```", text, re.S))
    names = {"Array": Array, "activation": activation, "elementwise": elementwise, "jnp": jnp}
    written = {"np": np}
    monkeypatch.setattr(_spec, "_ACTIVATIONS", _spec._ACTIVATIONS.copy())
    exec(function, names | {"__name__": f"{functional.__name__}._bounded"})
    exec(reference, written)
    spec = _spec._ACTIVATIONS["penalized_tanh"]
    testing.check_activation(
        spec.function,
        reference=lambda x: written["penalized_tanh"](x, **spec.hyperparameters),
        kinks=spec.kinks_at(),
    )
    np.testing.assert_allclose(spec.function(jnp.array(spec.domain)), spec.limits)
    assert spec.paper.startswith("Xu et al., Revise")
    y = spec.function(jnp.array([-jnp.inf, 0.0, jnp.inf]))
    assert repr(y) in function
