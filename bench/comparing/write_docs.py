"""Puts the rows of a comparison into docs/performance.md (between its two marks) and docs/performance.svg."""
import json
import pathlib
import sys

from comparing import chart, report

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- bench/compare --write-docs: begin -->\n", "<!-- bench/compare --write-docs: end -->\n"


def table(cpu, rows):
    peers = sorted({peer for row in rows for peer in row["peers"]})
    lines = [f"{cpu}; peers: {', '.join(peers)}. {'; '.join(report.summary(rows))}.", "",
             "![How many times faster than the best peer each workload is](performance.svg)", "", report.HEADER]
    return "\n".join([*lines, *map(report.line, rows)]) + "\n"


def replace_part(page, part):
    """The page with what stands between the marks replaced."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"there is no place for the table: the lines {BEGIN.strip()} and {END.strip()} are missing")
    before, rest = page.split(BEGIN, 1)
    return before + BEGIN + part + END + rest.split(END, 1)[1]


def write(path, docs=DOCS):
    """0; 1 with a message where the file or the page is not as it should be."""
    try:
        told = json.loads(pathlib.Path(path).read_text())
        cpu, rows = told["cpu"], told["rows"]
        page = docs / "performance.md"
        page.write_text(replace_part(page.read_text(), table(cpu, rows)))
    except (OSError, ValueError, KeyError) as problem:
        print(f"cannot write the tables of {path}: {problem}", file=sys.stderr)
        return 1
    (docs / "performance.svg").write_text(chart.draw(cpu, rows))
    return 0
