"""The page of kilnc explain --html as a browser reads it: well-formed, self-contained, nothing of the program unescaped,
every link within it, and a summary that the keyboard reaches for each kernel."""
import json
import os
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

MODELS = os.environ["MODELS"]
ODD = '''/// Text that is <b>markup</b> & more: "quoted", 'too'.
import nn
model Net { fc: nn.Linear(8, 4)
  fn call(x: f32[B, 8]) -> f32[B, 4] = nn.softmax(nn.relu(fc(x))) }
export type Classifier = Net
/// <script>alert("&")</script>
export fn odd(m: Classifier, x: f32[B, 8]) -> y: f32[B, 4] where B < 100 {
  assert all[b: B] x[b, 0] < 2, "x < 2 & \\"small\\" <i>"
  y = m(x) // a && b < c
}
export fn turns(x: f32[B], N: dim) -> y: f32[B] {
  var h = x
  for t in 0..N { h[i] = h[i] * 0.5 + 1.0 }
  y = h
}
'''


def explain(*arguments, code=0):
    done = subprocess.run([os.environ["KILNC"], "explain", *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.odd = os.path.join(self.folder.name, 'odd <&>".model')
        with open(self.odd, "w") as file:
            file.write(ODD)

    def page(self, *arguments):
        path = os.path.join(self.folder.name, "page.html")
        explain(*arguments, "--html", path, "--limits", "100GFLOP/s,10GB/s")
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.assertTrue(self.text.startswith("<!DOCTYPE html>\n"))
        return xml.fromstring(self.text.split("\n", 1)[1])

    def check(self, root):
        for word in ("http:", "https:", "src=", "url(", "@import", "fetch("):
            self.assertNotIn(word, self.text)
        ids = [node.get("id") for node in root.iter() if node.get("id")]
        self.assertEqual(len(ids), len(set(ids)))
        for node in root.iter("a"):
            self.assertTrue(node.get("href").startswith("#"))
            self.assertIn(node.get("href")[1:], ids)
        for kernel in root.iter("details"):
            self.assertEqual(kernel[0].tag, "summary")
            for line in (kernel.get("data-lines") or "").split():
                self.assertIn(line, ids)
        for picture in root.iter("svg"):
            self.assertTrue(picture.get("aria-label"))
        self.assertIn("prefers-color-scheme: dark", self.text)

    def kernels(self, root):
        return [node for node in root.iter("details") if (node.get("id") or "").startswith("k")]

    def test_a_training_step(self):
        root = self.page(MODELS + "/small_net.model", "train_step", "--dim", "B=64")
        self.check(root)
        kernels = self.kernels(root)
        told = explain(MODELS + "/small_net.model", "train_step", "--dim", "B=64").stdout
        self.assertEqual(len(kernels), int(re.match(r"train_step: (\d+) kernels", told)[1]))
        # In time order: each bar begins where the one before ends, and all together are the whole.
        at = 0
        for kernel in kernels:
            bar = next(node for node in kernel.iter("span") if (node.get("class") or "").startswith("bar"))
            left, width = map(float, re.match(r"left:([\d.]+)%;width:([\d.]+)%", bar.get("style")).groups())
            self.assertAlmostEqual(left, at, delta=0.02)
            at = left + width
        self.assertAlmostEqual(at, 100, delta=0.05)
        peak = re.search(r"peak, on one thread +(\S+ \S+) \(", told)[1]
        self.assertIn(f">peak {peak}, most held", self.text)
        # The line of the user's file whose call of a library function makes the kernel.
        with open(MODELS + "/small_net.model") as file:
            line = next(i for i, text in enumerate(file, 1) if "fc2(nn.relu(fc1(x)))" in text)
        self.assertTrue(any(f"small_net.model:{line}" == link.text for kernel in kernels for link in kernel.iter("a")))

    def test_text_of_the_user_is_escaped(self):
        root = self.page(self.odd, "odd", "--dim", "B=5")
        self.check(root)
        self.assertEqual(sum(1 for _ in root.iter("script")), 1)
        self.assertFalse(list(root.iter("i")) and any(node.text == '"' for node in root.iter("i")))
        source = next(node for node in root.iter("aside"))
        lines = ["".join(line.find("code").itertext()) for line in source.find("ol")]
        self.assertEqual("\n".join(lines) + "\n", ODD)

    def test_loops_are_told(self):
        root = self.page(self.odd, "turns", "--dim", "B=5", "--dim", "N=7")
        self.check(root)
        heads = ["".join(node.itertext()) for node in root.iter("li") if node.get("class") == "loop"]
        self.assertEqual(len(heads), 1)
        self.assertIn("each round of t", heads[0])

    def test_measured(self):
        root = self.page(self.odd, "odd", "--dim", "B=5", "--measure")
        self.check(root)
        self.assertIn("a call, measured", self.text)
        self.assertIn("Roofline", self.text)

    def test_numbers_are_needed(self):
        done = explain(self.odd, "odd", "--html", "x.html", code=1)
        self.assertIn("a page shows numbers: give B with --dim NAME=N", done.stderr)

    def test_json_says_the_same(self):
        report = json.loads(explain(MODELS + "/small_net.model", "train_step", "--dim", "B=64", "--json",
                                    "--limits", "100GFLOP/s,10GB/s").stdout)
        self.assertEqual(report["dims"], {"B": 64})
        seconds = 0
        for kernel in report["kernels"]:
            longer = max(kernel["flops"]["number"] / 100e9, kernel["bytes"]["number"] / 10e9)
            self.assertAlmostEqual(kernel["predicted_seconds"], longer, delta=longer * 1e-9)
            self.assertTrue(kernel["place"].startswith("small_net.model:"), kernel)
        held = sum(report["work_memory"][i]["bytes"]["number"] for i in report["peak"]["holders"])
        self.assertLessEqual(held, report["peak"]["held"])
        self.assertLessEqual(report["peak"]["held"], report["peak"]["bytes"])


class Trace(unittest.TestCase):
    def trace(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.json")
            subprocess.run([os.environ["KILNC"], "run", *arguments, "--trace", path, "--out", folder], check=True)
            with open(path) as file:
                return json.load(file)["traceEvents"]

    def test_packing_of_weights_is_no_kernel_of_the_function(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "p.model")
            with open(file, "w") as out:
                out.write("import nn\n\nexport type Net = nn.Linear(128, 128)\n\n"
                          "export fn f(m: Net, x: f32[B, 128]) -> y: f32[B, 128] { y = m(x) }\n")
            x = "[" + ", ".join(["[" + ", ".join(["1"] * 128) + "]"] * 5) + "]"
            events = [event for event in self.trace(file, "f", "--arg", "x=" + x, "--freeze") if event["ph"] == "X"]
        self.assertEqual([event["name"] for event in events if event["cat"] == "call"], ["pack weights", "f"])
        packing, product = [event for event in events if event["cat"] == "kernel"]
        self.assertEqual(packing["args"], {})
        self.assertEqual(product["args"]["kernel"], 0)

    def test_kernels_nest_in_calls_and_say_their_lines(self):
        x = "[" + ", ".join(["[1, 2, 3]"] * 3000) + "]"
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "p.model")
            with open(file, "w") as out:
                out.write("import nn\n\nexport fn f(x: f32[B, 3]) -> y: f32[B, 3], z: f32[3] {\n"
                          "  y = nn.softmax(x)\n  z[j] = sum[i] y[i, j]\n}\n")
            events = self.trace(file, "f", "--arg", "x=" + x, "--threads", "2", "--repeat", "3")
            explained = json.loads(explain(file, "f", "--dim", "B=3000", "--json").stdout)
        spans = [event for event in events if event["ph"] == "X"]
        of = lambda category: [event for event in spans if event["cat"] == category]
        self.assertEqual([call["name"] for call in of("call")], ["f"] * 3)
        self.assertEqual(len(of("kernel")), 3 * len(explained["kernels"]))
        for kernel in of("kernel"):
            told = explained["kernels"][kernel["args"]["kernel"]]
            self.assertEqual(kernel["name"], told["name"])
            self.assertEqual(kernel["args"]["place"], told["place"])
            self.assertEqual(kernel["args"]["flops"], told["flops"]["number"])
        self.assertTrue(any(kernel["args"]["place"].startswith("p.model:4:") for kernel in of("kernel")))
        self.assertTrue(any("p.model:5" in kernel["args"]["lines"] for kernel in of("kernel")))
        end = lambda event: event["ts"] + event["dur"] + 1e-6
        for inner, outer in (("kernel", "call"), ("part", "kernel")):
            for event in of(inner):
                around = [o for o in of(outer) if o["ts"] <= event["ts"] and end(event) <= end(o) + 1e-6]
                self.assertEqual(len(around), 1, event)
        for thread in {event["tid"] for event in spans}:  # on each thread spans lie in each other or apart
            stack = []
            for event in (event for event in spans if event["tid"] == thread):
                while stack and end(stack[-1]) <= event["ts"] + 1e-6:
                    stack.pop()
                if stack:
                    self.assertLessEqual(end(event), end(stack[-1]) + 1e-6)
                stack.append(event)
        names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
        self.assertEqual({event["tid"] for event in spans}, set(names))
        self.assertIn("caller", names.values())

    def test_rounds_are_numbered(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "p.model")
            with open(file, "w") as out:
                out.write(ODD)
            events = self.trace(file, "turns", "--arg", "x=[1, 2]", "--arg", "N=5")
        rounds = [event["args"]["round"] for event in events if event["ph"] == "X" and "round" in event["args"]]
        self.assertEqual(rounds, [0, 1, 2, 3, 4])


if __name__ == "__main__":
    unittest.main()
