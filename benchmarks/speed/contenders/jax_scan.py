"""JAX: `lax.scan` over the steps, the input's product taken before it, all under `jit`."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.point import Numbers, Point

MODES = ("inference", "training")
Weights = tuple[jax.Array, jax.Array, jax.Array]


def version() -> str:
    """Its version."""
    return f"jax {jax.__version__}"


def scan(weights: Weights, x: jax.Array) -> jax.Array:
    """Runs the cell over x (T, B, I) with maps (I, 4H) and (H, 4H)."""
    of_input, of_state, bias = weights
    zero = jnp.zeros((x.shape[1], of_state.shape[0]), x.dtype)

    def step(
        state: tuple[jax.Array, jax.Array], projected: jax.Array
    ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        h, c = state
        i, f, g, o = jnp.split(projected + h @ of_state, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return jax.lax.scan(step, (zero, zero), x @ of_input + bias)[1]


def summed(weights: Weights, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The sum of the outputs, and the outputs."""
    y = scan(weights, x)
    return y.sum(), y


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Compiles at the first call; the weights are arguments, as in training."""
    weights = (jnp.asarray(numbers.W.T), jnp.asarray(numbers.U.T), jnp.asarray(numbers.b))
    x = jnp.asarray(numbers.x)
    if point.mode == "inference":
        infer = jax.jit(scan)
        return Prepared(
            lambda: jax.block_until_ready(infer(weights, x)), lambda y: {"y": np.asarray(y)}
        )
    train = jax.jit(jax.value_and_grad(summed, argnums=(0, 1), has_aux=True))
    return Prepared(
        lambda: jax.block_until_ready(train(weights, x)),
        lambda result: {
            "y": np.asarray(result[0][1]),
            "dx": np.asarray(result[1][1]),
            "dW": np.asarray(result[1][0][0]).T,
            "dU": np.asarray(result[1][0][1]).T,
        },
    )
