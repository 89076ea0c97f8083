#!/usr/bin/env python3
"""Trains the generator of firmware/models again, exports the models, and compares them with the committed ones.

Takes about six minutes on two cores. An interrupted training continues when this is called again with the same --out.
"""

import argparse
from pathlib import Path

import script

PRECISIONS = ("int8", "mixed", "int4")
MODELS = script.REPOSITORY / "firmware/models"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    script.add_data_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", default=script.TARGET / "reproduce", help="run folder (default: %(default)s)"
    )
    return parser.parse_args()


def train(program, run, environment):
    if (run / "model-int8.pgan").exists():
        return
    options = ["--resume", run] if (run / "config.json").exists() else ["--recipe", "best", "--precision", "f32", "--out", run]
    script.check([program, "train", *options], env=environment)


def export(program, run, precision, environment):
    made = run / f"mnist-{precision}.pgan"
    script.check([program, "export", run, "--best", "--precision", precision, "--out", made], env=environment)
    return made


def main():
    arguments = parse_arguments()
    run, environment = arguments.out.resolve(), script.trainer_environment(arguments.data)
    program = script.build_trainer()
    run.parent.mkdir(parents=True, exist_ok=True)
    train(program, run, environment)
    made = [export(program, run, precision, environment) for precision in PRECISIONS]
    different = [file.name for file in made if file.read_bytes() != (MODELS / file.name).read_bytes()]
    if different:
        raise script.Failure(
            f"these differ from the committed models in {MODELS}: {', '.join(different)}. "
            "Kernels without fused multiply-add (neither AVX2 nor NEON) round differently."
        )
    print(f"All {len(made)} models are identical to those in firmware/models.")


if __name__ == "__main__":
    script.run(main)
