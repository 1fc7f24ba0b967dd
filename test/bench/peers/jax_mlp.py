"""How fast is the workload in JAX, 50 steps in a jitted scan? A line of JSON in, a line of JSON out (see ../workload.ts).

    echo '{"task": "sample", "width": 128, "count": 4096}' | python jax_mlp.py
"""
import functools
import json
import math
import sys
import time

import jax
import jax.numpy as jnp

BLOCK = 50
RATES = 2 * math.pi * 0.25 * 32 ** jnp.linspace(0, 1, 16)
ACTIVATIONS = {"silu": jax.nn.silu, "relu": jax.nn.relu}


def initial(width):
    sizes = [34, width, width, width, 2]
    keys = jax.random.split(jax.random.key(0), 4)
    draw = lambda key, a, b: (jax.random.normal(key, (a, b)) / math.sqrt(a), jnp.zeros(b))
    return [draw(key, a, b) for key, a, b in zip(keys, sizes, sizes[1:])]


def network(weights, x, t, activation):
    angle = t * RATES
    h = jnp.concatenate([x, jnp.sin(angle), jnp.cos(angle)], -1)
    for matrix, bias in weights[:-1]:
        h = activation(h @ matrix + bias)
    matrix, bias = weights[-1]
    return h @ matrix + bias


def loss(weights, key, batch, activation):
    first, second, third = jax.random.split(key, 3)
    x0, noise = jax.random.normal(first, (batch, 2)), jax.random.normal(third, (batch, 2))
    t = 1e-3 + 0.999 * jax.random.uniform(second, (batch, 1))
    log_scale = -0.05 * t - 4.975 * t**2
    xt = jnp.exp(log_scale) * x0 + jnp.sqrt(-jnp.expm1(2 * log_scale)) * noise
    return jnp.square(network(weights, xt, t, activation) - noise).sum(-1).mean()


def clipped(gradient, bound):
    norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
    factor = bound / jnp.maximum(norm, bound)
    return jax.tree.map(lambda g: g * factor, gradient)


@functools.partial(jax.jit, static_argnames=("batch", "activation", "ema", "clip"), donate_argnums=0)
def block(state, key, batch, activation, ema, clip):
    def step(state, key):
        weights, first, second, average, count = state
        gradient = jax.grad(loss)(weights, key, batch, ACTIVATIONS[activation])
        if clip is not None:
            gradient = clipped(gradient, clip)
        count = count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        c1, c2 = 1 - 0.9**count, 1 - 0.999**count
        move = lambda w, m, v: w - 1e-3 * (m / c1) / (jnp.sqrt(v / c2) + 1e-8)
        weights = jax.tree.map(move, weights, first, second)
        if ema is not None:
            average = jax.tree.map(lambda e, w: ema * e + (1 - ema) * w, average, weights)
        return (weights, first, second, average, count), None

    return jax.lax.scan(step, state, jax.random.split(key, BLOCK))[0]


class Trainer:
    def __init__(self, width, **options):
        zeros = lambda: jax.tree.map(jnp.zeros_like, initial(width))
        average = None if options["ema"] is None else initial(width)
        self.state = (initial(width), zeros(), zeros(), average, jnp.zeros(()))
        self.key = jax.random.key(1)
        self.options = options

    def run(self, steps):
        for _ in range(steps // BLOCK):
            self.key, key = jax.random.split(self.key)
            self.state = block(self.state, key, **self.options)
        jax.block_until_ready(self.state)

    def seconds(self, steps):
        self.run(BLOCK)
        start = time.perf_counter()
        self.run(steps)
        return (time.perf_counter() - start) * steps / (steps // BLOCK * BLOCK)


@functools.partial(jax.jit, static_argnames="count")
def draw(weights, key, count):
    dt = 0.999 / 100

    def step(carry, i):
        x, key = carry
        key, own = jax.random.split(key)
        t = 1 - i * dt
        beta = 0.1 + 19.9 * t
        std = jnp.sqrt(-jnp.expm1(-0.1 * t - 9.95 * t * t))
        score = -network(weights, x, jnp.full((count, 1), t), jax.nn.silu) / std
        noise = jax.random.normal(own, x.shape)
        return (x + (0.5 * beta * x + beta * score) * dt + jnp.sqrt(beta * dt) * noise, key), None

    first, rest = jax.random.split(key)
    return jax.lax.scan(step, (jax.random.normal(first, (count, 2)), rest), jnp.arange(100))[0][0]


def seconds_to_sample(weights, count):
    jax.block_until_ready(draw(weights, jax.random.key(2), count))
    start = time.perf_counter()
    jax.block_until_ready(draw(weights, jax.random.key(3), count))
    return time.perf_counter() - start


made = {}
for line in sys.stdin:
    request = json.loads(line)
    task = request.pop("task")
    if task == "about":
        answer = {"about": f"JAX {jax.__version__}, jitted scan of {BLOCK} steps"}
    elif task == "train":
        steps = request.pop("steps")
        key = json.dumps(request)
        made[key] = made.get(key) or Trainer(**request)
        answer = {"seconds": made[key].seconds(steps)}
    else:
        key = request["width"]
        made[key] = made.get(key) or initial(request["width"])
        answer = {"seconds": seconds_to_sample(made[key], request["count"])}
    print(json.dumps(answer), flush=True)
