"""What is not as the protocol says, and what a client may do at any time: kiln-lsp answers and goes on."""
import json
import os
import random
import unittest

from client import Client, Failure, ServerTest, uri_of


class Messages(ServerTest):
    def expect_error(self, code):
        while True:
            message = self.client.receive()
            if "error" in message:
                self.client.answers.pop(message["id"], None)
                self.assertEqual(message["error"]["code"], code, message)
                return message

    def still_answers(self):
        self.open("fn f(x: f32) -> f32 = x\n")
        self.assertIsNotNone(self.client.at("textDocument/hover", self.uri, {"line": 0, "character": 5}))

    def test_an_unknown_method(self):
        with self.assertRaises(Failure) as failed:
            self.client.request("textDocument/makeCoffee", {})
        self.assertEqual(failed.exception.code, -32601)
        self.client.notify("$/unheardOf", {})
        self.still_answers()

    def test_a_message_that_is_no_json(self):
        self.client.write(b"Content-Length: 5\r\n\r\n{\"a\":")
        self.expect_error(-32700)
        self.client.write(b"Content-Length: 4\r\n\r\n\xff\xfe\xff\xfe")
        self.expect_error(-32700)
        self.still_answers()

    def test_messages_that_mean_nothing(self):
        for message in (b"[]", b"3", b"{}", b"null", b'"a"', b'{"id":1}', b'{"id":null,"method":"x"}', b'{"id":[],"method":"x"}'):
            self.client.write(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
            self.expect_error(-32600)
        self.still_answers()

    def test_headers_that_are_none(self):
        for header in (b"Hello\r\n\r\n", b"Content-Length: many\r\n\r\n", b"Content-Length: -5\r\n\r\n", b"\r\n\r\n", b"Content-Length:\r\n\r\n",
                       b"Content-Length: 99999999999999999999999\r\n\r\n"):
            self.client.write(header)
            self.expect_error(-32700)
        self.client.write(b"x" * 10000)
        self.expect_error(-32700)
        self.still_answers()

    def test_a_header_of_other_headers_and_of_other_case(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 77, "method": "nothing"}).encode()
        self.client.write(b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:%d\r\n\r\n" % len(body) + body)
        self.assertEqual(self.expect_error(-32601)["id"], 77)

    def test_a_message_in_many_pieces(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 78, "method": "nothing"}).encode()
        for byte in b"Content-Length: %d\r\n\r\n" % len(body) + body:
            self.client.write(bytes([byte]))
        self.assertEqual(self.expect_error(-32601)["id"], 78)

    def test_parameters_of_every_wrong_kind(self):
        self.open("fn f(x: f32) -> f32 = x\n")
        methods = ["hover", "definition", "references", "documentHighlight", "documentSymbol", "foldingRange", "selectionRange",
                   "completion", "signatureHelp", "inlayHint", "semanticTokens/full", "semanticTokens/range", "prepareRename", "rename",
                   "formatting", "rangeFormatting", "codeAction"]
        wrong = [None, [], 3, "x", {}, {"textDocument": 3}, {"textDocument": {"uri": 3}}, {"textDocument": {"uri": "file:///none.model"}},
                 {"textDocument": {"uri": self.uri}, "position": "x", "range": [], "positions": 3, "context": 3, "newName": 3},
                 {"textDocument": {"uri": self.uri}, "position": {"line": -1, "character": -1}, "newName": "a",
                  "range": {"start": {"line": 5, "character": 0}, "end": {"line": 0, "character": 0}}, "positions": [3]},
                 {"textDocument": {"uri": self.uri}, "position": {"line": 10**15, "character": 10**15}, "newName": "a",
                  "range": {"start": {"line": 10**15, "character": 1}, "end": {"line": 10**15, "character": 2}}, "positions": [{"line": 1.5}]}]
        for method in methods:
            for params in wrong:
                try:
                    self.client.request("textDocument/" + method, params)
                except Failure as failure:
                    self.assertIn(failure.code, (-32602, -32803), (method, params))
        for method in ("didOpen", "didChange", "didClose", "didSave"):
            for params in wrong:
                self.client.notify("textDocument/" + method, params)
        for method in ("workspace/didChangeConfiguration", "workspace/didChangeWorkspaceFolders", "workspace/didChangeWatchedFiles"):
            for params in wrong:
                self.client.notify(method, params)
        self.still_answers()

    def test_a_cancelled_request_is_said_to_be(self):
        # Behind a request that takes a while, so that it still waits when it is cancelled.
        self.open("fn f(x: f32) -> f32 = x\n" * 1 + "\n".join(f"fn g{i}(x: f32[N]) -> f32 = sum[i] x[i]" for i in range(300)) + "\n")
        first = self.client.post("textDocument/documentSymbol", {"textDocument": {"uri": self.uri}})
        second = self.client.post("textDocument/hover", {"textDocument": {"uri": self.uri}, "position": {"line": 0, "character": 5}})
        self.client.notify("$/cancelRequest", {"id": second})
        self.assertTrue(self.client.answer(first))
        with self.assertRaises(Failure) as failed:
            self.client.answer(second)
        self.assertEqual(failed.exception.code, -32800)
        self.client.notify("$/cancelRequest", {"id": 12345})
        self.client.notify("$/cancelRequest", {})
        self.still_answers()

    def test_a_document_that_lies_nowhere(self):
        self.client.open("untitled:Untitled-1", "fn f(x: f32) -> f32 = y\n")
        self.assertEqual(len(self.client.diagnostics("untitled:Untitled-1")), 1)
        self.assertIsNotNone(self.client.at("textDocument/hover", "untitled:Untitled-1", {"line": 0, "character": 5}))

    def test_names_of_files_with_blanks_and_letters_of_the_world(self):
        place = self.open("import lib\nfn f(x: f32) -> f32 = lib.tw^ice(x)\n", name="über %20 ✓.model")
        (self.folder / "lib.model").write_text("fn twice(x: f32) -> f32 = 2 * x\n")
        self.client.notify("workspace/didChangeWatchedFiles", {"changes": []})
        self.assertTrue(self.client.at("textDocument/definition", self.uri, place)["uri"].endswith("/lib.model"))


class Life(unittest.TestCase):
    def test_nothing_is_answered_before_initialize(self):
        client = Client(start=False)
        with self.assertRaises(Failure) as failed:
            client.request("textDocument/hover", {})
        self.assertEqual(failed.exception.code, -32002)
        client.request("initialize", {"capabilities": {}})
        with self.assertRaises(Failure) as failed:
            client.request("initialize", {"capabilities": {}})
        self.assertEqual(failed.exception.code, -32600)
        self.assertEqual(client.close(), 0)

    def test_nothing_but_exit_comes_after_shutdown(self):
        client = Client()
        client.request("shutdown", None)
        with self.assertRaises(Failure):
            client.request("textDocument/hover", {})
        client.notify("exit", None)
        client.process.stdin.close()
        self.assertEqual(client.process.wait(30), 0)
        client.process.stdout.close()
        client.process.stderr.close()

    def test_exit_without_shutdown_is_a_failure(self):
        client = Client()
        client.notify("exit", None)
        self.assertEqual(client.process.wait(30), 1)
        client.close_pipes = [pipe.close() for pipe in (client.process.stdin, client.process.stdout, client.process.stderr)]

    def test_a_client_that_goes_away(self):
        client = Client()
        client.process.stdin.close()
        self.assertEqual(client.process.wait(30), 1)
        client.process.stdout.close()
        client.process.stderr.close()

    def test_files_are_watched_if_the_client_can(self):
        client = Client(start=False)
        client.request("initialize", {"capabilities": {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}})
        client.notify("initialized", {})
        message = client.receive()
        self.assertEqual(message["method"], "client/registerCapability")
        client.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        self.assertEqual(client.close(), 0)


class Damage(ServerTest):
    """Text that was cut, doubled and mixed: every request is answered."""

    def test_damaged_programs(self):
        from client import ROOT
        programs = [path.read_text() for path in sorted((ROOT / "tests/programs").glob("*.model"))]
        programs += [path.read_text() for path in sorted((ROOT / "stdlib").glob("*.model"))]
        chance = random.Random(int(os.environ.get("KILN_LSP_SEED", "7")))
        uri = uri_of(self.folder / "t.model")
        self.client.open(uri, "")
        rounds = int(os.environ.get("KILN_LSP_ROUNDS", "150"))
        for version in range(2, 2 + rounds):
            text = chance.choice(programs)
            for _ in range(chance.randint(1, 4)):
                a, b = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
                b = min(b, a + 60)
                text = chance.choice([text[:a] + text[b:], text[:a] + text[a:b] * 2 + text[b:],
                                      text[:a] + chance.choice("{}()[].,:=\"@&😀\n\0^.") + text[a:],
                                      text[:a] + chance.choice([" sum[", " if ", " fn ", " let ", " grad(", "...", "..", "model "]) + text[a:]])
            self.client.change(uri, version, {"text": text})
            lines = text.split("\n")
            line = chance.randrange(len(lines))
            place = {"line": line, "character": chance.randrange(len(lines[line]) + 1)}
            for method in ("hover", "completion", "signatureHelp", "definition", "prepareRename"):
                try:
                    self.client.at("textDocument/" + method, uri, place)
                except Failure as failure:
                    self.assertEqual(failure.code, -32803)
            for method in ("documentSymbol", "foldingRange", "semanticTokens/full", "inlayHint"):
                self.client.request("textDocument/" + method, {"textDocument": {"uri": uri}})


if __name__ == "__main__":
    unittest.main()
