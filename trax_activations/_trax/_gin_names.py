"""The gin names of `trax.rl`, which is imported when a config uses one of them."""

import importlib
import sys

import gin

__all__ = ["NAMES", "install", "is_of_rl"]

# What it registers, by module.
_NAMES = {
    "trax.rl": """A2C A2CJoint AWR AWRJoint DQN ExpertIteration LoopAWR PPO PPOJoint PolicyGradient
        SamplingAWR TimeSeriesModel every""",
    "trax.rl.advantages": "gae monte_carlo td_k td_lambda",
    "trax.rl.distributions": "Categorical Gaussian",
    "trax.rl.envs": "SequenceDataEnv copy_stream",
    "trax.rl.normalization": "LayerNormSquash Normalize",
    "trax.rl.space_serializer": "BoxSpaceSerializer",
    "trax.rl.task": "RLTask",
    "trax.rl.training": "sharpened_network_policy",
}
NAMES = [f"{module}.{name}" for module, names in _NAMES.items() for name in names.split()]


def install() -> None:
    """Lets gin, where it knows no such name, look whether `trax.rl` would register it.

    gin has no public way to say so: all its look-ups go through `SelectorMap.matching_selectors`
    (gin-config 0.5.0).
    """
    registry = gin.config._REGISTRY
    stock = registry.matching_selectors

    def matching_selectors(partial_selector: str) -> list[str]:
        found: list[str] = stock(partial_selector)
        if not found and "trax.rl" not in sys.modules and is_of_rl(partial_selector):
            importlib.import_module("trax.rl")
            found = stock(partial_selector)
        return found

    registry.matching_selectors = matching_selectors


def is_of_rl(selector: str) -> bool:
    """Whether `trax.rl`, imported or not, has something under this name.

    Example:
        >>> is_of_rl("distributions.Gaussian"), is_of_rl("ussian")
        (True, False)
    """
    return any(f".{name}".endswith(f".{selector}") for name in NAMES)
