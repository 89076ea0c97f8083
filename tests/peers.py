#!/usr/bin/env python3
"""Compares pocketgan with the same recipe in TensorFlow, PyTorch and JAX, in f32 and in bfloat16.

Trains each in turn on the same images and with as many threads, and prints a Markdown table of what each took. Needs a
Python package index and 8 GB of disk in target/peers, most of it for PyTorch's ordinary package on Linux. A peer that
cannot be installed or run is left out, with a message. Nothing else should run meanwhile: threads that spin while they
wait, as PyTorch's do, then lose much more than their share (OMP_WAIT_POLICY=passive avoids that).
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

import python_packages
import script

PROGRAMS = script.REPOSITORY / "tests/peers"
# The precisions in which each program is run.
PRECISIONS = {"tensorflow": ("f32",), "pytorch": ("f32", "bf16"), "jax": ("f32", "bf16"), "pocketgan": ("f32", "bf16")}
# The packages of each peer.
PEERS = {
    "tensorflow": ("numpy", "tensorflow", "tf_keras"),
    "pytorch": ("numpy", "torch"),
    "jax": ("numpy", "jax"),
}
IMAGES = ("train-images-idx3-ubyte", "train-images.idx3-ubyte")
# The first epoch of a run warms up, and compiles where there is something to compile.
WARM_UP = 1
# Columns of ratios: a heading, and how the name of what it compares with begins.
RATIOS = (("of TensorFlow", "TensorFlow"), ("of pocketgan in f32", "pocketgan"))


def peer_names(text):
    names = text.split(",")
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    return names


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        default=os.environ.get("POCKETGAN_DATA"),
        help="the unpacked training images or their folder (default: POCKETGAN_DATA, or fetched MNIST)",
    )
    parser.add_argument("--epochs", type=script.positive, default=5, help="epochs of each run; the first does not count")
    parser.add_argument("--rounds", type=script.positive, default=2, help="runs of each program")
    parser.add_argument("--threads", type=script.positive, default=os.cpu_count())
    parser.add_argument(
        "--only", type=peer_names, default=list(PEERS), metavar="PEER[,PEER]", help=f"of {', '.join(PEERS)}"
    )
    arguments = parser.parse_args()
    if arguments.epochs <= WARM_UP:
        parser.error(f"argument --epochs: must be at least {WARM_UP + 1}, since the first epoch does not count")
    return arguments


def find_images(data, pocketgan, work):
    """The file of training images, unpacked. Without `data` it is MNIST, which the trainer fetches if necessary."""
    script.say("finding the images, by one epoch of pocketgan")
    options = ["--data", data] if data else []
    script.check([pocketgan, "train", "--epochs", "1", *options, "--out", work / "first"], stdout=script.NOWHERE)
    images = Path(data) if data else cache_folder() / "pocketgan/mnist"
    if images.is_file():
        return images.resolve()
    for name in IMAGES:
        if (images / name).is_file():
            return (images / name).resolve()
    raise script.Failure(f"there is no {IMAGES[0]} in {images}; the peers need it unpacked")


def cache_folder():
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def install(peers):
    """The interpreter of the peers' environment, and those of `peers` that could be installed."""
    installed = [peer for peer in peers if is_installed(peer)]
    if not installed:
        raise script.Failure("no peer could be installed")
    return python_packages.interpreter("peers"), installed


def is_installed(peer):
    script.say(f"installing {peer}")
    try:
        python_packages.install("peers", PEERS[peer])
    except script.Failure as failure:
        script.say(f"{failure}; continuing without {peer}")
        return False
    return True


class Comparison:
    """Runs of programs on the same images with the same number of epochs and threads."""

    def __init__(self, python, pocketgan, images, arguments, work):
        self.command = [images, "--epochs", str(arguments.epochs), "--threads", str(arguments.threads)]
        self.python, self.work = python, work
        # This compares processors: graphics cards are hidden.
        settings = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment = os.environ | settings | {"POCKETGAN": str(pocketgan)}

    def run(self, name, precision):
        """Trains once and returns what the program reports."""
        report, errors = self.work / "report", self.work / "errors"
        command = [self.python, PROGRAMS / f"gan_{name}.py", *self.command, "--precision", precision]
        with open(report, "w") as out, open(errors, "w") as err:
            status = script.call(command, stdout=out, stderr=err, env=self.environment)
        if status:
            last = " ".join(errors.read_text(errors="replace").splitlines()[-3:])
            raise script.Failure(f"{name} failed with status {status}: {last}")
        return json.loads(report.read_text())

    def rounds(self, count, peers):
        """All runs: one at a time and in turn, so that a slow spell of the machine does not affect one program alone."""
        runs = []
        for number in range(1, count + 1):
            programs = [(name, precision) for name in (*peers, "pocketgan") for precision in PRECISIONS[name]]
            for name, precision in programs:
                script.say(f"round {number} of {count}: {name} in {precision}")
                try:
                    runs.append(self.run(name, precision))
                except script.Failure as failure:
                    if name == "pocketgan":
                        raise
                    script.say(failure)
        return runs


def table(runs):
    """The lines of a Markdown table of `runs`, a row a program, in the order in which the programs first ran."""
    programs = {}
    for run in runs:
        programs.setdefault(f"{run['name']} {run['version']}, {run['precision']}", []).append(run)
    medians = {name: median(seconds(runs)) for name, runs in programs.items()}
    headings = ["program", "s/epoch, median", "minimum", *(heading for heading, _ in RATIOS), "peak memory MB"]
    headings += ["last D loss", "last G loss"]
    rows = [headings, ["---"] * len(headings)]
    for name, runs in programs.items():
        cells = [name, f"{medians[name]:.2f}", f"{min(seconds(runs)):.2f}"]
        cells += [ratio(medians[name], medians, reference) for _, reference in RATIOS]
        cells += [str(max(run["peak_mb"] for run in runs))]
        cells += [f"{runs[-1][loss]:.2f}" for loss in ("d_loss", "g_loss")]
        rows.append(cells)
    return [f"| {' | '.join(cells)} |" for cells in rows]


def seconds(runs):
    return [value for run in runs for value in run["seconds"][WARM_UP:]]


def ratio(value, medians, reference):
    base = next((medians[name] for name in medians if name.startswith(reference)), None)
    return f"{value / base:.2f}" if base else "-"


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pocketgan = script.copy_trainer(work / "pocketgan")
        images = find_images(arguments.data, pocketgan, work)
        python, peers = install(arguments.only)
        runs = Comparison(python, pocketgan, images, arguments, work).rounds(arguments.rounds, peers)
    if all(run["name"] == "pocketgan" for run in runs):
        raise script.Failure("no peer could be run")
    print(
        f"{processor()}, {os.cpu_count()} cores, {arguments.threads} threads, {date.today()}; "
        f"{arguments.rounds} rounds of {arguments.epochs} epochs, of which the first (warm-up, compilation) does not count:\n"
    )
    print("\n".join(table(runs)))


if __name__ == "__main__":
    script.run(main)
