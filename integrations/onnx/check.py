"""Runs exported graphs with onnxruntime and compares their quantiles with those of `fourcast predict`: check.py FOLDER.

For every NAME.onnx of the folder there are NAME.json, which `fourcast export --inputs` printed, and NAME.jsonl, which
`fourcast predict --format json` printed with the same quantiles for all days ahead. `.ci/onnx` makes them.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime

LIMIT = 1e-5


def compare(path):
    """The largest relative difference of a graph's prices from those of `predict`."""
    session = onnxruntime.InferenceSession(path)
    fed = json.loads(path.with_suffix(".json").read_text())
    kinds = {"tensor(int64)": np.int64, "tensor(double)": np.float64}
    inputs = {one.name: np.array(fed[one.name], dtype=kinds[one.type]) for one in session.get_inputs()}
    forecast, quantiles = session.run(["forecast", "quantiles"], inputs)
    levels = session.get_modelmeta().custom_metadata_map["quantiles"].split(",")
    rows = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
    if len(rows) != len(forecast):
        sys.exit(f"{path.name}: {len(forecast)} days, expected {len(rows)}")
    found = np.column_stack([forecast, quantiles])
    expected = np.array([[row["forecast"], *(row[f"q{level}"] for level in levels)] for row in rows])
    return float(np.max(np.abs(found / expected - 1.0)))


def main():
    graphs = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    differences = []
    for path in graphs:
        difference = compare(path)
        print(f"onnxruntime: {path.name}: differs by at most {difference:.1e}")
        if not difference <= LIMIT:
            sys.exit(f"{path.name}: differs by {difference:e}, expected at most {LIMIT:e}")
        differences.append(difference)
    print(f"onnxruntime: {len(graphs)} graphs differ by at most {max(differences):.1e}")


if __name__ == "__main__":
    main()
