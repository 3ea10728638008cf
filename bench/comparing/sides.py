"""Kiln and its peers: one row each, told apart by the process that runs them (comparing/run_*.py)."""
import dataclasses
import importlib.util
import pathlib

TCMALLOC = pathlib.Path("/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4")


@dataclasses.dataclass(frozen=True)
class Side:
    module: str  # of comparing/, has `load`
    needs: tuple = ()  # packages
    trains: bool = False
    preloads: bool = True  # tcmalloc: with glibc's, torch gives large blocks back to the kernel at each step
    what: str = ""


SIDES = {
    "kiln": Side("run_kiln", ("numpy",), trains=True, preloads=False, what="one library for all sizes"),
    "kiln_static": Side("run_kiln", ("numpy",), trains=True, preloads=False, what="built with --dim for the sizes of the workload"),
    "eager": Side("run_torch", ("torch",), trains=True, what="PyTorch, fused optimizers"),
    "compile": Side("run_torch", ("torch",), trains=True, what="torch.compile, Inductor"),
    "aoti": Side("run_torch", ("torch",), what="AOTInductor with frozen weights"),
    "ort": Side("run_onnx", ("onnxruntime", "onnx", "onnxscript"), what="ONNX Runtime"),
    "openvino": Side("run_onnx", ("openvino", "onnx", "onnxscript"), preloads=False, what="OpenVINO in f32; dies under tcmalloc"),
}
PEERS = [name for name in SIDES if not name.startswith("kiln")]


def missing(names):
    """Packages that are not installed, of those that these sides need: name -> packages."""
    found = {name: [package for package in SIDES[name].needs if importlib.util.find_spec(package) is None] for name in names}
    return {name: packages for name, packages in found.items() if packages}
