"""Writes a workload's weights, inputs and expected results to files: python3 prepare.py NAME FOLDER KILNC [--onnx].

A process of its own, so that no side's memory holds PyTorch's copy of the model. See comparing/prepared.py for the files.
"""
import copy
import json
import pathlib
import shutil
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import torch  # noqa: E402

import workloads  # noqa: E402
from comparing import check, kiln_builds, torch_steps  # noqa: E402


def array(tensor):
    tensor = tensor.detach()
    return np.ascontiguousarray(tensor.to(torch.int32).numpy() if tensor.dtype == torch.int64 else tensor.numpy())


def write(folder, kind, arrays):
    for position, value in enumerate(arrays):
        np.save(folder / f"{kind}_{position}.npy", value)


def write_kiln_arguments(row, folder, library):
    parameters = {name: value.detach().numpy() for name, value in row.module.named_parameters()}
    parameters.update({name: value.numpy() for name, value in row.module.named_buffers() if value.is_floating_point()})
    inputs = [array(value) for value in row.kiln_inputs or row.inputs]
    if row.model:
        model = library.model(row.model)
        for name, view in model.parameters().items():
            view[...] = row.leaf(name, parameters)
        model.save(folder / "weights.safetensors")
    else:
        inputs = [np.ascontiguousarray(value) for value in parameters.values()] + inputs
    write(folder, "argument", inputs)
    return len(inputs) - len(row.kiln_inputs or row.inputs)


def losses(row):
    step = torch_steps.training(row, row.module)
    return np.array([float(step()) for _ in range(check.STEPS)])


def losses_in_f64(row):
    """The losses, and twice how far those of PyTorch in f32 are from them: the orders of sums differ from side to side."""
    in_f32 = copy.copy(row)
    in_f32.module = copy.deepcopy(row.module)
    row.module.double()
    row.inputs = tuple(value.double() if value.is_floating_point() else value for value in row.inputs)
    found = losses(row)
    return found, 2 * max(check.error_of([one], [exact]) for one, exact in zip(losses(in_f32), found, strict=True))


def expected_results(row):
    """And the largest error that is let pass."""
    if row.in_f64:
        found, error = losses_in_f64(row)
        return [found], max(error, check.LARGEST_ERROR)
    if row.optimizer:
        return [losses(row).astype(np.float32)], check.LARGEST_ERROR
    with torch.inference_mode():
        found = [value.numpy() for value in torch_steps.all_of(row.kiln_layout(row.module(*row.inputs)))]
    return found, check.LARGEST_ERROR


def export(row, folder):
    """For the peers that read ONNX; why not, where it cannot be done."""
    if row.optimizer or row.changed:
        raise ValueError("inference only")
    if not all(isinstance(value, torch.Tensor) for value in row.inputs):
        raise ValueError("its inputs are lists of tensors")
    with torch.no_grad():
        torch.onnx.export(row.module, row.inputs, folder / "model.onnx", dynamo=True, external_data=False, verbose=False,
                          opset_version=18)
    write(folder, "input", [value.numpy() for value in row.inputs])


def main():
    name, root, kilnc = sys.argv[1:4]
    warnings.filterwarnings("ignore")
    row = workloads.WORKLOADS[name]()
    folder = pathlib.Path(root) / "workloads" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    library = kiln_builds.library(kilnc, row.file, root).open(threads=1)
    parameters = write_kiln_arguments(row, folder, library)
    if "--onnx" in sys.argv:
        try:
            export(row, folder)
        except Exception as problem:
            (folder / "model.onnx.failed").write_text((str(problem).strip() or type(problem).__name__).splitlines()[0][:200])
    expected, largest_error = expected_results(row)
    write(folder, "expected", expected)
    told = {"file": row.file, "function": row.function, "model": row.model, "optimizer": row.optimizer, "dims": row.dims,
            "largest_error": largest_error, "flops": row.flops, "bytes": row.bytes, "streams": row.streams,
            "changed": [parameters + position for position in row.changed]}
    (folder / "row.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
