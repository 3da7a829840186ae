"""The job in JAX, every epoch one XLA program: prints one JSON line with its windows per second."""

import os

from job import LEARNING_RATE, SEED, WINDOWS, arguments, measure, pin, windows

JOB, SECONDS, UNROLLED = arguments(__doc__, unrolls=True)
pin(JOB.threads)
os.environ["JAX_PLATFORMS"] = "cpu"
if JOB.threads == 1:
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false"

import jax  # noqa: E402  after the flags and the pinning, which XLA reads when it starts
import numpy as np  # noqa: E402
from jax import Array, lax  # noqa: E402
from jax import numpy as jnp  # noqa: E402

# Unrolled days let XLA fuse across them, which gains a quarter at 4 days (32 hidden, one thread) and
# loses more than half at 22; each window gets the faster program.
LONGEST_UNROLLED = 8

Parameters = dict[str, Array]
State = tuple[Parameters, Parameters, Parameters, Array]  # parameters, moments, step


def initial(key: Array) -> Parameters:
    """PyTorch's initialisation: uniform within 1 / sqrt(hidden). One bias is enough here."""
    shapes = {
        "w_ih": (1, 4 * JOB.hidden),
        "w_hh": (JOB.hidden, 4 * JOB.hidden),
        "b": (4 * JOB.hidden,),
        "head_w": (JOB.hidden,),
        "head_b": (),
    }
    bound = JOB.hidden**-0.5
    keys = jax.random.split(key, len(shapes))
    return {
        name: jax.random.uniform(k, shape, minval=-bound, maxval=bound)
        for k, (name, shape) in zip(keys, shapes.items(), strict=True)
    }


def last_state(p: Parameters, x: Array) -> Array:
    """The hidden state after the window. x: (batch, window) -> (batch, hidden)"""

    def day(state: tuple[Array, Array], x_t: Array) -> tuple[tuple[Array, Array], None]:
        h, c = state
        a = x_t[:, None] * p["w_ih"] + h @ p["w_hh"] + p["b"]
        i, f, g, o = jnp.split(a, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((x.shape[0], JOB.hidden))
    days = JOB.window if UNROLLED or JOB.window <= LONGEST_UNROLLED else 1
    (h, _), _ = lax.scan(day, (zeros, zeros), x.T, unroll=days)
    return h


def loss(p: Parameters, x: Array, y: Array) -> Array:
    """Mean squared error. x: (batch, window), y: (batch,)"""
    return jnp.mean((last_state(p, x) @ p["head_w"] + p["head_b"] - y) ** 2)


def adam(state: State, gradient: Parameters) -> State:
    p, m, v, step = state
    step = step + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    m_scale, v_scale = 1 / (1 - 0.9**step), 1 / (1 - 0.999**step)
    p = jax.tree.map(
        lambda p, m, v: p - LEARNING_RATE * m * m_scale / (jnp.sqrt(v * v_scale) + 1e-8), p, m, v
    )
    return p, m, v, step


def train_epoch(state: State, order: Array, x: Array, y: Array) -> tuple[State, Array]:
    """One Adam step a batch; the mean loss. order: (WINDOWS,), the epoch's shuffled rows"""

    def train_batch(state: State, rows: Array) -> tuple[State, Array]:
        value, gradient = jax.value_and_grad(loss)(state[0], x[rows], y[rows])
        return adam(state, gradient), value

    state, values = lax.scan(train_batch, state, order.reshape(-1, JOB.batch_size))
    return state, values.mean()


def main() -> None:
    inputs, targets = windows(JOB.window)
    x, y = jnp.array(inputs), jnp.array(targets)  # (WINDOWS, window), (WINDOWS,)
    p = initial(jax.random.key(SEED))
    zeros = jax.tree.map(jnp.zeros_like, p)
    state = (p, zeros, jax.tree.map(jnp.zeros_like, p), jnp.zeros(()))
    shuffler = np.random.default_rng(SEED)
    program = jax.jit(train_epoch, donate_argnums=0)

    def epoch() -> float:
        nonlocal state
        # Inside the timed epoch, but by NumPy: XLA shuffles by sorting, a seventh of a small epoch.
        order = shuffler.permutation(WINDOWS).astype(np.int32)
        state, value = program(state, order, x, y)
        return float(value)  # waits for the program to end

    measure("JAX", jax.__version__, JOB, SECONDS, epoch)


if __name__ == "__main__":
    main()
