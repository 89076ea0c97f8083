"""Runs an ONNX model in onnxruntime.

usage: infer.py MODEL INPUT_NAME OUTPUT_NAME INPUT_FILE OUTPUT_FILE

INPUT_FILE holds the rows of the input one after the other as little-endian f32; OUTPUT_FILE is written likewise. Prints what
the model says of itself, as JSON.
"""

import json
import sys

import numpy
import onnxruntime


def load(path):
    options = onnxruntime.SessionOptions()
    # The machine may have other tests to run.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def main(model, input_name, output_name, input_file, output_file):
    session = load(model)
    shapes = [value.shape for value in session.get_inputs() + session.get_outputs()]
    rows = numpy.fromfile(input_file, dtype="<f4").reshape(-1, shapes[0][1])
    (outputs,) = session.run([output_name], {input_name: rows})
    outputs.astype("<f4").tofile(output_file)
    about = session.get_modelmeta()
    json.dump({"shapes": shapes, "producer": about.producer_name, "metadata": about.custom_metadata_map}, sys.stdout)


main(*sys.argv[1:])
