"""Pictures of activations: as functions, and as a model has learned them."""

from trax_activations.plotting.learned import plot_learned

__all__ = ["plot_learned"]
