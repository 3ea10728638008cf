"""The comparison as an SVG chart: how many times faster than the best peer, one bar for each workload and count of threads.

The axis is logarithmic: a bar to the right of 1 is as long for twice as fast as one to the left for half as fast. Colours follow
the reader's light or dark setting.
"""
import html
import math

WIDTH, LABELS, RIGHT = 900, 200, 205  # pixels: of all, of the names, of the peers' names
BAR, LANE_GAP, GROUP_GAP, TOP, BOTTOM = 9, 9, 15, 78, 44
LEFT_END, RIGHT_END = 0.35, 8.0  # of the axis; longer bars end in an arrow
TICKS = [0.5, 1, 2, 4, 8]

STYLE = """
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .quiet { fill: #636c76; }
  .small { font-size: 11px; }
  .number { font-size: 11px; font-variant-numeric: tabular-nums; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .one { stroke: #636c76; stroke-width: 1.5; }
  .ahead1 { fill: #0969da; } .ahead2 { fill: #8cc0f5; }
  .behind1 { fill: #bc4c00; } .behind2 { fill: #f2b27c; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; } .grid { stroke: #343b44; } .one { stroke: #9198a1; }
    .ahead1 { fill: #4493f8; } .ahead2 { fill: #27548c; }
    .behind1 { fill: #f0883e; } .behind2 { fill: #8a4a1c; }
  }
"""


def place(ratio):
    """The pixel of a ratio."""
    share = math.log(min(max(ratio, LEFT_END), RIGHT_END) / LEFT_END) / math.log(RIGHT_END / LEFT_END)
    return LABELS + share * (WIDTH - LABELS - RIGHT)


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(words)}</text>'


def times(ratio):
    return f"{ratio:.2f}×" if ratio < 9.95 else f"{ratio:.0f}×"


def bar(row, y, threads):
    """A bar from 1 to the ratio, with its number on the right, where no name stands."""
    begin, end = sorted((place(1), place(row["ratio"])))
    kind = ("ahead" if row["ratio"] >= 1 else "behind") + str(1 if row["threads"] == threads[0] else 2)
    shapes = [f'<rect x="{begin:.1f}" y="{y}" width="{max(end - begin, 1):.1f}" height="{BAR}" rx="2" class="{kind}"/>']
    for beyond, at, step in ((row["ratio"] > RIGHT_END, end, 8), (row["ratio"] < LEFT_END, begin, -8)):
        if beyond:
            shapes.append(f'<path d="M{at:.1f} {y} l{step} {BAR / 2} l{-step} {BAR / 2} z" class="{kind}"/>')
    end += 8 * (row["ratio"] > RIGHT_END)
    shapes.append(text(end + 5, y + BAR - 0.5, times(row["ratio"]), "number"))
    return shapes


def milliseconds(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def peer_of(rows):
    return f"{rows[0]['best_peer']} {milliseconds(rows[0]['peer_ms'])} → {milliseconds(rows[0]['ms'])} ms"


def lanes(rows):
    """[(workload, its rows by threads)], in the order of the rows, a None where a new group begins."""
    found = {}
    for row in rows:
        if row["ratio"]:
            found.setdefault(row["workload"], []).append(row)
    result, group = [], None
    for name, these in found.items():
        if group is not None and name.split("_")[0] != group:
            result.append(None)
        group = name.split("_")[0]
        result.append((name, sorted(these, key=lambda row: row["threads"])))
    return result


def legend(threads, y):
    shapes, x = [], LABELS
    for number, count in enumerate(threads[:2]):
        shapes.append(f'<rect x="{x}" y="{y - 9}" width="14" height="{BAR}" rx="2" class="ahead{number + 1}"/>')
        shapes.append(f'<rect x="{x + 16}" y="{y - 9}" width="14" height="{BAR}" rx="2" class="behind{number + 1}"/>')
        shapes.append(text(x + 36, y, f"{count} thread{'s' * (count > 1)}", "small"))
        x += 110
    return shapes


def draw(cpu, rows):
    """The SVG, of rows as bench/compare writes them; those without a ratio are left out."""
    threads = sorted({row["threads"] for row in rows if row["ratio"]})
    shapes, y = [], TOP
    for lane in lanes(rows):
        if lane is None:
            y += GROUP_GAP
            continue
        name, these = lane
        height = BAR * len(these) + 2 * (len(these) - 1)
        shapes.append(text(LABELS - 12, y + height / 2 + 4, name, "", "end"))
        shapes.append(text(WIDTH - 12, y + height / 2 + 4, peer_of(these), "quiet small", "end"))
        for number, row in enumerate(these):
            shapes += bar(row, y + number * (BAR + 2), threads)
        y += height + LANE_GAP
    bottom = y + 4
    grid = []
    for tick in TICKS:
        kind = "one" if tick == 1 else "grid"
        grid.append(f'<line x1="{place(tick):.1f}" x2="{place(tick):.1f}" y1="{TOP - 8}" y2="{bottom}" class="{kind}"/>')
        grid.append(text(place(tick), bottom + 16, f"{tick:g}×", "quiet small", "middle"))
    head = [text(12, 26, "Kiln beside the best of its peers", "title"),
            text(12, 45, f"{cpu}; times faster, right of the line is ahead", "quiet"),
            *legend(threads, TOP - 16),
            text(WIDTH - 12, TOP - 16, "best peer → Kiln" + (f", {threads[0]} thread" if len(threads) > 1 else ""), "quiet small", "end")]
    height = bottom + BOTTOM
    foot = [text(place(1) - 6, bottom + 34, "← slower", "quiet small", "end"), text(place(1) + 6, bottom + 34, "faster →", "quiet small")]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
            f'aria-label="Kiln beside the best of its peers">\n<style>{STYLE}</style>\n' + "\n".join(grid + head + shapes + foot) + "\n</svg>\n")
