"""The files of a prepared workload, as the processes of all sides read them; comparing/prepare.py writes them.

    row.json             what the workload is, and the largest error that is let pass
    weights.safetensors  of Kiln's model, if it has one
    argument_N.npy       the other arguments of Kiln's function, in their order
    expected_N.npy       what PyTorch's eager mode computed; of training the losses of the first steps, in f64 where rounding grows
    model.onnx           where an ONNX peer was asked for and the model could be exported; else why not in model.onnx.failed
    input_N.npy          of model.onnx
"""
import json
import pathlib

import numpy as np


class Prepared:
    def __init__(self, folder, name):
        self.root = pathlib.Path(folder)
        self.name = name
        self.folder = self.root / "workloads" / name
        self.row = json.loads((self.folder / "row.json").read_text())

    def arrays(self, kind):
        found = []
        while (path := self.folder / f"{kind}_{len(found)}.npy").exists():
            found.append(np.load(path))
        return found

    def expected(self):
        return self.arrays("expected")
