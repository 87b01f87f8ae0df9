"""Every layer is gin-configurable, modes never, and Trax's own names stay Trax's."""

import gin
import pytest

import trax_activations as ta
from trax_activations import layers, registry
from trax_activations._trax import layers as tl
from trax_activations._trax import trainer_lib


@pytest.fixture(autouse=True)
def _clean_gin():
    gin.clear_config()
    yield
    gin.clear_config()


@gin.configurable(module="tests")
def build(activation=gin.REQUIRED):
    return activation()


def test_a_binding_reaches_the_layer_made_in_code_and_by_reference():
    gin.parse_config(
        """
        tests.build.activation = @trax_activations.ParametricRelu
        trax_activations.ParametricRelu.num_parameters = 3
        ParametricRelu.a = 0.5
        """
    )
    for layer in (build(), ta.ParametricRelu()):
        assert isinstance(layer, ta.ParametricRelu)
        assert (layer._num_parameters, layer._a) == (3, 0.5)


@pytest.mark.parametrize("name", [n for n in registry.layer_names() if hasattr(tl, n)])
def test_short_names_that_trax_has_stay_unambiguous(name):
    gin.parse_config(f"tests.build.activation = @trax_activations.{name}")
    assert isinstance(build(), getattr(ta, name))
    gin.clear_config()
    if gin.config._REGISTRY.matching_selectors(f"trax.layers.{name}"):
        gin.parse_config(f"tests.build.activation = @{name}")
        assert not isinstance(build(), layers.Activation)


def test_train_is_still_the_one_of_trax():
    assert gin.get_configurable("train") is trainer_lib.train


@pytest.mark.parametrize("name", registry.layer_names())
def test_mode_cannot_be_bound(name):
    with pytest.raises(ValueError, match=r"mode|no parameter"):
        gin.parse_config(f"trax_activations.{name}.mode = 'eval'")


def test_the_operative_config_can_be_read_back():
    gin.parse_config("tests.build.activation = @trax_activations.Relu")
    gin.parse_config("trax_activations.LeakyRelu.negative_slope = 0.5")
    build()
    ta.LeakyRelu()
    text = gin.operative_config_str()
    gin.clear_config()
    gin.parse_config(text)
    assert isinstance(build(), ta.Relu)
    assert ta.LeakyRelu()._negative_slope == 0.5
