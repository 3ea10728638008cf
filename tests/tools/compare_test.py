"""bench/compare without PyTorch: what it says then, and its reports of rows that are given."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from comparing import chart, report, write_docs  # noqa: E402


def row(workload="mlp_infer_b1", ms=2.0, peer_ms=5.0, threads=1, **more):
    peers = {"eager": {"ms": peer_ms, "range_ms": [peer_ms, peer_ms], "checked": True, "peak_mb": 400.0},
             "ort": {"failed": "its inputs are lists of tensors"},
             "openvino": {"ms": 0.1, "range_ms": [0.1, 0.1], "checked": False, "error": 0.25}}
    return {"workload": workload, "threads": threads, "ms": ms, "range_ms": [1.9, 2.25], "best_peer": "eager", "peer_ms": peer_ms,
            "ratio": peer_ms / ms, "of_limit": 0.5, "limited_by": "fma", "limit": 240.0, "checked": True, "error": 1e-6,
            "peak_mb": 33.4, "compile_seconds": 1.25, "peers": peers, **more}


class Report(unittest.TestCase):
    def test_a_row_shows_times_ratio_limit_memory_and_compile_time_of_both(self):
        self.assertEqual(report.line(row()), "| mlp_infer_b1 | 1 | 2 | 1.9–2.25 | eager | 5 | 2.50 | 50% of 240 GFLOP/s | "
                                             "33.4 (400) | 1.25 (–) |")

    def test_every_row_has_the_columns_of_the_header(self):
        columns = report.HEADER.splitlines()[0].count("|")
        without_peer = {**row(), "best_peer": None, "peer_ms": None, "ratio": None}
        for one in [row(), without_peer, row(failed="no dims"), row(checked=False, ratio=None, error=0.5)]:
            self.assertEqual(report.line(one).count("|"), columns, report.line(one))

    def test_a_wrong_result_is_called_wrong_and_has_no_ratio(self):
        shown = report.line(row(checked=False, ratio=None, error=0.5))
        self.assertIn("WRONG, off by 5.0e-01", shown)
        self.assertNotIn("2.50", shown)

    def test_peers_that_cannot_run_or_are_wrong_are_told(self):
        self.assertEqual(report.notes(row()), ["ort: its inputs are lists of tensors", "openvino: off by 2.5e-01, does not count"])

    def test_the_summary_counts_each_number_of_threads_by_itself(self):
        lines = report.summary([row(), row(peer_ms=1.0), row(threads=2, ratio=None, checked=False)])
        self.assertEqual(lines, ["1 thread: 2 of 2 workloads compared, geometric mean of the ratios 1.12, least 0.50, 1 below 1"])

    def test_json_has_the_fields_that_others_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rows.json"
            report.write_json(path, "a CPU", [row()])
            told = json.loads(path.read_text())
        self.assertEqual(told["cpu"], "a CPU")
        needed = {"workload", "threads", "ms", "best_peer", "peer_ms", "ratio", "of_limit", "checked"}
        self.assertLessEqual(needed, told["rows"][0].keys())


class Chart(unittest.TestCase):
    def test_a_bar_for_each_row_with_a_ratio(self):
        rows = [row(), row(threads=2, ms=8.0), row("sdpa_s128", ms=0.1), row("failed", ratio=None, checked=False)]
        image = xml.etree.ElementTree.fromstring(chart.draw("a <CPU>", rows))
        shown = [one.text for one in image.iter("{http://www.w3.org/2000/svg}text")]
        for words in ("mlp_infer_b1", "2.50×", "0.62×", "50×", "a <CPU>; times faster, right of the line is ahead"):
            self.assertIn(words, shown)
        self.assertNotIn("failed", shown)

    def test_bars_grow_to_the_right_where_kiln_is_ahead(self):
        self.assertLess(chart.place(0.6), chart.place(1))
        self.assertLess(chart.place(1), chart.place(3))
        self.assertAlmostEqual(chart.place(2) - chart.place(1), chart.place(4) - chart.place(2))


class Docs(unittest.TestCase):
    def written(self, page, rows):
        with tempfile.TemporaryDirectory() as folder:
            docs = pathlib.Path(folder)
            (docs / "performance.md").write_text(page)
            report.write_json(docs / "rows.json", "a CPU", rows)
            status = write_docs.write(docs / "rows.json", docs)
            image = docs / "performance.svg"
            return status, (docs / "performance.md").read_text(), image.exists()

    def test_what_stands_between_the_marks_is_replaced(self):
        page = f"before\n{write_docs.BEGIN}old\n{write_docs.END}after\n"
        status, text, has_image = self.written(page, [row()])
        self.assertEqual(status, 0)
        self.assertTrue(has_image)
        self.assertTrue(text.startswith("before\n") and text.endswith("after\n"))
        self.assertIn("| mlp_infer_b1 | 1 | 2 |", text)
        self.assertIn("a CPU; peers: eager, openvino, ort.", text)
        self.assertNotIn("old", text)

    def test_a_page_without_marks_is_left_as_it_is(self):
        status, text, has_image = self.written("nothing here\n", [row()])
        self.assertEqual((status, text, has_image), (1, "nothing here\n", False))

    def test_the_page_of_this_repository_has_the_marks(self):
        write_docs.replace_part((ROOT / "docs/performance.md").read_text(), "")


class Command(unittest.TestCase):
    def run_without_packages(self, script, *words):
        return subprocess.run([sys.executable, "-I", "-S", ROOT / "bench" / script, *words], capture_output=True, text=True)

    def test_says_once_which_packages_are_missing(self):
        for script in ("compare", "random_sizes"):
            done = self.run_without_packages(script)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(f"bench/{script} needs numpy and torch, which {sys.executable} does not find", done.stderr)
            self.assertIn("bench/README.md", done.stderr)

    def test_options_that_make_no_sense_are_refused(self):
        for words, message in [(["--threads", "two"], "--threads takes numbers with commas between them, not `two`"),
                               (["--threads", "0"], "--threads and --rounds are at least 1"),
                               (["--peers", "eager,tpu"], "no peer is called tpu; there are eager, compile"),
                               (["--write-docs"], "--write-docs needs --json FILE")]:
            done = self.run_without_packages("compare", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
