"""The recipe in PyTorch, eager; in bfloat16 by its autocast."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

import peer

arguments = peer.parse_arguments()
torch.set_num_threads(arguments.threads)


def dense(inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def network(sizes, activations):
    layers = (
        layer
        for (inputs, outputs), activation in zip(pairwise(sizes), activations, strict=True)
        for layer in (dense(inputs, outputs), activation)
    )
    return nn.Sequential(*layers)


none, leaky = nn.Identity(), nn.LeakyReLU(peer.SLOPE)
generator = network((peer.LATENTS, *peer.GENERATOR), [none, leaky, leaky, leaky, nn.Tanh()])
discriminator = network((peer.PIXELS, *peer.DISCRIMINATOR), [leaky, leaky, leaky, none])
# PyTorch's Adam adds epsilon after the correction of the bias, Keras's before it: the first steps differ a little.
adam = torch.optim.Adam(generator.parameters(), peer.RATE, (peer.BETA_1, peer.BETA_2), peer.EPSILON)
rmsprop = torch.optim.RMSprop(discriminator.parameters(), peer.RATE, peer.RHO, peer.EPSILON)


def losses(reals):
    noise = torch.randn(peer.BATCH, peer.LATENTS)
    real_logits = discriminator(reals)
    fake_logits = discriminator(generator(noise))
    d_loss = cross_entropy(real_logits, torch.full_like(real_logits, peer.REAL_LABEL))
    d_loss = d_loss + cross_entropy(fake_logits, torch.zeros_like(fake_logits))
    return d_loss, cross_entropy(fake_logits, torch.ones_like(fake_logits))


def step(reals):
    with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
        d_loss, g_loss = losses(reals)
    adam.zero_grad()
    rmsprop.zero_grad()
    g_loss.backward(retain_graph=True, inputs=list(generator.parameters()))
    d_loss.backward(inputs=list(discriminator.parameters()))
    adam.step()
    rmsprop.step()
    return torch.stack([d_loss.detach(), g_loss.detach()])


images = torch.from_numpy(peer.read_images(arguments.images))


def epoch(order):
    steps = [step(images[batch]) for batch in peer.batches(torch.from_numpy(order))]
    return torch.stack(steps).mean(dim=0)


peer.train("PyTorch, eager", torch.__version__, arguments, images, epoch)
