"""The highlighting of editors knows the words of the grammar: all of them, and no others."""
import json
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EDITORS = ROOT / "tools/editors"
# Names of the prelude that are shown like words, and what is a word only where a type is bound.
EXTRA = {"pi", "inf", "self", "Rng"}
BOUNDS = {"dim", "string", "float", "int", "number", "element", "tree"}


def words_of_the_grammar():
    grammar = (ROOT / "grammar/Kiln.g4").read_text()
    grammar = re.sub(r"//.*", "", grammar)
    return set(re.findall(r"'([a-z_]+)'", grammar))


def element_types():
    table = (ROOT / "compiler/base/element_type.cpp").read_text()
    return set(re.findall(r'\{ElementType::\w+, "(\w+)"', table))


def words_in(pattern):
    """The words that a regular expression spells out."""
    pattern = re.sub(r"\\[a-zA-Z]|\[[^\]]*\]|\(\?[<=!:#]*|%", " ", pattern)
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", pattern))


def textmate_patterns(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("match", "begin", "end"):
                yield value
            else:
                yield from textmate_patterns(value)
    elif isinstance(node, list):
        for item in node:
            yield from textmate_patterns(item)


class Grammars(unittest.TestCase):
    def compare(self, words):
        expected = words_of_the_grammar() | element_types() | EXTRA | BOUNDS
        self.assertGreater(len(words_of_the_grammar()), 40)
        self.assertGreater(len(element_types()), 12)
        self.assertEqual(expected - words, set(), "missing in the editor's grammar")
        self.assertEqual(words - expected, set(), "no words of the language")

    def test_textmate(self):
        grammar = json.loads((EDITORS / "vscode/syntaxes/kiln.tmLanguage.json").read_text())
        words = set()
        for pattern in textmate_patterns(grammar):
            re.compile(pattern)
            words |= {word for word in words_in(pattern) if len(word) > 1}
        words -= {"eE", "x", "A", "Z", "z", "0x"}
        self.compare(words)

    def test_textmate_says_what_it_should(self):
        grammar = json.loads((EDITORS / "vscode/syntaxes/kiln.tmLanguage.json").read_text())
        repository = grammar["repository"]

        def name_of(text, part):
            found = [(match.start(), i, entry) for i, entry in enumerate(repository[part].get("patterns", [repository[part]]))
                     for match in [re.search(entry.get("match", "(?!)"), text)] if match]
            return min(found, key=lambda f: f[:2])[2].get("name") if found else None

        self.assertEqual(name_of("sum[k] x[k]", "words"), "support.function.reducer.kiln")
        self.assertEqual(name_of("x: f8e4m3[N]", "words"), "support.type.element.kiln")
        self.assertEqual(name_of("In: dim", "words"), "support.type.bound.kiln")
        self.assertIsNone(name_of("summary", "words"))
        self.assertEqual(name_of("0x1F", "numbers"), "constant.numeric.kiln")
        self.assertEqual(name_of("/// documents", "comments"), "comment.line.documentation.kiln")

    def test_vim(self):
        text = (EDITORS / "vim/syntax/kiln.vim").read_text()
        words = set()
        for line in text.split("\n"):
            if found := re.match(r"syntax keyword (kiln\w+) (.*)", line):
                if found[1] != "kilnNote":
                    words |= set(found[2].split())
            elif found := re.match(r"syntax match (kilnSoft|kilnBound) (.*)", line):
                words |= words_in(re.sub(r"\\(z[se]|s|%\(|[^A-Za-z])", " ", found[2]))
        words -= {"A", "Z", "Za", "z_", "z", "a"}
        self.compare({word for word in words if len(word) > 1})

    def test_vim_highlights(self):
        editor = shutil.which("nvim") or shutil.which("vim")
        if editor is None:
            self.skipTest("neither nvim nor vim is installed")
        sample = 'import nn as n\nmodel M(In: dim) {\n  param w: f32[In] = 0\n}\nfn f(state: f32) -> f32 = sum[i] x.max + state // c\n'
        places = {"import": (1, 1), "as": (1, 11), "model": (2, 1), "In": (2, 9), "dim": (2, 13), "param": (3, 3), "f32": (3, 12),
                  "f": (5, 4), "state": (5, 6), "sum": (5, 27), "max": (5, 36), "//": (5, 48)}
        expected = {"import": "kilnDeclaration", "as": "kilnSoft", "model": "kilnDeclaration", "In": "kilnStatic", "dim": "kilnBound",
                    "param": "kilnSoft", "f32": "kilnElement", "f": "kilnFunction", "state": "", "sum": "kilnReducer",
                    "max": "kilnMember", "//": "kilnComment"}
        for word, (line, column) in places.items():
            self.assertTrue(sample.split("\n")[line - 1][column - 1:].startswith(word), word)
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            file, out = pathlib.Path(folder) / "t.model", pathlib.Path(folder) / "out"
            file.write_text(sample)
            ask = "[" + ",".join(f"synIDattr(synID({line},{column},1),'name')" for line, column in places.values()) + "]"
            arguments = ["--headless"] if editor.endswith("nvim") else ["-es"]
            subprocess.run([editor, *arguments, "-u", "NONE", "-i", "NONE", "--cmd", f"set runtimepath^={EDITORS}/vim",
                            "--cmd", "filetype plugin indent on", "--cmd", "syntax on", str(file),
                            "-c", f"call writefile({ask}, '{out}')", "-c", "qall!"], check=True, timeout=60, capture_output=True)
            self.assertEqual(dict(zip(places, out.read_text().split("\n"))), expected)

    def test_vscode_files_are_json_and_name_each_other(self):
        folder = EDITORS / "vscode"
        package = json.loads((folder / "package.json").read_text())
        self.assertTrue((folder / package["main"]).is_file())
        for language in package["contributes"]["languages"]:
            json.loads((folder / language["configuration"]).read_text())
        for grammar in package["contributes"]["grammars"]:
            self.assertEqual(json.loads((folder / grammar["path"]).read_text())["scopeName"], grammar["scopeName"])
        node = shutil.which("node")
        if node:
            subprocess.run([node, "--check", str(folder / "extension.js")], check=True)


if __name__ == "__main__":
    unittest.main()
