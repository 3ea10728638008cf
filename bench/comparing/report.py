"""The comparison in Markdown and JSON."""
import json
import math
import pathlib

HEADER = ("| workload | threads | Kiln ms | spread | best peer | its ms | ratio | of limit | peak MB (peer) | compile s (peer) |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
UNITS = {"fma": "GFLOP/s", "read": "GB/s read", "stream": "GB/s streamed"}


def number(value):
    """Three digits, without an exponent."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def spread(figures):
    low, high = figures["range_ms"]
    return f"{number(low)}–{number(high)}"


def of_both(row, key):
    peer = row["peers"].get(row["best_peer"], {})
    return f"{number(row.get(key))} ({number(peer.get(key))})"


def line(row):
    """A row of the table; where a side failed, or computed something else, in words."""
    start = f"| {row['workload']} | {row['threads']} | "
    if "failed" in row:
        return f"{start}failed: {row['failed']} |" + " |" * 7
    if not row["checked"]:
        return f"{start}{number(row['ms'])} | WRONG, off by {row['error']:.1e} |" + " |" * 6
    limit = f"{100 * row['of_limit']:.0f}% of {number(row['limit'])} {UNITS[row['limited_by']]}"
    rest = f"{limit} | {of_both(row, 'peak_mb')} | {of_both(row, 'compile_seconds')} |"
    if row["best_peer"] is None:
        return f"{start}{number(row['ms'])} | {spread(row)} | none | – | – | {rest}"
    return (f"{start}{number(row['ms'])} | {spread(row)} | {row['best_peer']} | {number(row['peer_ms'])} | "
            f"{row['ratio']:.2f} | {rest}")


def notes(row):
    """What kept a peer out of the row."""
    found = []
    for side, peer in row["peers"].items():
        if "failed" in peer:
            found.append(f"{side}: {peer['failed']}")
        elif not peer["checked"]:
            found.append(f"{side}: off by {peer['error']:.1e}, does not count")
    return found


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def summary(rows):
    """One line for each count of threads."""
    lines = []
    for threads in sorted({row["threads"] for row in rows}):
        these = [row for row in rows if row["threads"] == threads]
        ratios = [row["ratio"] for row in these if row["ratio"]]
        if ratios:
            lines.append(f"{threads} thread{'s' * (threads > 1)}: {len(ratios)} of {len(these)} workloads compared, geometric mean "
                         f"of the ratios {geometric_mean(ratios):.2f}, least {min(ratios):.2f}, "
                         f"{sum(ratio < 1 for ratio in ratios)} below 1")
    return lines


def write_json(path, cpu, rows):
    pathlib.Path(path).write_text(json.dumps({"cpu": cpu, "rows": rows}, indent=1) + "\n")
