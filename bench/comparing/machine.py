"""The machine: its name, and what it can do at most (bench/limits.c, asked between the rounds)."""
import pathlib
import shutil
import subprocess

BENCH = pathlib.Path(__file__).resolve().parents[1]
FAMILIES = {("AuthenticAMD", 25): "Zen 3 or 4", ("AuthenticAMD", 26): "Zen 5"}  # where the name does not tell it


def cpu_name():
    """The name that the kernel tells, with the family where that says more."""
    told = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        told.setdefault(key.strip(), value.strip())
    name = told.get("model name", "unknown")
    family = FAMILIES.get((told.get("vendor_id"), int(told.get("cpu family", 0))))
    return f"{name} ({family})" if family else name


class Limits:
    """The process that measures limits. `ask` returns GFLOP/s or GB/s."""

    def __init__(self, folder, clock):
        compiler = shutil.which("cc")
        if compiler is None:
            raise RuntimeError("no C compiler `cc`: the limits of this machine cannot be measured")
        program = pathlib.Path(folder) / "limits"
        subprocess.run([compiler, "-O2", "-march=native", "-pthread", BENCH / "limits.c", "-o", program], check=True)
        self.process = subprocess.Popen([program, clock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, kind, threads, size):
        self.process.stdin.write(f"{kind} {threads} {int(size)}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def questions(row):
    """What bounds a prepared workload: (kind, bytes to touch, its GFLOP or GB)."""
    asked = []
    if row["flops"]:
        asked.append(("fma", 0, row["flops"] / 1e9))
    if row["bytes"]:
        asked.append(("stream" if row["streams"] else "read", row["bytes"], row["bytes"] / 1e9))
    return asked
