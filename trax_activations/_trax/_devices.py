"""Repairs of Trax where it places arrays on devices, which JAX does in another way now."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from trax_activations._trax._imports import View
from trax_activations._trax._repair import Patch, lacks, repair, since_jax


@repair(
    "trax/layers/acceleration.py:241",
    gone="jax.device_put_replicated",
    since="jax 0.10.0",
    needed=lacks(jax, "device_put_replicated"),
)
def _device_put_replicated(acceleration: Any) -> Iterator[Patch]:
    """`tl.for_n_devices` puts one copy on each device and joins them along a new first axis."""

    def device_put_replicated(x: Any, devices: list[jax.Device]) -> jax.Array:
        row = jnp.asarray(x)[None]
        return jax.make_array_from_single_device_arrays(
            (len(devices), *row.shape[1:]),
            _leading_axis(devices),
            [jax.device_put(row, device) for device in devices],
        )

    # A View of what is there: `_local_cpu` patches the same name.
    yield acceleration, "jax", View(acceleration.jax, device_put_replicated=device_put_replicated)


@repair(
    "trax/fastmath/jax.py:202",
    gone="jax.pmap of arrays that lie on one device",
    since="jax 0.8.0",
    needed=since_jax(0, 8, 0),
)
def _pmap(fastmath_jax: Any) -> Iterator[Patch]:
    """`fastmath.pmap` first spreads such arrays, as `tl.on_cpu` makes them, over the devices."""
    stock = fastmath_jax.JAX_BACKEND["pmap"]

    def spread(x: Any) -> Any:
        if not getattr(x, "committed", False) or len(x.devices()) > 1 or x.ndim == 0:
            return x
        devices = jax.local_devices()[: len(x)]
        return jax.device_put(x, _leading_axis(devices)) if len(devices) == len(x) else x

    def pmap(*args: Any, **kwargs: Any) -> Callable[..., Any]:
        mapped = stock(*args, **kwargs)
        return lambda *arrays: mapped(*jax.tree_util.tree_map(spread, arrays))

    yield fastmath_jax.JAX_BACKEND, "pmap", pmap


@repair(
    "trax/layers/acceleration.py:212, 252",
    gone="jax.devices('cpu') of this process only",
    since="jax 0.4.21",
    needed=since_jax(0, 4, 21),
)
def _local_cpu(acceleration: Any) -> Iterator[Patch]:
    """`tl.on_cpu` takes a CPU of its own process, also where there are several processes."""

    def devices(backend: str | None = None) -> list[jax.Device]:
        return jax.local_devices(backend="cpu") if backend == "cpu" else jax.devices(backend)

    yield acceleration, "jax", View(acceleration.jax, devices=devices)


@repair(
    "trax/supervised/training.py:1296; trax/data/inputs.py:613; trax/data/tf_inputs.py:330",
    gone="jax.host_count without a warning",
    since="jax 0.2.13",
    needed=since_jax(0, 2, 13),
)
def _host_count(training: Any) -> Iterator[Patch]:
    """A Loop and the data streams call `jax.process_count`, its name today."""
    data = sys.modules["trax.data.inputs"], sys.modules["trax.data.tf_inputs"]
    for module in (training, *data):
        yield module, "jax", View(jax, host_count=jax.process_count)


@repair(
    "trax/optimizers/trainer.py:444",
    gone="jax.lib.xla_bridge.get_backend",
    since="jax 0.8.0",
    needed=lacks(jax, "lib.xla_bridge.get_backend"),
)
def _live_buffers(trainer: Any) -> Iterator[Patch]:
    """The memory-efficient trainer frees what `jax.live_arrays` names."""
    backend = SimpleNamespace(live_buffers=lambda: jax.live_arrays())
    xla_bridge = SimpleNamespace(get_backend=lambda: backend)
    yield trainer, "jax", View(jax, lib=SimpleNamespace(xla_bridge=xla_bridge))


@repair(
    "trax/trainer.py:28, 154, 160, 165, 167",
    gone="jax.lib.xla_extension",
    since="jax 0.9.0",
    needed=lacks(jax, "lib.xla_extension.get_distributed_runtime_service"),
    stand_ins={name: partial(ModuleType, name) for name in ("jax.lib", "jax.lib.xla_extension")},
)
def _gpu_cluster(trainer: Any) -> Iterator[Patch]:
    """It can be imported, and `--gpu_cluster_chief_ip` calls `jax.distributed.initialize`."""

    def make_jax_gpu_cluster(
        host_id: int, server_ip: str, n_hosts: int, server_port: int = 5005
    ) -> None:
        jax.distributed.initialize(f"{server_ip}:{server_port}", n_hosts, host_id)

    yield trainer, "_make_jax_gpu_cluster", make_jax_gpu_cluster


def _leading_axis(devices: list[jax.Device]) -> NamedSharding:
    """One row of an array per device, in the sharding that `pmap` gives its results."""
    return NamedSharding(Mesh(np.array(devices), ("batch",)), PartitionSpec("batch"))
