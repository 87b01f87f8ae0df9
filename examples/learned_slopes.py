"""The slopes that a model has learned, read back and drawn (15 seconds)."""

import functools

import trax_activations as ta
from trax import layers as tl
from trax import models, optimizers
from trax_activations import datasets, plotting, training

model = models.MLP(
    layer_widths=(128, 128, 10),
    activation_fn=functools.partial(ta.ParametricRelu, num_parameters=128),
)
digits = datasets.digits(batch_size=128, shift=1)
task = training.TrainTask(
    digits.train_stream(n_devices=1),
    loss_layer=tl.WeightedCategoryCrossEntropy(),
    optimizer=optimizers.Adam(0.003),
    n_steps_per_checkpoint=1000,
)
training.Loop(model, task, random_seed=0).run(1000)

for layer in model.sublayers:
    if isinstance(layer, ta.ParametricRelu):
        slopes = layer.weights  # An array: one slope per unit, 0.25 at first.
        print(
            f"{layer}: slopes from {slopes.min():.2f} to {slopes.max():.2f}, "
            f"{(slopes < 0).mean():.0%} of them negative"
        )

plotting.plot_learned(model, "learned_slopes.png", title="Slopes after 1000 steps")
print("Picture: learned_slopes.png")
