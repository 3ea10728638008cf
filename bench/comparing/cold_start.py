"""From the start of a process to its first result and its end, files in the page cache; and what must be shipped for that.

Kiln's side is a C program linked with the library, which opens its weights from a file, as a user would write it; peers are the
shortest Python programs that do the same.
"""
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from comparing import kiln_builds, prepared

WORKLOADS = ("mlp_infer_b1", "resnet50_infer_b1")
RUNS = 7

PROGRAM = """#include <stdio.h>
#include <string.h>
#include "{file}.h"

static float x[{inputs}], y[{outputs}];

/* With a second argument: the most memory that this process held. (What wait4 tells includes that of the process which started
   it.) */
static void print_peak(void) {{
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, "VmHWM:", 6) == 0) fputs(line, stdout);
}}

int main(int count, char** arguments) {{
  static const int64_t x_extents[] = {{{x_shape}}}, y_extents[] = {{{y_shape}}};
  kiln_tensor input = KILN_TENSOR_INIT(x, KILN_F32, {x_rank}, x_extents);
  kiln_tensor output = KILN_TENSOR_INIT(y, KILN_F32, {y_rank}, y_extents);
  kiln_context* context = NULL;
  {file}_{model}* model = NULL;
  for (int i = 0; i < {inputs}; ++i) x[i] = 0.5f;
  if (count < 2 || {file}_context_create(NULL, &context) != KILN_OK) return 1;
  if ({file}_{model}_open(context, arguments[1], &model) != KILN_OK) return 2;
  if ({file}_{function}(context, model, &input, &output) != KILN_OK || y[0] != y[0]) return 3;
  if (count > 2) print_peak();
  return 0;
}}
"""

LOAD = "import numpy as np; x = np.load({x!r})\n"
PEERS = {
    "eager": "import torch\nm = torch.load({module!r}, weights_only=False).eval()\nwith torch.inference_mode(): m(torch.from_numpy(x))",
    "ort": "import onnxruntime as o\ns = o.InferenceSession({onnx!r}, providers=['CPUExecutionProvider'])\n"
           "s.run(None, {{s.get_inputs()[0].name: x}})",
    "openvino": "import openvino as o\no.Core().compile_model({onnx!r}, 'CPU', {{'INFERENCE_PRECISION_HINT': 'f32'}})([x])",
}
SHIPPED = {  # of a package's folder
    "eager": ("torch", ("lib/libtorch_cpu.so", "lib/libtorch.so", "lib/libtorch_python.so", "lib/libc10.so", "lib/libgomp*.so*")),
    "ort": ("onnxruntime", ("capi/*.so*",)),
    "openvino": ("openvino", ("libs/libopenvino.so*", "libs/libopenvino_intel_cpu_plugin.so", "libs/libopenvino_onnx_frontend*",
                              "libs/libtbb.so*", "libs/libtbbmalloc.so*")),
}


def timed(command):
    """{"ms", "range_ms", "peak_mb"} of a command, after one run that fills the page cache."""
    times, peak = [], 0
    for _ in range(RUNS + 1):
        before = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        problem = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        times.append(1e3 * (time.perf_counter() - before))
        if status != 0:
            return {"failed": (problem.decode(errors="replace").strip() or f"status {status}").splitlines()[-1][:200]}
        peak = used.ru_maxrss / 1024
    return {"ms": statistics.median(times[1:]), "range_ms": [min(times[1:]), max(times[1:])], "peak_mb": peak}


def kiln_peak(command):
    told = subprocess.run([*command, "peak"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[1]) / 1024


def megabytes(paths):
    return sum(path.stat().st_size for path in paths) / 1e6


def kiln_program(work):
    """The program and what is shipped with it."""
    row, folder = work.row, kiln_builds.folder_of(work.root, work.row["file"], {})
    x, y = work.arrays("argument")[0], work.expected()[0]
    shape = lambda array: ", ".join(map(str, array.shape))
    source, program = work.folder / "cold.c", work.folder / "cold"
    source.write_text(PROGRAM.format(**row, inputs=x.size, outputs=y.size, x_shape=shape(x), y_shape=shape(y), x_rank=x.ndim,
                                     y_rank=y.ndim))
    compiler = shutil.which("cc")
    subprocess.run([compiler, "-O2", source, "-I", folder, "-o", program, folder / f"lib{row['file']}.so", f"-Wl,-rpath,{folder}"],
                   check=True)
    weights = work.folder / "weights.safetensors"
    return [program, weights], megabytes([folder / f"lib{row['file']}.so", program]), megabytes([weights])


def peer_program(side, work):
    module, onnx, x = (str(work.folder / file) for file in ("module.pt", "model.onnx", "input_0.npy"))
    if side == "eager":
        save = "import sys, torch, workloads; torch.save(workloads.WORKLOADS[sys.argv[1]]().module, sys.argv[2])"
        subprocess.run([sys.executable, "-c", save, work.name, module], check=True, capture_output=True)
    code = (LOAD + PEERS[side]).format(module=module, onnx=onnx, x=x)
    package, patterns = SHIPPED[side]
    root = pathlib.Path(importlib.util.find_spec(package).origin).parent
    files = {path.resolve() for pattern in patterns for path in root.glob(pattern)}
    return [sys.executable, "-c", code], megabytes(files), megabytes([pathlib.Path(module if side == "eager" else onnx)])


def line(name, side, row):
    if "failed" in row:
        return f"| {name} | {side} | failed: {row['failed']} | | | |"
    low, high = row["range_ms"]
    return (f"| {name} | {side} | {row['ms']:.3g} | {low:.3g}–{high:.3g} | {row['peak_mb']:.0f} | {row['runtime_mb']:.3g} + "
            f"{row['weights_mb']:.3g} |")


HEADER = ("| workload | | ms to the first result and exit | spread | peak MB | MB to ship: code + weights |\n|---|---|---|---|---|---|")


def run(options, names):
    """Prints the table; the rows."""
    os.environ["PYTHONPATH"] = str(pathlib.Path(__file__).resolve().parents[1])
    os.environ.pop("LD_PRELOAD", None)
    print(HEADER, flush=True)
    rows = []
    for name in WORKLOADS:
        work = prepared.Prepared(options.work, name)
        for side in names:
            if side != "kiln" and side not in PEERS:
                continue
            command, runtime_mb, weights_mb = kiln_program(work) if side == "kiln" else peer_program(side, work)
            row = {"workload": name, "side": side, **timed(command), "runtime_mb": runtime_mb, "weights_mb": weights_mb}
            if side == "kiln" and "failed" not in row:
                row["peak_mb"] = kiln_peak(command)
            rows.append(row)
            print(line(name, side, rows[-1]), flush=True)
    return rows
