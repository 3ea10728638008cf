"""PyTorch's sides: eager, compiled by Inductor, and AOTInductor with frozen weights."""
import json
import logging
import os
import time
import warnings

import numpy as np

from comparing import measure, torch_steps


def kept_seconds(folder, compile_now):
    """Compiles; how long that took, or took when the folder's cache was filled."""
    record = folder / "seconds.json"
    before = time.perf_counter()
    result = compile_now()
    if not record.exists():
        folder.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(time.perf_counter() - before))
    return result, json.loads(record.read_text())


def ahead_of_time(torch, row, folder):
    path = folder / "model.pt2"
    torch._inductor.config.freezing = True

    def build():
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with torch.no_grad():
                torch._inductor.aoti_compile_and_package(torch.export.export(row.module, row.inputs), package_path=str(path))

    _, seconds = kept_seconds(folder, build)
    return torch._inductor.aoti_load_package(str(path)), {"compile_seconds": seconds, "model_bytes": path.stat().st_size}


def load(side, work, threads):
    folder = work.root / "inductor" / f"{work.name}_{side}_t{threads}"
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "cache")
    import torch

    import workloads

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(threads)
    row = workloads.WORKLOADS[work.name]()
    measure.reset_peak()
    module, told = row.module, {}
    if side == "compile":
        module = torch.compile(row.module, dynamic=False)
    elif side == "aoti":
        if row.optimizer or row.changed:
            raise ValueError("inference only")
        module, told = ahead_of_time(torch, row, folder)
    step = (torch_steps.training if row.optimizer else torch_steps.inference)(row, module)
    last = []

    def run():
        last[:] = [step()]

    def results():
        if row.optimizer:
            return [np.float32(last[0])]
        return [value.numpy() for value in torch_steps.all_of(row.kiln_layout(last[0]))]

    if side == "compile":  # once more than the first call, with the state that it found
        state = {name: value.clone() for name, value in row.module.state_dict().items()}
        inputs = [value.clone() for value in row.inputs] if row.changed else None
        _, seconds = kept_seconds(folder, run)
        row.module.load_state_dict(state)
        for value, former in zip(row.inputs, inputs or []):
            value.copy_(former)
        if row.optimizer:
            step = torch_steps.training(row, module)
        told = {"compile_seconds": seconds}
    return run, results, told
