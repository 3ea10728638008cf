"""Times of one side: rounds of calls, each with its median."""
import pathlib
import statistics
import time

LEAST_ROUND = 0.2  # seconds
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def one_round(run, clock):
    """The median of at least 0.2 s of calls, in ms, behind one that warms the caches (none where a call takes as long)."""
    read, times, begin = CLOCKS[clock], [], time.perf_counter()
    run()
    if time.perf_counter() - begin < LEAST_ROUND:
        begin = time.perf_counter()
    while not times or time.perf_counter() - begin < LEAST_ROUND:
        before = read()
        run()
        times.append(read() - before)
    return 1e3 * statistics.median(times)


def reset_peak():
    """The kernel's record of this process's largest memory begins anew."""
    pathlib.Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None
