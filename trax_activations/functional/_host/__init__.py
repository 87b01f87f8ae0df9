"""Activations written in NumPy, as operations of JAX programs."""
