"""The recipe in JAX: one jit and one lax.scan an epoch; in bfloat16 the operands of products are rounded to it."""

import os
from itertools import pairwise

import jax
import jax.numpy as jnp

import peer

arguments = peer.parse_arguments()
# Read by XLA when it starts, which is at the first use.
os.environ["NPROC"] = str(arguments.threads)


def start(key, sizes):
    """Weights and biases of each layer."""
    glorot = jax.nn.initializers.glorot_uniform()
    keys = jax.random.split(key, len(sizes) - 1)
    return [(glorot(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, pairwise(sizes))]


def leaky(x):
    return jax.nn.leaky_relu(x, peer.SLOPE)


def product(x, weights):
    if arguments.precision == "f32":
        return x @ weights
    x, weights = x.astype(jnp.bfloat16), weights.astype(jnp.bfloat16)
    return jnp.matmul(x, weights, preferred_element_type=jnp.float32)


def network(layers, activations, x):
    for (weights, biases), activation in zip(layers, activations, strict=True):
        x = activation(product(x, weights) + biases)
    return x


def generate(layers, noise):
    return network(layers, [lambda x: x, leaky, leaky, leaky, jnp.tanh], noise)


def judge(layers, pictures):
    return network(layers, [leaky, leaky, leaky, lambda x: x], pictures)


def cross_entropy(logits, label):
    return jnp.mean(jax.nn.softplus(logits) - label * logits)


def d_loss(d, reals, fakes):
    return cross_entropy(judge(d, reals), peer.REAL_LABEL) + cross_entropy(judge(d, fakes), 0.0)


def g_loss(g, d, noise):
    fakes = generate(g, noise)
    return cross_entropy(judge(d, fakes), 1.0), fakes


def moving_average(decay, old, new):
    return jax.tree.map(lambda old, new: decay * old + (1 - decay) * new, old, new)


def squares(gradients):
    return jax.tree.map(jnp.square, gradients)


def descend(layers, rate, m, v):
    return jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + peer.EPSILON), layers, m, v)


def step(state, reals):
    g, d, g_m, g_v, d_v, t, key = state
    key, noise_key = jax.random.split(key)
    noise = jax.random.normal(noise_key, (peer.BATCH, peer.LATENTS))
    (g_value, fakes), g_gradients = jax.value_and_grad(g_loss, has_aux=True)(g, d, noise)
    d_value, d_gradients = jax.value_and_grad(d_loss)(d, reals, fakes)
    t += 1
    g_m = moving_average(peer.BETA_1, g_m, g_gradients)
    g_v = moving_average(peer.BETA_2, g_v, squares(g_gradients))
    g = descend(g, peer.RATE * jnp.sqrt(1 - peer.BETA_2**t) / (1 - peer.BETA_1**t), g_m, g_v)
    d_v = moving_average(peer.RHO, d_v, squares(d_gradients))
    d = descend(d, peer.RATE, d_gradients, d_v)
    return (g, d, g_m, g_v, d_v, t, key), jnp.stack([d_value, g_value])


@jax.jit
def train_epoch(state, images, order):
    whole = len(order) - len(order) % peer.BATCH
    state, losses = jax.lax.scan(
        lambda state, batch: step(state, images[batch]), state, order[:whole].reshape(-1, peer.BATCH)
    )
    if whole < len(order):
        state, last = step(state, images[order[whole:]])
        losses = jnp.vstack([losses, last])
    return state, losses.mean(axis=0)


def initial_state():
    g_key, d_key, key = jax.random.split(jax.random.key(0), 3)
    g = start(g_key, (peer.LATENTS, *peer.GENERATOR))
    d = start(d_key, (peer.PIXELS, *peer.DISCRIMINATOR))
    zeros = [jax.tree.map(jnp.zeros_like, layers) for layers in (g, g, d)]
    return (g, d, *zeros, 0, key)


images = jnp.asarray(peer.read_images(arguments.images))
state = initial_state()


def epoch(order):
    global state
    state, losses = train_epoch(state, images, order)
    return losses


peer.train("JAX, jit, scan", jax.__version__, arguments, images, epoch)
