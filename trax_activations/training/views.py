"""The model of a loop in each mode that its tasks ask for: copies that share its weights."""

from trax_activations import modes
from trax_activations._trax import base


class Views:
    """Keeps one copy of a model per mode, and hands it the model's arrays.

    Args:
        model: The model that is trained.
        eval_model: The model that is evaluated; it may be the same.
    """

    def __init__(self, model: base.Layer, eval_model: base.Layer) -> None:
        self._model = model
        self._eval_model = eval_model
        self._copies: dict[tuple[int, str], base.Layer] = {}

    def train(self, mode: str) -> base.Layer:
        """The trained model in ``mode``."""
        return self._view(self._model, mode)

    def eval(self, mode: str) -> base.Layer:
        """The evaluated model in ``mode``."""
        return self._view(self._eval_model, mode)

    def refresh(self) -> None:
        """Gives every copy the model's present arrays, so that none holds on to old ones."""
        for copy in self._copies.values():
            copy.weights, copy.state = self._model.weights, self._model.state

    def _view(self, model: base.Layer, mode: str) -> base.Layer:
        """``model`` itself if it is in that mode already, else a copy, made once."""
        if (id(model), mode) not in self._copies:
            if set(modes.modes(model).values()) <= {mode}:
                return model
            self._copies[id(model), mode] = modes.with_mode(model, mode)
        return self._copies[id(model), mode]
