"""What kiln-lsp answers, request by request."""
import unittest

from client import Failure, ROOT, ServerTest, apply, offset, position, slice_of, uri_of

MLP = """import nn

/// Two layers.
model Mlp(In: dim, Hidden: dim) {
  fc1: nn.Linear(In, Hidden)
  fc2: nn.Linear(Hidden, 10)

  /// Scores.
  fn call(x: f32[B, In]) -> logits: f32[B, 10] = fc2(nn.relu(fc1(x)))
}

fn product(x: f32[N, K], w: f32[M, K]) -> y: f32[N, M] {
  let scaled[i, j] = 2 * x[i, j]
  y[n, m] = sum[k] scaled[n, k] * w[m, k]
}

export fn predict(m: Mlp(784, 32), x: f32[B, 784]) -> label: i32[B] {
  let z = m(x)
  label[b] = argmax[c] z[b, c]
}
"""


def mark(before, after, text=MLP):
    """The program with a `^` between two pieces of it."""
    assert text.count(before + after) == 1, before + after
    return text.replace(before + after, before + "^" + after)


class Hover(ServerTest):
    def hover(self, marked):
        answer = self.ask("textDocument/hover", marked)
        return answer and answer["contents"]["value"]

    def test_a_let_says_its_shape(self):
        self.assertEqual(self.hover(mark("sum[k] sca", "led[n, k]")), "```kiln\nlet scaled: f32[N, K]\n```")

    def test_an_index_says_its_range(self):
        self.assertEqual(self.hover(mark("w[m, ", "k]\n")), "```kiln\nindex k: 0..K\n```")

    def test_a_function_says_its_signature_and_documentation(self):
        (self.folder / "lib.model").write_text("/// Twice as much.\nfn twice(x: f32[N],\n         // a comment\n         y: f32 = 2) -> f32[N] = y * x\n")
        self.assertEqual(self.hover("import lib\nfn f(x: f32[N]) -> f32[N] = lib.twi^ce(x)\n"),
                         "```kiln\nfn twice(x: f32[N], y: f32 = 2) -> f32[N]\n```\n\nTwice as much.")
        self.assertIn("of equals the first counts.", self.hover(mark("nn.re", "lu")))

    def test_a_model_says_its_documentation(self):
        self.assertIn("model Mlp(In: dim, Hidden: dim)\n```\n\nTwo layers.", self.hover(mark("m: Ml", "p(784")))

    def test_a_function_says_what_is_inferred(self):
        self.assertIn("*needs `N >= 1`*", self.hover("fn fir^st(x: f32[N]) -> f32 = x[0]\n"))

    def test_a_sign_says_the_type_of_what_it_makes(self):
        self.assertEqual(self.hover(mark("= 2 ", "* x[i, j]")), "```kiln\nf32\n```")

    def test_a_dim_that_is_computed_says_its_value(self):
        self.assertEqual(self.hover("fn f(x: f32[N]) -> f32[N] {\n  let P^ = (N - 1) * 2 + 2\n  return x\n}\n"),
                         "```kiln\nlet P = 2*N\n```")

    def test_a_builtin_says_what_it_does(self):
        self.assertIn("1 / sqrt(x).", self.hover("fn f(x: f32) -> f32 = rsq^rt(x)\n"))

    def test_properties_have_names_of_their_own(self):
        self.assertEqual(self.hover('test "p" for x: f32[N^] where N >= 1 {\n  assert size(x) == N\n}\n'), "```kiln\nN: dim\n```")
        self.assertEqual(self.hover('test "p" for x: f32[N] {\n  let y = x^\n}\n'), "```kiln\nx: f32[N]\n```")

    def test_nothing_is_said_of_blanks(self):
        self.assertIsNone(self.hover("fn f(x: f32) -> f32 = x\n\n^\n"))

    def test_generic_bodies_speak_of_their_own_dims(self):
        self.assertIn("let t: T[...S, N]", self.hover(
            "fn f[T: float](x: T[...S, N]) -> y: T[...S, N] {\n  let t^ = x\n  y = t\n}\n"))

    def test_positions_count_utf16(self):
        program = "/// 😀 ä\nfn f(x: f32[N]) -> y: f32[N] {\n  /* */ y[i] = x[i]\n}\n".replace("/* */ ", "")
        text = 'test "😀😀ä" { let aß = 1 }\n'.replace("ß", "b") + 'fn f(x: f32[N]) -> f32[N] = x\n'
        self.assertIsNotNone(program)
        answer = self.ask("textDocument/hover", text.replace("let a", "let ^a"))
        self.assertEqual(slice_of(self.text, answer["range"]), "ab")


class Utf8Hover(ServerTest):
    encodings = ["utf-8", "utf-16"]

    def test_positions_count_bytes_where_the_client_likes_that(self):
        self.assertEqual(self.client.capabilities["positionEncoding"], "utf-8")
        text = 'test "😀ä" { let ab = 1 }\n'
        self.client.open("file:///t.model", text)
        at = len(text[:text.index("ab")].encode())
        answer = self.client.at("textDocument/hover", "file:///t.model", {"line": 0, "character": at})
        self.assertEqual(answer["range"], {"start": {"line": 0, "character": at}, "end": {"line": 0, "character": at + 2}})


class Navigation(ServerTest):
    def test_definition_in_the_file(self):
        answer = self.ask("textDocument/definition", mark("sum[k] scal", "ed"))
        self.assertEqual((answer["uri"], slice_of(self.text, answer["range"])), (self.uri, "scaled"))
        self.assertEqual(answer["range"]["start"]["line"], 12)

    def test_definition_in_the_library(self):
        answer = self.ask("textDocument/definition", mark("nn.re", "lu"))
        self.assertTrue(answer["uri"].endswith("/stdlib/nn.model"), answer["uri"])
        text = (ROOT / "stdlib/nn.model").read_text()
        self.assertEqual(slice_of(text, answer["range"]), "relu")

    def test_definition_of_fields_methods_and_named_arguments(self):
        answer = self.ask("textDocument/definition", mark("nn.relu(fc", "1(x)"))
        self.assertEqual(answer["range"]["start"], {"line": 4, "character": 2})
        answer = self.ask("textDocument/definition", "fn f(x: f32, K: dim) -> f32 = x\nfn g(x: f32) -> f32 = f(x, K^: 3)\n")
        self.assertEqual(answer["range"]["start"], {"line": 0, "character": 13})
        answer = self.ask("textDocument/definition",
                          "model M(D: dim) {\n  param w: f32[D] = 0\n  fn twice(x: f32[D]) -> f32[D] = 2 * x + w\n}\n"
                          "fn f(m: M(3), x: f32[3]) -> f32[3] = m.twi^ce(x)\n")
        self.assertEqual(answer["range"]["start"], {"line": 2, "character": 5})

    def test_definition_of_a_module_is_its_file(self):
        answer = self.ask("textDocument/definition", mark("import n", "n"))
        self.assertTrue(answer["uri"].endswith("/stdlib/nn.model"))

    def test_definition_of_the_prelude_is_nowhere(self):
        self.assertIsNone(self.ask("textDocument/definition", "fn f(x: f32) -> f32 = ex^p(x)\n"))

    def test_references_across_files(self):
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * x\nfn four(x: f32) -> f32 = twice(twice(x))\n")
        (self.folder / "other.model").write_text("import lib as l\nfn g(x: f32) -> f32 = l.twice(x)\n")
        place = self.open("import lib\nfn f(x: f32) -> f32 = lib.twi^ce(x)\n")
        for with_declaration, expected in ((True, 5), (False, 4)):
            found = self.client.at("textDocument/references", self.uri, place, context={"includeDeclaration": with_declaration})
            self.assertEqual(len(found), expected)
        self.assertEqual({reference["uri"].rsplit("/")[-1] for reference in found}, {"lib.model", "other.model", "t.model"})

    def test_highlights_tell_writing_from_reading(self):
        found = self.ask("textDocument/documentHighlight",
                         "fn f(x: f32[N]) -> f32 {\n  var s^: f32 = 0\n  s += sum(x)\n  return s\n}\n")
        self.assertEqual([(slice_of(self.text, h["range"]), h["kind"]) for h in found], [("s", 3), ("s", 3), ("s", 2)])


class Outline(ServerTest):
    def test_document_symbols_are_a_tree(self):
        self.open(MLP + 'test "it works" { assert 1 > 0 }\n')
        found = self.client.request("textDocument/documentSymbol", {"textDocument": {"uri": self.uri}})
        self.assertEqual([item["name"] for item in found], ["Mlp", "product", "predict", "it works"])
        self.assertEqual([item["name"] for item in found[0]["children"]], ["fc1", "fc2", "call"])
        for item in found:
            self.assertIn(item["name"], slice_of(self.text, item["selectionRange"]))
            self.assertLessEqual(offset(self.text, item["range"]["start"]), offset(self.text, item["selectionRange"]["start"]))

    def test_workspace_symbols_are_found_by_some_of_their_letters(self):
        (self.folder / "lib.model").write_text("fn weighted_mean(x: f32[N], w: f32[N]) -> f32 = sum(x * w)\n")
        self.open(MLP)
        found = self.client.request("workspace/symbol", {"query": "wmean"})
        self.assertEqual([item["name"] for item in found], ["weighted_mean"])
        self.assertEqual([item["name"] for item in self.client.request("workspace/symbol", {"query": "fc"})], ["fc1", "fc2"])

    def test_folds_keep_the_closing_bracket_in_sight(self):
        self.open("import nn\nimport optim\n\n// one\n// two\n" + MLP[MLP.index("fn product"):])
        found = self.client.request("textDocument/foldingRange", {"textDocument": {"uri": self.uri}})
        self.assertIn({"startLine": 0, "endLine": 1, "kind": "imports"}, found)
        self.assertIn({"startLine": 3, "endLine": 4, "kind": "comment"}, found)
        self.assertIn({"startLine": 5, "endLine": 7}, found)

    def test_selections_grow(self):
        place = self.open(mark("* w[m, ", "k]\n"))
        found = self.client.request("textDocument/selectionRange", {"textDocument": {"uri": self.uri}, "positions": [place]})[0]
        texts = []
        while found:
            texts.append(slice_of(self.text, found["range"]))
            found = found.get("parent")
        self.assertEqual(texts[:2], ["k", "w[m, k]"])
        self.assertEqual(texts[-1], self.text)
        for inner, outer in zip(texts, texts[1:]):
            self.assertIn(inner, outer)


class Completion(ServerTest):
    def names(self, marked):
        answer = self.ask("textDocument/completion", marked)
        self.items = {item["label"]: item for item in answer["items"]}
        return set(self.items)

    def test_names_in_scope_come_before_the_prelude(self):
        names = self.names(mark("label[b] = argmax[c] z", "[b, c]"))
        self.assertLessEqual({"z", "x", "m", "b", "c", "product", "nn", "exp", "sum"}, names)
        self.assertNotIn("scaled", names, "a name of another function")
        self.assertLess(self.items["z"]["sortText"], self.items["exp"]["sortText"])

    def test_members_of_modules(self):
        names = self.names("import nn\nfn f(x: f32) -> f32 = nn.^\n")
        self.assertLessEqual({"relu", "Linear", "softmax"}, names)
        self.assertNotIn("exp", names)
        resolved = self.client.request("completionItem/resolve", self.items["relu"])
        self.assertIn("of equals the first counts", resolved["documentation"]["value"])

    def test_members_of_models_in_a_statement_that_is_not_whole(self):
        names = self.names(MLP.replace("let z = m(x)", "let z = m.^"))
        self.assertEqual(names, {"fc1", "fc2", "call"})
        names = self.names(MLP.replace("let z = m(x)", "let z = m.fc1.^\n  let more = 3"))
        self.assertLessEqual({"weight", "bias"}, names)

    def test_members_of_calls_arrays_tuples_and_streams(self):
        self.assertEqual(self.names("type P = (first: f32, second: i32)\nfn g() -> P = (first: 1, second: 2)\n"
                                    "fn f() -> f32 {\n  let a = g().^\n  return 1\n}\n"), {"first", "second"})
        self.assertLessEqual({"normal", "uniform", "fork"}, self.names("fn f(inout rng: Rng) -> f32 {\n  let z = rng.^\n}\n"))
        self.assertEqual(self.names("model B(D: dim) {\n  param w: f32[D] = 0\n}\nmodel M(D: dim) {\n  blocks: B(D)[3]\n"
                                    "  fn call(x: f32[D]) -> f32[D] {\n    let w = blocks[0].^\n    return x\n  }\n}\n"), {"w"})

    def test_members_of_self(self):
        model = "model M(D: dim) {\n  param w: f32[D] = 0\n  state n: f32[D] = 0\n  fn step(%sx: f32[D]) -> y: f32[D] {\n    y = self.^\n  }\n}\n"
        for receiver in ("", "inout self, "):
            self.assertEqual(self.names(model % receiver), {"w", "n", "step"})

    def test_named_arguments(self):
        names = self.names("fn f(x: f32, slope: f32 = 1, K: dim = 2) -> f32 = x\nfn g(y: f32) -> f32 = f(y, ^)\n")
        self.assertLessEqual({"slope:", "K:", "y"}, names)
        self.assertNotIn("x:", names, "given by place")
        self.assertEqual(self.items["slope:"]["textEdit"]["newText"], "slope: ")

    def test_types_where_a_type_stands(self):
        names = self.names("type P = (a: f32, b: i32)\nfn f(x: ^) -> f32 = 1\n")
        self.assertLessEqual({"f32", "P", "i32", "dim"}, names)
        self.assertNotIn("exp", names)
        self.assertLessEqual({"f32", "P"}, self.names("type P = (a: f32, b: i32)\nfn f(x: f32) -> ^\n"))

    def test_dims_in_brackets(self):
        self.assertLessEqual({"N", "Out"}, self.names("fn f(x: f32[N], Out: dim) -> f32 {\n  let y: f32[^] = 0\n  return 1\n}\n"))

    def test_words_by_their_place(self):
        self.assertLessEqual({"fn", "model", "import", "export"}, self.names("fn f() -> f32 = 1\n^\n"))
        names = self.names("fn f() -> f32 {\n  ^\n}\n")
        self.assertLessEqual({"let", "var", "while", "return", "f"}, names)
        self.assertNotIn("import", names)
        self.assertEqual(self.names("model M(D: dim) {\n  ^\n}\n"), {"param", "state", "fn"})
        self.assertEqual(self.names("fn f[T: ^](x: T) -> T = x\n"), {"float", "int", "number", "element", "tree", "model"})
        self.assertEqual(self.names("@^\nfn f() -> f32 = 1\n"), {"realtime", "precision", "inplace"})

    def test_files_that_can_be_imported(self):
        (self.folder / "mine.model").write_text("fn f() -> f32 = 1\n")
        self.assertLessEqual({"mine", "nn", "optim"}, self.names("import ^\n"))

    def test_nothing_in_comments_and_strings(self):
        self.assertEqual(self.names("// a ^\nfn f() -> f32 = 1\n"), set())
        self.assertEqual(self.names('test "a ^" { assert 1 > 0 }\n'), set())

    def test_the_word_that_is_begun_is_replaced(self):
        self.names(mark("nn.re", "lu"))
        self.assertEqual(slice_of(self.text, self.items["relu"]["textEdit"]["range"]), "re")


class Signatures(ServerTest):
    def signature(self, marked):
        answer = self.ask("textDocument/signatureHelp", marked)
        if answer is None:
            return None
        found = answer["signatures"][0]
        at = answer["activeParameter"]
        places = found["parameters"]
        active = found["label"][places[at]["label"][0]:places[at]["label"][1]] if at < len(places) else None
        return found["label"], active

    def test_a_call_that_is_not_whole(self):
        program = "/// Of two.\nfn f(x: f32[N], slope: f32 = 1) -> f32[N] = x\nfn g(y: f32[N]) -> f32[N] {\n  let a = f(%s\n  return y\n}\n"
        label = "fn f(x: f32[N], slope: f32 = 1) -> f32[N]"
        self.assertEqual(self.signature(program % "^"), (label, "x: f32[N]"))
        self.assertEqual(self.signature(program % "y, ^"), (label, "slope: f32 = 1"))
        self.assertEqual(self.signature(program % "slope: ^"), (label, "slope: f32 = 1"))
        self.assertEqual(self.signature(program % "y, 1, ^"), (label, None))

    def test_models_methods_and_builtins(self):
        self.assertEqual(self.signature(mark("let z = m(", "x)")), ("fn call(x: f32[B, In]) -> logits: f32[B, 10]", "x: f32[B, In]"))
        self.assertEqual(self.signature(mark("m: Mlp(784, ", "32)")), ("model Mlp(In: dim, Hidden: dim)", "Hidden: dim"))
        self.assertEqual(self.signature("fn f(x: f32) -> f32 = pow(x, ^2)\n"), ("pow(x: float, y: float) -> float", "y: float"))

    def test_nothing_outside_of_calls(self):
        self.assertIsNone(self.signature("fn f(x: f32) -> f32 = x ^+ 1\n"))


class Hints(ServerTest):
    def hints(self, client=None):
        found = (client or self.client).request("textDocument/inlayHint", {
            "textDocument": {"uri": self.uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}})
        text = self.text
        for hint in sorted(found, key=lambda h: offset(text, h["position"]), reverse=True):
            at = offset(text, hint["position"])
            text = text[:at] + "‹" + hint["label"] + "›" + text[at:]
        return text

    def test_shapes_and_ranges_that_are_not_written(self):
        self.open(MLP)
        text = self.hints()
        self.assertIn("let scaled[i‹: N›, j‹: K›]‹: f32[N, K]› = 2 * x[i, j]", text)
        self.assertIn("y[n‹: N›, m‹: M›] = sum[k‹: K›] scaled[n, k] * w[m, k]", text)
        self.assertIn("let z‹: f32[B, 10]› = m(x)", text)

    def test_nothing_that_is_written(self):
        self.open("fn f(x: f32[N]) -> f32 {\n  let a: f32[N] = x\n  let b = 3\n  return sum[i: N] a[i] * b\n}\n")
        self.assertNotIn("‹", self.hints())

    def test_parts_of_patterns(self):
        self.open("fn f(x: f32[N]) -> f32 {\n  let (l, g) = value_and_grad(x) { sum(x) }\n  return l\n}\n")
        self.assertIn("let (l‹: f32›, g‹: f32[N]›) =", self.hints())

    def test_each_kind_can_be_turned_off(self):
        self.open(MLP)
        self.client.notify("workspace/didChangeConfiguration", {"settings": {"kiln": {"inlayHints": {"types": False}}}})
        self.assertNotIn("f32", self.hints().replace(MLP, "").split("fn product")[1].split("sum[")[0].split("{")[1].replace("‹: N›", ""))
        self.client.notify("workspace/didChangeConfiguration", {"settings": {"kiln": {"inlayHints": {"types": False, "ranges": False}}}})
        self.assertEqual(self.hints(), MLP)


class SemanticTokens(ServerTest):
    def test_indices_and_statics_have_types_of_their_own(self):
        self.open(MLP)
        legend = self.client.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"]
        data = self.client.request("textDocument/semanticTokens/full", {"textDocument": {"uri": self.uri}})["data"]
        self.assertEqual(len(data) % 5, 0)
        line = character = 0
        lines = self.text.split("\n")
        found = set()
        for i in range(0, len(data), 5):
            down, right, length, kind, _ = data[i:i + 5]
            line, character = line + down, right + (character if down == 0 else 0)
            found.add((lines[line][character:character + length], legend[kind]))
        self.assertLessEqual({("k", "index"), ("N", "static"), ("In", "static"), ("scaled", "variable"), ("Mlp", "class"),
                              ("relu", "function"), ("nn", "namespace"), ("fc1", "property"), ("x", "parameter"), ("f32", "type")}, found)


class Rename(ServerTest):
    def rename(self, marked, name):
        place = self.open(marked)
        edit = self.client.at("textDocument/rename", self.uri, place, newName=name)
        return {change["textDocument"]["uri"]: change["edits"] for change in edit["documentChanges"]}

    def test_a_local_name(self):
        edits = self.rename(mark("let scal", "ed[i"), "doubled")
        self.assertEqual(apply(self.text, edits[self.uri]), MLP.replace("scaled", "doubled"))

    def test_a_dim_and_an_index(self):
        edits = self.rename("fn f(x: f32[N^]) -> y: f32[N] {\n  y[i] = x[i] + f32(N)\n}\n", "Rows")
        self.assertEqual(apply(self.text, edits[self.uri]), "fn f(x: f32[Rows]) -> y: f32[Rows] {\n  y[i] = x[i] + f32(Rows)\n}\n")
        edits = self.rename("fn f(x: f32[N]) -> y: f32[N] {\n  y[i] = x[i^] + 1\n}\n", "row")
        self.assertEqual(apply(self.text, edits[self.uri]), "fn f(x: f32[N]) -> y: f32[N] {\n  y[row] = x[row] + 1\n}\n")

    def test_a_parameter_with_its_named_arguments(self):
        edits = self.rename("fn f(x: f32, slo^pe: f32 = 1) -> f32 = slope * x\nfn g(x: f32) -> f32 = f(x, slope: 2)\n", "factor")
        self.assertEqual(apply(self.text, edits[self.uri]),
                         "fn f(x: f32, factor: f32 = 1) -> f32 = factor * x\nfn g(x: f32) -> f32 = f(x, factor: 2)\n")

    def test_a_function_across_files_on_disk(self):
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * x\n")
        edits = self.rename("import lib\nfn f(x: f32) -> f32 = lib.twi^ce(x)\n", "double")
        self.assertEqual(apply(self.text, edits[self.uri]), "import lib\nfn f(x: f32) -> f32 = lib.double(x)\n")
        other = edits[uri_of(self.folder / "lib.model")]
        self.assertEqual(apply((self.folder / "lib.model").read_text(), other), "fn double(x: f32) -> f32 = 2 * x\n")

    def refuses(self, marked, name, why):
        with self.assertRaises(Failure) as failed:
            self.rename(marked, name)
        self.assertIn(why, str(failed.exception))

    def test_refuses_what_cannot_be(self):
        self.refuses(mark("let scal", "ed[i"), "sum", "a word of the language")
        self.refuses(mark("let scal", "ed[i"), "2x", "is no name")
        self.refuses(mark("let scal", "ed[i"), "", "is no name")
        self.refuses(mark("nn.re", "lu"), "rectify", "belongs to the library")
        self.refuses("fn f(x: f32) -> f32 = ex^p(x)\n", "e", "part of the language")
        self.refuses("fn f(x: f32) -> f32 = x\n^\n", "e", "no name here")

    def test_refuses_names_that_clash(self):
        self.refuses(mark("let scal", "ed[i"), "w", "would mean something else")
        self.refuses("fn a(x: f32) -> f32 = x\nfn b^(x: f32) -> f32 = a(x)\n", "a", "would mean something else")
        # The new name would be captured by an inner one.
        self.refuses("fn twice(x: f32) -> f32 = 2 * x\nfn f(y: f32) -> f32 {\n  let h = y\n  return twi^ce(h)\n}\n", "h",
                     "would mean something else")

    def test_refuses_while_the_file_is_broken(self):
        self.refuses("fn f(x^: f32) -> f32 = x\nfn g( = 3\n", "z", "mistakes of syntax")

    def test_prepares(self):
        place = self.open(mark("let scal", "ed[i"))
        found = self.client.at("textDocument/prepareRename", self.uri, place)
        self.assertEqual((slice_of(self.text, found["range"]), found["placeholder"]), ("scaled", "scaled"))
        with self.assertRaises(Failure):
            self.client.at("textDocument/prepareRename", self.uri, {"line": 0, "character": 1})


class Diagnostics(ServerTest):
    def test_come_as_the_file_changes(self):
        self.open("fn f(x: f32[N]) -> f32[N] = x\n")
        self.assertEqual(self.client.diagnostics(self.uri), [])
        self.client.change(self.uri, 2, {"range": {"start": {"line": 0, "character": 28}, "end": {"line": 0, "character": 29}}, "text": "y"})
        found = self.client.diagnostics(self.uri, 2)
        self.assertEqual([(d["code"], d["severity"], d["source"]) for d in found], [("E0101", 1, "kiln")])
        self.assertEqual(found[0]["range"], {"start": {"line": 0, "character": 28}, "end": {"line": 0, "character": 29}})

    def test_warnings_of_a_file_without_mistakes(self):
        self.open("import nn\nfn f(x: f32[N]) -> y: f32[N] {\n  let unused = x\n  y = x\n}\n")
        found = self.client.diagnostics(self.uri)
        self.assertEqual([(d["code"], d["severity"], slice_of(self.text, d["range"])) for d in found],
                         [("W0003", 2, "import nn"), ("W0002", 2, "unused")])
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 1}}
        actions = self.client.request("textDocument/codeAction", {
            "textDocument": {"uri": self.uri}, "range": everything, "context": {"diagnostics": found}})
        self.assertIn("remove the import", [a["title"] for a in actions])
        self.client.change(self.uri, 2, {"range": {"start": {"line": 3, "character": 6}, "end": {"line": 3, "character": 7}}, "text": "z"})
        self.assertEqual([d["code"] for d in self.client.diagnostics(self.uri, 2)], ["E0101"], "mistakes come first")

    def test_both_sides_of_a_clash_are_related(self):
        self.open("fn f(x: f32[N, K], w: f32[M, L]) -> y: f32[N, M] {\n  y[n, m] = sum[k] x[n, k] * w[m, k]\n}\n")
        found = self.client.diagnostics(self.uri)
        self.assertEqual(found[0]["code"], "E0312")
        self.assertTrue(found[0]["relatedInformation"])

    def test_unsaved_imports_count_and_importers_are_checked_again(self):
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * x\n")
        self.open("import lib\nfn f(x: f32) -> f32 = lib.twice(x)\n")
        self.assertEqual(self.client.diagnostics(self.uri), [])
        lib = uri_of(self.folder / "lib.model")
        self.client.open(lib, "fn thrice(x: f32) -> f32 = 3 * x\n")
        self.assertEqual([d["code"] for d in self.client.diagnostics(self.uri)], ["E0104"])
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": lib}})
        self.assertEqual(self.client.diagnostics(self.uri), [], "the file on the disk counts again")

    def test_files_that_change_on_the_disk_are_read_again(self):
        self.open("import lib\nfn f(x: f32) -> f32 = lib.twice(x)\n")
        self.assertEqual(len(self.client.diagnostics(self.uri)), 1)
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * x\n")
        self.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri_of(self.folder / "lib.model"), "type": 1}]})
        self.assertEqual(self.client.diagnostics(self.uri), [])

    def test_mistakes_of_an_import_stand_at_the_import(self):
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * y\n")
        self.open("import lib\nfn f(x: f32) -> f32 = lib.twice(x)\n")
        found = self.client.diagnostics(self.uri)
        self.assertEqual(slice_of(self.text, found[0]["range"]), "lib")
        self.assertIn("lib.model:1:31", found[0]["message"])
        self.assertTrue(found[0]["relatedInformation"][0]["location"]["uri"].endswith("/lib.model"))

    def test_closing_takes_them_away(self):
        self.open("fn f(x: f32) -> f32 = y\n")
        self.assertEqual(len(self.client.diagnostics(self.uri)), 1)
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        self.assertEqual(self.client.diagnostics(self.uri), [])

    def test_changes_of_several_ranges_apply_in_order(self):
        self.open("fn f(x: f32) -> f32 = 😀x\n")
        self.client.change(self.uri, 2,
                           {"range": {"start": {"line": 0, "character": 22}, "end": {"line": 0, "character": 24}}, "text": ""},
                           {"range": {"start": {"line": 0, "character": 22}, "end": {"line": 0, "character": 23}}, "text": "x + x\n"})
        self.assertEqual(self.client.diagnostics(self.uri, 2), [])
        self.client.change(self.uri, 3, {"text": "fn f(x: f32) -> f32 = nothing\n"})
        self.assertEqual(len(self.client.diagnostics(self.uri, 3)), 1)


class Formatting(ServerTest):
    def format(self, text):
        self.open(text)
        return self.client.request("textDocument/formatting", {"textDocument": {"uri": self.uri}, "options": {"tabSize": 8, "insertSpaces": False}})

    def test_only_the_lines_that_change(self):
        edits = self.format("fn f(x: f32) -> f32 = x\n\nfn g(x: f32) -> f32 {\n      let y = x  +  1\n  return y\n}\n")
        self.assertEqual(apply(self.text, edits), "fn f(x: f32) -> f32 = x\n\nfn g(x: f32) -> f32 {\n  let y = x + 1\n  return y\n}\n")
        self.assertEqual([edit["range"]["start"] for edit in edits], [{"line": 3, "character": 0}])

    def test_nothing_to_do(self):
        self.assertEqual(self.format("fn f(x: f32) -> f32 = x\n"), [])

    def format_lines(self, text, first, last):
        self.open(text)
        edits = self.client.request("textDocument/rangeFormatting", {
            "textDocument": {"uri": self.uri}, "options": {"tabSize": 8, "insertSpaces": False},
            "range": {"start": {"line": first, "character": 2}, "end": {"line": last, "character": 3}}})
        return apply(text, edits)

    def test_only_the_lines_of_a_range(self):
        text = "fn f(x:f32) -> f32 = x\n\nfn g(x: f32) -> f32 {\n      let y = x  +  1\n  let z = max(\n  y,\n 1  )\n  return z+y\n}\n"
        self.assertEqual(self.format_lines(text, 3, 3), text.replace("      let y = x  +  1", "  let y = x + 1"))
        self.assertEqual(self.format_lines(text, 5, 5), text.replace("max(\n  y,\n 1  )", "max(y, 1)"), "the whole statement")
        self.assertEqual(self.format_lines(text, 1, 2), text, "nothing to do")

    def test_a_range_of_everything(self):
        for name in ("nn", "attention"):
            good = (ROOT / f"stdlib/{name}.model").read_text()
            bad = good.replace(" = ", "=").replace("  ", "    ").replace("{\n", "{\n\n\n")
            self.assertNotEqual(bad, good)
            self.assertEqual(self.format_lines(bad, 0, bad.count("\n")), self.whole(bad))

    def whole(self, text):
        return apply(text, self.format(text))

    def test_letters_of_the_world_stay(self):
        edits = self.format("// 😀 ä\nfn f(x: f32) -> f32 = x+1\n// end 😀\n")
        self.assertEqual(apply(self.text, edits), "// 😀 ä\nfn f(x: f32) -> f32 = x + 1\n// end 😀\n")

    def test_a_broken_file_is_left_alone(self):
        with self.assertRaises(Failure) as failed:
            self.format("fn f( = x\n")
        self.assertEqual(failed.exception.code, -32803)


class Actions(ServerTest):
    def actions(self, **context):
        found = self.client.request("textDocument/codeAction", {
            "textDocument": {"uri": self.uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}},
            "context": {"diagnostics": self.client.diagnostics(self.uri), **context}})
        return found

    def test_fixes_of_diagnostics(self):
        self.open("fn f(value: f32[N]) -> f32[N] = valu\n")
        fix = [action for action in self.actions() if action["kind"] == "quickfix"][0]
        self.assertEqual(fix["diagnostics"][0]["code"], "E0101")
        text = apply(self.text, fix["edit"]["documentChanges"][0]["edits"])
        self.assertEqual(text, "fn f(value: f32[N]) -> f32[N] = value\n")
        self.assertEqual(fix["edit"]["documentChanges"][0]["textDocument"], {"uri": self.uri, "version": 1})

    def test_only_what_is_asked_for(self):
        self.open("fn f(value: f32[N]) -> f32[N] = valu\n")
        self.assertEqual(self.actions(only=["refactor"]), [])

    def test_nothing_to_do(self):
        self.open(MLP)
        self.assertEqual(self.actions(), [])


if __name__ == "__main__":
    unittest.main()
