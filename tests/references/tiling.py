"""References of the tiling family."""

import numpy as np


def fta(x, tiles, low, high, eta, axis):
    width = (high - low) / tiles
    eta = width if eta is None else eta
    tiled = []
    for i in range(tiles):
        start = low + i * width
        distance = np.maximum(start - x, 0) + np.maximum(x - width - start, 0)
        tiled.append(1 - np.where(distance <= eta, distance, 1))
    axis = axis % np.ndim(x)
    stacked = np.stack(tiled, axis=axis + 1)
    shape = [*np.shape(x)]
    shape[axis] *= tiles
    return stacked.reshape(shape)


SETTINGS = {
    "fta": [
        {"tiles": 4, "low": -2.0, "high": 2.0},
        {"tiles": 3, "low": -1.0, "high": 5.0, "eta": 1.0, "axis": 0},
    ]
}
