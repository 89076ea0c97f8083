"""Makes a Markdown table of the runs on standard input, a line of JSON each."""

import json
import sys
from statistics import median

# The first epoch of a run warms up, and compiles where there is something to compile.
WARM_UP = 1
# Columns of ratios: a heading, and how the name of what it compares with begins.
RATIOS = (("of TensorFlow", "TensorFlow"), ("of pocketgan", "pocketgan"))


def by_program(lines):
    """The runs of each program, in the order in which the programs first ran."""
    programs = {}
    for run in map(json.loads, lines):
        programs.setdefault(f"{run['name']} {run['version']}", []).append(run)
    return programs


def seconds(runs):
    return [value for run in runs for value in run["seconds"][WARM_UP:]]


def ratio(value, medians, reference):
    base = next((medians[name] for name in medians if name.startswith(reference)), None)
    return f"{value / base:.2f}" if base else "-"


def main():
    programs = by_program(sys.stdin)
    medians = {name: median(seconds(runs)) for name, runs in programs.items()}
    headings = ["program", "s/epoch, median", "minimum", *(heading for heading, _ in RATIOS), "peak memory MB"]
    headings += ["last D loss", "last G loss"]
    rows = [headings, ["---"] * len(headings)]
    for name, runs in programs.items():
        row = [name, f"{medians[name]:.2f}", f"{min(seconds(runs)):.2f}"]
        row += [ratio(medians[name], medians, reference) for _, reference in RATIOS]
        row += [str(max(run["peak_mb"] for run in runs))]
        row += [f"{runs[-1][loss]:.2f}" for loss in ("d_loss", "g_loss")]
        rows.append(row)
    for row in rows:
        print(f"| {' | '.join(row)} |")


main()
