"""A model trained with ReLU gets learned slopes, loses nothing, and trains on (15 seconds)."""

import numpy as np
import trax_activations as ta
from trax import layers as tl
from trax import models, optimizers, shapes
from trax_activations import datasets, replacement, training

digits, loss = datasets.digits(shift=1), tl.WeightedCategoryCrossEntropy()
x, y = next(digits.eval_stream(n_devices=1))[:2]


def trained(model, steps):
    """The accuracy of a model after so many steps more."""
    task = training.TrainTask(digits.train_stream(n_devices=1), loss, optimizers.Adam(0.003))
    training.Loop(model, task, random_seed=0).run(steps)
    return np.mean(np.argmax(model(x), axis=-1) == y)


model = models.MLP((64, 64, 10))  # It names tl.Relu in its code.
before = trained(model, 300)

learned = ta.replace(
    model,
    "Relu",
    "ParametricRelu(num_parameters='channels')",
    input_signature=shapes.signature(x),
    start_close=1e-5,
)
start = np.mean(np.argmax(learned(x), axis=-1) == y)
after = trained(learned, 300)
print(replacement.summary(learned))
print(f"Accuracy {before:.3f}; replaced {start:.3f}; after 300 more steps {after:.3f}")
