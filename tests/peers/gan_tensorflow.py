"""The recipe in TensorFlow: Keras models, Keras 2's optimisers, one tf.function a step."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

import peer

arguments = peer.parse_arguments()
tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)

# Keras starts Dense layers as the recipe wants them: Glorot-uniform weights, zero biases.
Dense = keras.layers.Dense


def leaky(inputs):
    return tf.nn.leaky_relu(inputs, alpha=peer.SLOPE)


first, *middle, last = peer.GENERATOR
generator = keras.Sequential(
    [keras.Input([peer.LATENTS]), Dense(first)]
    + [Dense(size, activation=leaky) for size in middle]
    + [Dense(last, activation="tanh")]
)
*middle, last = peer.DISCRIMINATOR
discriminator = keras.Sequential(
    [keras.Input([peer.PIXELS])] + [Dense(size, activation=leaky) for size in middle] + [Dense(last)]
)
optimizers = keras.optimizers.legacy
adam = optimizers.Adam(peer.RATE, peer.BETA_1, peer.BETA_2, epsilon=peer.EPSILON)
rmsprop = optimizers.RMSprop(peer.RATE, rho=peer.RHO, epsilon=peer.EPSILON)
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function(input_signature=[tf.TensorSpec([None, peer.PIXELS], tf.float32)])
def step(reals):
    noise = tf.random.normal([peer.BATCH, peer.LATENTS])
    with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
        real_logits = discriminator(reals)
        fake_logits = discriminator(generator(noise))
        d_loss = cross_entropy(tf.fill(tf.shape(real_logits), peer.REAL_LABEL), real_logits)
        d_loss += cross_entropy(tf.zeros_like(fake_logits), fake_logits)
        g_loss = cross_entropy(tf.ones_like(fake_logits), fake_logits)
    d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
    g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
    rmsprop.apply_gradients(zip(d_gradients, discriminator.trainable_variables))
    adam.apply_gradients(zip(g_gradients, generator.trainable_variables))
    return d_loss, g_loss


images = peer.read_images(arguments.images)


def epoch(order):
    losses = [step(images[batch]) for batch in peer.batches(order)]
    return np.mean(losses, axis=0)


peer.train("TensorFlow, tf.function", tf.__version__, arguments, images, epoch)
