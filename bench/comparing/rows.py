"""One row of the comparison: all sides of a workload, started one after the other, then measured in alternating rounds."""
import json
import pathlib
import statistics
import subprocess
import sys

from comparing import machine, process


BENCH = pathlib.Path(__file__).resolve().parents[1]


def is_prepared(folder, with_onnx):
    """Whether the workload's files are there and newer than what they were made from."""
    row = folder / "row.json"
    if not row.exists() or row.stat().st_mtime < max((BENCH / f).stat().st_mtime for f in ("workloads.py", "torch_models.py")):
        return False
    return not with_onnx or (folder / "model.onnx").exists() or (folder / "model.onnx.failed").exists()


def prepare(name, options, with_onnx):
    """Writes the workload's files unless they are there; an error message, or None."""
    if is_prepared(pathlib.Path(options.work) / "workloads" / name, with_onnx):
        return None
    command = [sys.executable, pathlib.Path(__file__).with_name("prepare.py"), name, options.work, options.kilnc]
    done = subprocess.run(command + ["--onnx"] * with_onnx, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (done.stderr.strip() or "it ended without a word").splitlines()[-1]


def figures(times):
    return {"ms": statistics.median(times), "range_ms": [min(times), max(times)]}


def measured(name, threads, sides, limits, options, progress):
    """{side: figures or {"failed"}}, and the limits seen beside them."""
    processes = {}
    try:
        for side in sides:
            progress(f"{side} loads")
            processes[side] = process.Process(side, name, threads, options.work, options.clock)
            processes[side].start()
        return rounds_of(name, threads, processes, limits, options, progress)
    finally:
        for one in processes.values():
            one.kill()


def rounds_of(name, threads, processes, limits, options, progress):
    row = json.loads((pathlib.Path(options.work) / "workloads" / name / "row.json").read_text())
    sides, found, seen = list(processes), {}, []
    times = {side: [] for side in sides}
    for number in range(options.rounds):
        for side in sides[number % len(sides):] + sides[: number % len(sides)]:
            if processes[side].failed is None:
                progress(f"round {number + 1} of {options.rounds}, {side}")
                times[side].append(processes[side].round())
        seen.append([(kind, amount, limits.ask(kind, threads, size)) for kind, size, amount in machine.questions(row)])
    for side, one in processes.items():
        peak = one.end()
        if one.failed is not None:
            found[side] = {"failed": one.failed}
        else:
            found[side] = {**figures(times[side]), **one.told, "peak_mb": peak, "checked": one.told["error"] <= row["largest_error"]}
    return row, found, seen


def least_time(seen):
    """The ms that the measured limits allow, and which of them it is: (ms, "fma" | "read" | "stream", its rate)."""
    bounds = []
    for asked in zip(*seen):
        rate = statistics.median(found for _, _, found in asked)
        bounds.append((1e3 * asked[0][1] / rate, asked[0][0], rate))
    return max(bounds)


def compare(name, threads, sides, limits, options, progress):
    """The first side is what the row is about; the others are its peers."""
    row, found, seen = measured(name, threads, sides, limits, options, progress)
    ours, peers = found[sides[0]], {side: found[side] for side in sides[1:]}
    told = {"workload": name, "threads": threads, "clock": options.clock if threads == 1 else "wall", "peers": peers}
    if "failed" in ours:
        return {**told, "checked": False, "ratio": None, **ours}
    least, limited_by, rate = least_time(seen)
    fair = {side: peer for side, peer in peers.items() if peer.get("checked")}
    best = min(fair, key=lambda side: fair[side]["ms"]) if fair else None
    told.update(ours, best_peer=best, peer_ms=fair[best]["ms"] if best else None)
    told.update(ratio=told["peer_ms"] / ours["ms"] if best and ours["checked"] else None)
    told.update(of_limit=least / ours["ms"], limited_by=limited_by, limit=rate)
    return told
