"""Simulated races, of test_race.py and benchmarks/race.py: values of which the truth is known."""

import numpy as np

from trax_activations.experiments.race import probabilities
from trax_activations.experiments.statistics import LEVEL

DRAWS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": lambda rng, shape: rng.standard_t(3, shape),
    "skewed": lambda rng, shape: rng.exponential(size=shape),
    "few values": lambda rng, shape: np.round(rng.normal(size=shape)),
    "yes or no": lambda rng, shape: (rng.random(shape) < 0.5).astype(float),
}


def left(values, n_looks=2):
    """Who leaves at one of several looks, of shape (races, activations)."""
    count = values.shape[-2]
    return probabilities(values).min(axis=-1) * count * (count - 1) * n_looks < LEVEL


def simulate(draw, rng, n_races, truth, n_seeds):
    """Who leaves at either of two looks; the second depends on the first.

    Args:
        draw: Name of the distribution.
        rng: NumPy's generator.
        n_races: Number of races.
        truth: What is added to the values of each activation.
        n_seeds: Number of seeds.

    Returns:
        Of shape (races, activations).
    """
    gone = np.zeros((n_races, len(truth)), bool)
    values = DRAWS[draw](rng, (n_races, len(truth), n_seeds))
    for _ in range(2):
        of_seed = DRAWS[draw](rng, (n_races, 1, n_seeds))  # The same for all activations.
        gone |= left(values + of_seed + np.asarray(truth)[:, None])
        values = values / 2 + DRAWS[draw](rng, values.shape)
    return gone
