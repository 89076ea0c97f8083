"""What the peers share: the recipe's numbers, the images, and how a run is timed and reported."""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

PIXELS = 28 * 28
LATENTS = 100
# Outputs of each layer. G has no activation after its first, LeakyReLU after the next three and tanh at the end; D has
# LeakyReLU after its first three and ends in a logit.
GENERATOR = (100, 128, 128, 256, PIXELS)
DISCRIMINATOR = (128, 128, 128, 1)
SLOPE = 0.01
BATCH = 256
REAL_LABEL = 0.9
RATE = 2e-4
BETA_1, BETA_2 = 0.9, 0.999
RHO = 0.9
EPSILON = 1e-7


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path, help="train-images-idx3-ubyte, unpacked")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32", help="of the matrix products")
    return parser.parse_args()


def read_images(path):
    """The pictures of an idx3 file as float32 rows, scaled to [-1, 1]."""
    content = path.read_bytes()
    magic, count, height, width = np.frombuffer(content, ">u4", count=4)
    if magic != 0x803 or height * width != PIXELS:
        sys.exit(f"{path}: no idx file of 28x28 images")
    pixels = np.frombuffer(content, np.uint8, offset=16).reshape(count, PIXELS)
    return (pixels.astype(np.float32) - 127.5) / 127.5


def batches(order):
    """An epoch's order, cut into batches; the last may be short."""
    return (order[first : first + BATCH] for first in range(0, len(order), BATCH))


def train(name, version, arguments, images, epoch):
    """Runs `epoch(order)`, which returns the mean losses of D and G, as often as was asked for, and reports."""
    random = np.random.default_rng()
    seconds = []
    for _ in range(arguments.epochs):
        began = time.perf_counter()
        d_loss, g_loss = map(float, epoch(random.permutation(len(images))))
        seconds.append(time.perf_counter() - began)
    report(name, version, arguments.precision, seconds, d_loss, g_loss, resource.RUSAGE_SELF)


def report(name, version, precision, seconds, d_loss, g_loss, whose):
    """Prints a run as a line of JSON. `whose` peak memory: this process's, or that of the one it waited for."""
    if not np.isfinite([d_loss, g_loss]).all():
        sys.exit(f"{name}: the losses became {d_loss} and {g_loss}")
    unit = 1 if sys.platform == "darwin" else 1024
    run = {
        "name": name,
        "version": version,
        "precision": precision,
        "seconds": [round(value, 3) for value in seconds],
        "d_loss": round(d_loss, 4),
        "g_loss": round(g_loss, 4),
        "peak_mb": round(resource.getrusage(whose).ru_maxrss * unit / 1e6),
    }
    print(json.dumps(run))
