"""Where a training step runs: one device, or a mesh over which each batch is split.

Trax's own data parallelism is ``pmap`` and no longer works. Here Trax takes its one-device path;
its one program is compiled for a mesh, with replicated weights and a split batch, and the compiler
adds the sum of the gradients. Nothing in the program depends on the number of devices, not even
its random numbers: they belong to the elements of the whole batch.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec, Sharding, SingleDeviceSharding
from jax.typing import ArrayLike

from trax_activations._trax import base
from trax_activations.training.protocols import Tree


@dataclasses.dataclass(frozen=True)
class Devices:
    """Places arrays for a training step.

    Attributes:
        mesh: The mesh, or ``None`` for JAX's default device.
        given: The mesh as the user gave it, if any.
    """

    mesh: Mesh | None
    given: Mesh | None = None

    @property
    def data_axis(self) -> str:
        """Name of the mesh axis over which a batch is split: 'batch', 'data', or the first."""
        assert self.mesh is not None
        names = self.mesh.axis_names
        return next((name for name in ("batch", "data") if name in names), names[0])

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes files."""
        return jax.process_index() == 0

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Refuses options of Trax's that belong to its ``pmap``."""
        if options.get("adasum") and self.mesh is not None:
            raise ValueError(
                f"adasum=True adds up the gradients of {self.mesh.size} devices in a way of its "
                "own, and here the compiler adds them up. Leave adasum out, or train on one "
                "device: n_devices=1."
            )
        if base.N_WEIGHTS_SHARDS > 1:  # Set by `n_weights_shards` of Trax's `train`.
            raise ValueError(
                f"n_weights_shards={base.N_WEIGHTS_SHARDS} spreads the weights over devices, and "
                "here each device has all of them. Leave n_weights_shards at 1 (in code: "
                "trax.layers.base.N_WEIGHTS_SHARDS = 1)."
            )

    def replicate(self, tree: Tree) -> Tree:
        """Puts every array of a tree on every device, where it is not there."""
        everywhere: Sharding = SingleDeviceSharding(jax.local_devices()[0])
        if self.mesh is not None:
            everywhere = NamedSharding(self.mesh, PartitionSpec())
        leaves, structure = jax.tree.flatten(tree)
        # One by one: of a state that lies there, a run of one step adds a single new array.
        elsewhere = [i for i, leaf in enumerate(leaves) if not _lies(leaf, everywhere)]
        if not elsewhere:
            return tree

        def place(leaf: ArrayLike) -> jax.Array:
            value = np.asarray(leaf)
            return jax.make_array_from_callback(value.shape, everywhere, lambda part: value[part])

        missing = [leaves[i] for i in elsewhere]
        if self.mesh is None or jax.process_count() == 1:
            placed = jax.device_put(missing, everywhere)
        else:
            placed = [*map(place, missing)]
        for i, leaf in zip(elsewhere, placed, strict=True):
            leaves[i] = leaf
        return jax.tree.unflatten(structure, leaves)

    def local(self, tree: Tree) -> Tree:
        """The copy of every replicated array that this process can use without the others."""
        if self.mesh is None:
            return tree
        return jax.tree.map(
            lambda leaf: leaf.addressable_data(0) if isinstance(leaf, jax.Array) else leaf, tree
        )

    def check_same(self, what: str, value: int, remedy: str) -> None:
        """Makes sure that all processes agree, since they would wait for each other for ever."""
        if jax.process_count() == 1:
            return
        values = multihost_utils.process_allgather(np.int32(value)).tolist()
        if len(set(values)) > 1:
            raise RuntimeError(f"The processes disagree on the {what}: {values}. {remedy}.")

    def split(self, batch: Tree) -> Tree:
        """Splits a batch over the mesh; of several processes each gives its own part."""
        if self.mesh is None:  # Tensors of other frameworks become arrays, as on a mesh.
            return jax.tree.map(lambda x: x if isinstance(x, jax.Array) else np.asarray(x), batch)
        divided = NamedSharding(self.mesh, PartitionSpec(self.data_axis))
        parts = self.mesh.shape[self.data_axis]
        here = parts // jax.process_count()

        def place(leaf: ArrayLike) -> jax.Array:
            array = leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)
            if array.ndim == 0:
                return self.replicate(array)
            if array.shape[0] % here:
                raise ValueError(_does_not_divide(array.shape[0], here))
            if jax.process_count() == 1:
                return jax.device_put(array, divided)
            return jax.make_array_from_process_local_data(divided, np.asarray(array))

        return jax.tree.map(place, batch)


def choose_devices(mesh: Mesh | None, n_devices: int | None) -> Devices:
    """The devices a loop trains on."""
    if mesh is not None:
        if not isinstance(mesh, Mesh):
            raise TypeError(
                "Loop takes a jax.sharding.Mesh or None as mesh, for example, for all devices, "
                f"jax.make_mesh((jax.device_count(),), ('batch',)), but received mesh={mesh!r}."
            )
        # `jax.make_mesh` asks for explicit shardings, of which models know nothing.
        return Devices(Mesh(mesh.devices, mesh.axis_names), given=mesh)
    if jax.process_count() > 1:
        devices = jax.devices()
    else:
        available = jax.local_devices()
        count = n_devices or len(available)
        if not 0 < count <= len(available):
            raise ValueError(
                f"n_devices={n_devices}, but this process has {len(available)} device(s). Use "
                "None for all of them."
            )
        devices = available[:count]
    if len(devices) == 1:
        return Devices(None)
    return Devices(Mesh(np.asarray(devices), ("batch",)))


def same_seed(seed: int | None) -> int | None:
    """The seed, or, if there is none and there are several processes, one for all of them."""
    if seed is not None:
        return int(seed)  # Python's own generator takes no NumPy integer.
    if jax.process_count() == 1:
        return None
    drawn = np.asarray(np.random.default_rng().integers(2**31 - 1), np.int32)
    return int(multihost_utils.broadcast_one_to_all(drawn))


def _lies(leaf: ArrayLike, sharding: Sharding) -> bool:
    return isinstance(leaf, jax.Array) and leaf.committed and leaf.sharding == sharding


def _does_not_divide(size: int, parts: int) -> str:
    near = [n for n in (size - size % parts, size - size % parts + parts) if n]
    return (
        f"A batch of {size} cannot be split evenly over {parts} devices. Sizes that can are the "
        f"multiples of {parts}, such as {' or '.join(map(str, near))}."
    )
