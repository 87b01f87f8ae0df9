"""Pictures of activations: as functions, as a model has learned them, and how they moved."""

from trax_activations.plotting.functions import plot_activation, plot_together
from trax_activations.plotting.history import plot_history
from trax_activations.plotting.learned import plot_learned

__all__ = ["plot_activation", "plot_history", "plot_learned", "plot_together"]
