"""The recipe in pocketgan: runs the program, and reports as the peers do."""

import csv
import os
import resource
import subprocess
import tempfile
from pathlib import Path

import peer

arguments = peer.parse_arguments()
program = os.environ["POCKETGAN"]
version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder) / "run"
    command = [program, "train", "--data", arguments.images, "--out", out]
    command += ["--epochs", str(arguments.epochs), "--threads", str(arguments.threads)]
    command += ["--precision", arguments.precision]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(out / "metrics.csv", newline="") as metrics:
        epochs = list(csv.DictReader(metrics))

seconds = [float(epoch["seconds"]) for epoch in epochs]
d_loss, g_loss = (float(epochs[-1][name]) for name in ("d_loss", "g_loss"))
peer.report("pocketgan", version, arguments.precision, seconds, d_loss, g_loss, resource.RUSAGE_CHILDREN)
