"""Kiln's side: a library that comparing/kiln_builds.py built, called through ctypes. Needs numpy alone."""
import numpy as np

import kiln_library
from comparing import kiln_builds, measure


def load(side, work, threads):
    row = work.row
    folder = kiln_builds.folder_of(work.root, row["file"], row["dims"] if side == "kiln_static" else {})
    library = kiln_library.Library(folder / f"lib{row['file']}.so").open(threads)
    arguments = []
    if row["model"]:
        arguments.append(library.model(row["model"]))
        arguments[0].load(work.folder / "weights.safetensors")
        if not row["optimizer"]:
            arguments[0].freeze()
    if row["optimizer"]:
        arguments.append(library.model("Opt"))
    inputs = work.arrays("argument")
    if row["changed"]:
        arrays, outputs = [inputs[position] for position in row["changed"]], []
    else:
        shapes = [()] if row["optimizer"] else [value.shape for value in work.expected()]
        arrays = outputs = [np.zeros(shape, np.float32) for shape in shapes]
    measure.reset_peak()
    run = library.call(row["function"], *arguments, *inputs, *outputs)
    return run, lambda: arrays, kiln_builds.told(folder, row["file"])
