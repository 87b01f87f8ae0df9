"""References of the evo norm family."""

import numpy as np
from scipy.special import expit


def evo_norm_b0(x, v, gamma, beta, batch_variance, instance_variance, epsilon):
    own = v * x + np.sqrt(instance_variance + epsilon)
    return gamma * x / np.maximum(np.sqrt(batch_variance + epsilon), own) + beta


def evo_norm_s0(x, v, gamma, beta, variance, epsilon):
    return gamma * x * expit(v * x) / np.sqrt(variance + epsilon) + beta


SETTINGS = {
    "evo_norm_b0": [
        {"v": 0.5, "gamma": 1.5, "beta": -0.5, "batch_variance": 4.0, "epsilon": 0.0},
        {"v": -1.0, "gamma": -0.5, "beta": 0.25, "instance_variance": 0.25, "epsilon": 0.0},
        {"v": 0.0, "gamma": 0.0, "beta": 1.0, "instance_variance": 4.0, "epsilon": 0.001},
    ],
    "evo_norm_s0": [
        {"v": -2.0, "gamma": 1.5, "beta": -0.5, "variance": 4.0, "epsilon": 0.001},
        {"v": 0.0, "gamma": -0.5, "variance": 0.25},
        {"v": 3.0, "gamma": 0.0, "beta": 1.0},
    ],
}
