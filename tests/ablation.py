#!/usr/bin/env python3
"""Measures what the options of `pocketgan train` gain.

Trains each setting with several seeds, evaluates the last generator of each run with `pocketgan eval`, and prints a
Markdown table of means and standard deviations. A run of 300 epochs takes about five minutes on two cores, so all of
them take hours. What was interrupted continues when this is called again with the same --out.
"""

import argparse
import json
import os
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean, stdev

import script

POLL_SECONDS = 0.2
# The options of `pocketgan train` in each setting.
SETTINGS = {
    "plain": "",
    "ema": "--ema 0.999",
    "decay": "--lr-decay",
    "r1": "--r1 100",
    "r1-ema": "--r1 100 --ema 0.999",
    "best": "--recipe best",
    "no-decay": "--recipe best --lr-decay=false",
}
# Heading and decimals of each column, in the order of `figures`.
COLUMNS = (
    ("Fréchet distance", 2),
    ("score", 2),
    ("precision", 3),
    ("recall", 3),
    ("rarest digit, %", 1),
    ("most frequent, %", 1),
)


def setting_names(text):
    names = text.split(",")
    unknown = [name for name in names if name not in SETTINGS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}")
    # In the table's order.
    return [name for name in SETTINGS if name in names]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=script.positive, default=3, help="runs of each setting (default: 3)")
    parser.add_argument("--epochs", type=script.positive, default=300, help="epochs of each run (default: 300)")
    # One thread a run is the fastest way through many runs.
    parser.add_argument("--jobs", type=script.positive, default=os.cpu_count(), help="runs at a time (default: %(default)s)")
    parser.add_argument(
        "--only", type=setting_names, default=list(SETTINGS), metavar="NAME[,NAME]", help=f"of {', '.join(SETTINGS)}"
    )
    script.add_data_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", default=script.TARGET / "ablation", help="run folders (default: %(default)s)"
    )
    return parser.parse_args()


class Ablation:
    """The runs in a folder, with the program and the environment that they need."""

    def __init__(self, arguments):
        self.out = arguments.out.resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.names, self.seeds, self.epochs = arguments.only, range(arguments.seeds), arguments.epochs
        self.environment = script.trainer_environment(arguments.data)
        self.program = script.copy_trainer(self.out / "pocketgan")

    def train(self, jobs):
        """Trains all runs that are not complete, `jobs` at a time."""
        waiting = [run for run in self.runs() if not (self.folder(*run) / "model-f32.pgan").exists()]
        running = []
        with ExitStack() as children:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(children.enter_context(self.training(*waiting.pop(0))))
                running = [training for training in running if is_running(*training)]
                time.sleep(POLL_SECONDS)

    def runs(self):
        return [(name, seed) for name in self.names for seed in self.seeds]

    def folder(self, name, seed):
        return self.out / f"{name}-{seed}"

    @contextmanager
    def training(self, name, seed):
        """A process that trains a run, or the rest of it, and the file of its messages."""
        run = self.folder(name, seed)
        log = run.with_name(f"{run.name}.log")
        command = [self.program, "train", "--threads", "1"]
        if (run / "config.json").exists():
            command += ["--resume", run]
        else:
            command += ["--epochs", str(self.epochs), "--seed", str(seed), *SETTINGS[name].split(), "--out", run]
        script.say(f"training {run.name}")
        with open(log, "a") as file, script.child(command, stdout=file, stderr=file, env=self.environment) as process:
            yield process, log

    def measure(self, name, seed):
        """The figures of a run, evaluated unless that was done before."""
        run = self.folder(name, seed)
        report, part = run / "eval.json", run / "eval.part"
        if not report.exists():
            with open(part, "w") as file:
                command = [self.program, "eval", run / "model-f32.pgan", "--json"]
                script.check(command, stdout=file, env=self.environment)
            part.rename(report)
        return figures(json.loads(report.read_text())["generated"])

    def table(self):
        """The lines of the table."""
        yield row(["setting", "options", *(heading for heading, _ in COLUMNS)])
        yield row(["---"] * (2 + len(COLUMNS)))
        for name in self.names:
            columns = zip(*(self.measure(name, seed) for seed in self.seeds), strict=True)
            cells = [spread(values, decimals) for values, (_, decimals) in zip(columns, COLUMNS, strict=True)]
            options = f"`{SETTINGS[name]}`" if SETTINGS[name] else ""
            yield row([name, options, *cells])


def is_running(process, log):
    status = process.poll()
    if status:
        raise script.Failure(f"a training failed with status {status}; see {log}")
    return status is None


def figures(generated):
    """The figures of generated pictures, a number a column."""
    shares = [100 * share for share in generated["digits"]["shares"]]
    names = ("frechet_distance", "classifier_score", "precision", "recall")
    return [*(generated[name] for name in names), min(shares), max(shares)]


def spread(values, decimals):
    deviation = stdev(values) if len(values) > 1 else 0
    return f"{mean(values):.{decimals}f} ± {deviation:.{decimals}f}"


def row(cells):
    return f"| {' | '.join(cells)} |"


def main():
    arguments = parse_arguments()
    ablation = Ablation(arguments)
    ablation.train(arguments.jobs)
    lines = list(ablation.table())
    print(f"{arguments.seeds} seeds each, {arguments.epochs} epochs; mean ± standard deviation of the last generator (f32):\n")
    print("\n".join(lines))


if __name__ == "__main__":
    script.run(main)
