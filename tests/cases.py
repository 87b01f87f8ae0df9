"""Every registered activation with every setting to try, as test cases."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from digits import double_precision as double_precision
from references import REFERENCES, SETTINGS

from trax_activations import registry

KEY = jax.random.key(7)

# Of inputs, in every test that can do with it: each shape is compiled anew.
SHAPE = (16, 8)

# Relative and absolute tolerance of values and derivatives against float64.
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 2e-3, "bfloat16": 1.6e-2}

DTYPES = ("float32", "float16", "bfloat16")

# Size of the inputs of the few that cannot be tried on inputs up to 60 in size.
SCALE = {
    "exp": 0.1,  # It overflows float16 at 11.
    "sine": 0.01,  # The phase, 30 times the input, is rounded before the sine is taken.
}

# Without a limit: what float32 says far out is no fault of the function.
NO_LIMIT = {"sine"}

# Whose noise is added: only without it are there kinks to be seen.
ADDED_NOISE = {"prob_act"}

# Those that bend in a parameter where that is 0: of absolute values of coefficients.
BENDS_IN_PARAMETERS = {"randomized_rational", "rational"}


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """An activation with values for its parameters and hyperparameters."""

    spec: registry.ActivationSpec
    parameters: tuple
    hyperparameters: dict

    def __call__(self, x, *parameters):
        """Applies the function, with a key if it wants one, and these or other parameters."""
        key = (KEY,) if self.spec.random else ()
        return self.spec.function(x, *key, *(parameters or self.parameters), **self.hyperparameters)

    def reference(self, x):
        """The float64 value."""
        key = {"key": KEY} if self.spec.random else {}
        names = [parameter.name for parameter in self.spec.parameters]
        values = dict(zip(names, self.parameters, strict=True)) | self.hyperparameters | key
        return REFERENCES[self.spec.name](np.asarray(x, np.float64), **values)

    @property
    def form(self):
        """What is other code, and not other values of the same parameters."""
        return self.spec.name, *self.hyperparameters.items()

    @property
    def along_axis(self):
        """Whether it is a function of vectors, and not of each element by itself."""
        return self.spec.along_axis

    @property
    def kinks(self):
        """The declared kinks at these values."""
        names = [parameter.name for parameter in self.spec.parameters]
        values = dict(zip(names, self.parameters, strict=True)) | self.hyperparameters
        return self.spec.kinks_at(**values)


def _cases():
    for spec in registry.specs():
        for setting in ({}, *SETTINGS.get(spec.name, ())):
            parameters = tuple(setting.get(p.name, p.initial) for p in spec.parameters)
            hyperparameters = {k: setting.get(k, v) for k, v in spec.hyperparameters.items()}
            label = "-".join([spec.name, *(f"{k}={v}" for k, v in setting.items())])
            marks = [pytest.mark.thorough] if setting else []
            yield pytest.param(Case(spec, parameters, hyperparameters), id=label, marks=marks)


def _forms():
    """Those that are other code, not other values of the same parameters."""
    known = set()
    for parameter in _cases():
        (case,) = parameter.values
        if case.form not in known:
            known.add(case.form)
            yield parameter


every_case = pytest.mark.parametrize("case", list(_cases()))
every_form = pytest.mark.parametrize("case", list(_forms()))
every_spec = pytest.mark.parametrize("spec", [pytest.param(s, id=s.name) for s in registry.specs()])
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def points(case, dtype="float32", shape=SHAPE):
    """Inputs of every size in the domain, none of them near a kink."""
    x = np.random.default_rng(0).normal(size=shape) * np.geomspace(0.1, 30, shape[-1])
    x = x * SCALE.get(case.spec.name, 1)
    for kink in case.kinks:
        x = np.where(abs(x - kink) < 0.05, kink + 0.1, x)
    low, _ = case.spec.domain
    if np.isfinite(low):
        x = low + abs(x) + 0.05
    return jnp.asarray(x, dtype)


def few_points(case):
    """As few as a Jacobian wants, and as the parts into which some functions cut an axis allow."""
    return points(case, shape=(2, 8) if case.along_axis else (1, 8))


def direction(case, like):
    """A tangent: ones, or along an axis, where ones may be a direction without change, others."""
    uneven = np.sin(np.arange(like.size)).reshape(like.shape) if case.along_axis else 0
    return jnp.asarray(np.ones(like.shape) + uneven, like.dtype)


def compiled_quickly(function, *arguments):
    """A program for a call or two, compiled in half of the time.

    What it computes, and the memory that it takes, are decided before that.
    """
    return jax.jit(function).lower(*arguments).compile(_options())


_PROGRAMS = {}


def compiled_for(case, function, *arguments):
    """The program of a function of a case, for all cases that differ in values of parameters.

    The function must take these as arguments. Of each function, those of one activation are kept.
    """
    name = getattr(function, "func", function).__qualname__
    types = jax.tree.map(lambda a: (a.shape, str(a.dtype)), arguments)
    if _PROGRAMS.get(name, (None,))[0] is not case.spec:
        _PROGRAMS[name] = case.spec, {}
    _, known = _PROGRAMS[name]
    key = case.form, str(types)
    if key not in known:
        known[key] = compiled_quickly(function, *arguments)
    return known[key]


@functools.cache
def _options():
    """To emit fusions without MLIR, for the JAX that can do both."""
    options = {"xla_cpu_use_fusion_emitters": False}
    try:
        jax.jit(jnp.negative).lower(1.0).compile(options)
    except jax.errors.JaxRuntimeError:
        return {}
    return options
