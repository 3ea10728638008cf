"""A session in which a file is typed character by character: each prefix is answered, and fast."""
import os
import pathlib
import statistics
import time
import unittest

from client import ROOT, ServerTest, position, uri_of

LIMIT = float(os.environ.get("KILN_LSP_LIMIT", "0.05"))  # seconds of processor time for a key; 0: not held (sanitizers)


def program_of_300_lines():
    text = (ROOT / "tests/programs/networks.model").read_text() + "\n" + (ROOT / "tests/programs/reductions.model").read_text()
    lines = [line for line in text.split("\n") if not line.startswith("import ")]
    text = "import init\nimport nn\nimport optim\n\n" + "\n".join(lines) + "\n"
    count = 0
    while text.count("\n") < 293:
        count += 1
        text += (f"\n/// Number {count}.\nfn weighted_{count}(x: f32[N, D], w: f32[N]) -> y: f32[D] where N >= 1 {{\n"
                 f"  let total = sum[n] w[n]\n  y[d] = sum[n] x[n, d] * w[n] / total\n}}\n")
    return text + "// filled up\n" * (300 - text.count("\n"))


class Typing(ServerTest):
    options = {}  # as an editor has it

    def processor_seconds(self):
        """What the server has computed: other programs that run at the same time do not count."""
        fields = pathlib.Path(f"/proc/{self.client.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def type(self, uri, text, typed, version, method="completion"):
        """Types at the end of the text; how long each answer took."""
        times = []
        for character in typed:
            place = position(text, len(text))
            text += character
            begin = time.monotonic()
            self.client.change(uri, version, {"range": {"start": place, "end": place}, "text": character})
            version += 1
            if method == "completion":
                self.assertIn("items", self.client.at("textDocument/completion", uri, position(text, len(text))))
            else:
                self.client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
            times.append(time.monotonic() - begin)
        return times, text, version

    def test_a_file_from_nothing(self):
        uri = uri_of(self.folder / "t.model")
        self.client.open(uri, "")
        typed = (ROOT / "samples/fashion_mnist/fashion_mnist.model").read_text()[:1500]
        times, text, version = self.type(uri, "", typed, 2)
        self.assertEqual(len(times), 1500)
        print(f"typing from nothing: {1000 * statistics.median(times):.1f} ms in the median, {1000 * max(times):.0f} ms at most")
        self.client.change(uri, version, {"text": "fn f() -> f32 = 1\n"})
        self.assertEqual(self.client.diagnostics(uri, version), [])

    def test_more_at_the_end_of_300_lines(self):
        uri = uri_of(self.folder / "t.model")
        text = program_of_300_lines()
        self.assertEqual(text.count("\n"), 300)
        self.client.open(uri, text)
        self.assertEqual([d for d in self.client.diagnostics(uri) if d["severity"] == 1], [])
        typed = ("\n/// More.\nfn more(x: f32[N, D], labels: i32[N]) -> loss: f32 where N >= 1 {\n"
                 "  let z = nn.log_softmax(x)\n  loss = mean[n] -z[n, labels[n]]\n}\n")
        before = self.processor_seconds()
        times, text, version = self.type(uri, text, typed, 2)
        computed = (self.processor_seconds() - before) / len(times)
        print(f"300 lines: {1000 * statistics.median(times):.1f} ms in the median of {len(times)} keys, {1000 * max(times):.0f} ms at "
              f"most; {1000 * computed:.1f} ms of processor time for a key")
        if LIMIT > 0:
            self.assertLess(min(computed, statistics.median(times)), LIMIT)
        self.client.change(uri, version, {"range": {"start": position(text, 0), "end": position(text, 0)}, "text": "\n"})
        self.assertEqual([d for d in self.client.diagnostics(uri, version) if d["severity"] == 1], [])


if __name__ == "__main__":
    unittest.main()
