"""`keras.layers.LSTM` on the JAX backend, called statelessly under `jit` as Keras documents it."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.point import Numbers, Point

MODES = ("inference", "training")


def version() -> str:
    """Its version."""
    return f"keras {keras.__version__} on {keras.backend.backend()}"


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Makes a layer with the given weights; batch first, gates i, f, g, o as torch has them."""
    layer = keras.layers.LSTM(point.hidden, return_sequences=True)
    x = jnp.asarray(numbers.x.swapaxes(0, 1))
    layer.build(x.shape)
    layer.set_weights([numbers.W.T, numbers.U.T, numbers.b])
    learned = [variable.value for variable in layer.trainable_variables]
    other = [variable.value for variable in layer.non_trainable_variables]

    def summed(learned: list[jax.Array], x: jax.Array, *, training: bool) -> tuple[Any, Any]:
        y, _ = layer.stateless_call(learned, other, x, training=training)
        return y.sum(), y

    if point.mode == "inference":
        infer = jax.jit(lambda learned, x: summed(learned, x, training=False)[1])
        return Prepared(
            lambda: jax.block_until_ready(infer(learned, x)),
            lambda y: {"y": np.asarray(y).swapaxes(0, 1)},
        )
    train = jax.jit(
        jax.value_and_grad(
            lambda learned, x: summed(learned, x, training=True), argnums=(0, 1), has_aux=True
        )
    )
    return Prepared(
        lambda: jax.block_until_ready(train(learned, x)),
        lambda result: {
            "y": np.asarray(result[0][1]).swapaxes(0, 1),
            "dx": np.asarray(result[1][1]).swapaxes(0, 1),
            "dW": np.asarray(result[1][0][0]).T,
            "dU": np.asarray(result[1][0][1]).T,
        },
    )
