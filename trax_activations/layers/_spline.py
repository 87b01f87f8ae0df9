"""The learned curve of Kolmogorov-Arnold networks, as an activation."""

from collections.abc import Sequence

from trax_activations import _checks, registry
from trax_activations._gin import configurable
from trax_activations._spec import Count, Parameter
from trax_activations.layers._learned import LearnedActivation


@configurable
class BSpline(LearnedActivation):
    """B-spline layer: a SiLU and a learned spline, as on the edges of a KAN.

    Its weights are ``coefficients``, ``scale_base`` and ``scale_spline``, of shapes
    ``(grid + order,)``, ``(1,)`` and ``(1,)``, per channel ``(grid + order, n)``, ``(n,)`` and
    ``(n,)``. Beyond the grid there is only the SiLU: put a normalization before it, or a grid that
    is wide enough.

    Args:
        num_parameters: 'channels' for a curve of each channel; 1 for one in all, or the number of
            channels.
        coefficients: Initial coefficients; ``None`` to draw them from N(0, 0.1), as in the paper.
        scale_base: Initial weight of the SiLU.
        scale_spline: Initial weight of the spline.
        grid: Number of intervals of the grid.
        order: Order of the splines, at least 1.
        low: Lower end of the grid.
        high: Upper end of the grid.
        axis: The channel axis.

    Raises:
        ValueError: If there are not ``grid + order`` coefficients.

    Example:
        >>> import numpy as np
        >>> layer = BSpline(grid=10)
        >>> weights, _ = layer.init(jax.ShapeDtypeStruct((2, 4), np.float32))
        >>> [weight.shape for weight in weights]
        [(13, 4), (4,), (4,)]
    """

    _activation = registry.get("b_spline")

    def __init__(
        self,
        num_parameters: Count = "channels",
        coefficients: Sequence[float] | None = None,
        scale_base: float = 1.0,
        scale_spline: float = 1.0,
        grid: int = 5,
        order: int = 3,
        low: float = -1.0,
        high: float = 1.0,
        axis: int = -1,
    ) -> None:
        name = type(self).__name__
        # First, since how many coefficients there are depends on it.
        self._grid, self._order = _checks.check_count(name, "grid", grid), order
        super().__init__(
            num_parameters=num_parameters,
            coefficients=coefficients,
            scale_base=scale_base,
            scale_spline=scale_spline,
            grid=grid,
            order=order,
            low=low,
            high=high,
            axis=axis,
        )
        if self._coefficients is not None and len(self._coefficients) != grid + order:
            raise ValueError(
                f"{name} takes {grid + order} coefficients for grid={grid} and order={order}: one "
                f"for each interval, and {order} more; but received {len(self._coefficients)}."
            )

    def _n_values(self, parameter: Parameter) -> int:
        if parameter.name != "coefficients":
            return super()._n_values(parameter)
        return self._grid + self._order
