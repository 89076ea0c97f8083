"""What the Python scripts of this folder share: messages, child processes that never outlive them, and the trainer."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit(f"{sys.argv[0]}: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")

REPOSITORY = Path(__file__).resolve().parent.parent
TARGET = REPOSITORY / "target"
PYTHON = sys.executable
NOWHERE, STDERR = subprocess.DEVNULL, sys.stderr
# How long an interrupted child may take to finish: a training writes a checkpoint.
GRACE_SECONDS = 20


class Failure(Exception):
    """An error for the person at the terminal: one sentence."""


def say(message):
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr, flush=True)


def run(main):
    """Calls `main`. A failure becomes a message and status 1; Ctrl-C and SIGTERM end the script as the signals would."""
    signal.signal(signal.SIGTERM, terminate)
    try:
        main()
    except Failure as failure:
        say(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(128 + signal.SIGINT)


def terminate(number, _frame):
    sys.exit(128 + number)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be a positive number")
    return number


@contextmanager
def child(command, **options):
    """A child process; leaving the context interrupts it and all that it started, if it still runs.

    It gets a process group of its own, so that an interruption reaches its children too, and exactly once.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, **options)
    try:
        yield process
    finally:
        stop(process)


def stop(process):
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"process {process.pid} does not end; killing it")


def call(command, **options):
    """Runs a command to its end and returns its exit status."""
    with child(command, **options) as process:
        return process.wait()


def check(command, **options):
    """Runs a command to its end; any status but 0 is a failure."""
    status = call(command, **options)
    if status != 0:
        raise Failure(f"`{' '.join(map(str, command))}` failed with status {status}")


def build_trainer():
    """Builds the trainer for release and returns the program's path."""
    command = ["cargo", "build", "--quiet", "--release", "--package", "pocketgan-trainer", "--target-dir", TARGET]
    check(command, cwd=REPOSITORY)
    return TARGET / "release/pocketgan"


def copy_trainer(destination):
    """A copy of the trainer that a later build does not change, since figures of two programs must not be mixed.

    A copy that is there is kept.
    """
    if not destination.exists():
        part = destination.with_suffix(".part")
        shutil.copy2(build_trainer(), part)
        part.rename(destination)
    return destination


def add_data_option(parser):
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of the IDX files (default: fetched MNIST)")


def trainer_environment(data):
    """The environment in which the trainer finds its images in `data`, if that is given."""
    return os.environ | ({"POCKETGAN_DATA": str(data.resolve())} if data else {})
