"""Libraries of bench/workloads, built by kilnc into FOLDER/libraries where they are missing or old."""
import json
import pathlib
import subprocess
import time

import kiln_library

WORKLOADS = pathlib.Path(__file__).resolve().parents[1] / "workloads"


def folder_of(root, file, dims):
    name = "_".join([file, *(f"{dim}{size}" for dim, size in dims.items())])
    return pathlib.Path(root) / "libraries" / name


def told(folder, file):
    seconds = json.loads((folder / "seconds.json").read_text())
    return {"compile_seconds": seconds, "library_bytes": (folder / f"lib{file}.so").stat().st_size}


def ensure(kilnc, file, root, dims=None):
    """Builds the library of FILE unless one is there that is newer than the program and the compiler; where it is."""
    folder, source = folder_of(root, file, dims or {}), WORKLOADS / f"{file}.model"
    path, seconds = folder / f"lib{file}.so", folder / "seconds.json"
    newest = max(source.stat().st_mtime, pathlib.Path(kilnc).stat().st_mtime)
    if seconds.exists() and path.stat().st_mtime > newest:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    constants = [word for dim, size in (dims or {}).items() for word in ("--dim", f"{dim}={size}")]
    before = time.perf_counter()
    done = subprocess.run([kilnc, "build", source, "-o", path, "--no-cache", *constants], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"kilnc build {source.name} failed:\n{done.stderr}")
    seconds.write_text(json.dumps(time.perf_counter() - before))
    return path


def library(kilnc, file, root):
    return kiln_library.Library(ensure(kilnc, file, root))
