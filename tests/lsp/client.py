"""A client of kiln-lsp over real pipes, as small as it can be."""
import json
import os
import pathlib
import select
import subprocess
import tempfile
import time
import unittest

SERVER = os.environ.get("KILN_LSP", "kiln-lsp")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def uri_of(path):
    return pathlib.Path(path).as_uri()


class Failure(Exception):
    """The server's answer was an error."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Client:
    def __init__(self, options=None, encodings=None, start=True, folder=None):
        self.process = subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.buffer = b""
        self.next_id = 0
        self.answers, self.notifications, self.requests = {}, [], []
        if start:
            general = {"positionEncodings": encodings} if encodings else {}
            self.capabilities = self.request("initialize", {
                "processId": os.getpid(), "rootUri": uri_of(folder) if folder else None,
                "initializationOptions": {"diagnostics": {"delay": 0}} if options is None else options,
                "capabilities": {"general": general, "workspace": {"workspaceEdit": {"documentChanges": True}}}})["capabilities"]
            self.notify("initialized", {})

    # The base protocol.
    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        data = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def read(self, timeout=60):
        """The next message; None if the server is gone."""
        end = time.monotonic() + timeout
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if found:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("kiln-lsp says nothing")
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                return None
            self.buffer += piece

    def receive(self, timeout=60):
        """Sorts the next message into its place."""
        message = self.read(timeout)
        if message is None:
            raise EOFError("kiln-lsp is gone: " + self.process.stderr.read().decode())
        if "method" in message:
            (self.requests if "id" in message else self.notifications).append(message)
        else:
            self.answers[message["id"]] = message
        return message

    def post(self, method, params):
        self.next_id += 1
        self.send({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params})
        return self.next_id

    def answer(self, number):
        while number not in self.answers:
            self.receive()
        message = self.answers.pop(number)
        if "error" in message:
            raise Failure(message["error"])
        return message["result"]

    def request(self, method, params):
        return self.answer(self.post(method, params))

    def notify(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    # Documents.
    def open(self, uri, text, version=1):
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "kiln", "version": version, "text": text}})

    def change(self, uri, version, *changes):
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)})

    def diagnostics(self, uri, version=None):
        """Those that are sent next, for this version if one is given."""
        while True:
            for i, message in enumerate(self.notifications):
                params = message["params"]
                if message["method"] == "textDocument/publishDiagnostics" and params["uri"] == uri and version in (None, params.get("version")):
                    del self.notifications[:i + 1]
                    return params["diagnostics"]
            self.receive()

    def at(self, method, uri, position, **more):
        return self.request(method, {"textDocument": {"uri": uri}, "position": position, **more})

    def close(self):
        """Ends as a client should; the exit code."""
        if self.process.poll() is None:
            try:
                self.request("shutdown", None)
                self.notify("exit", None)
            except (BrokenPipeError, EOFError):
                pass
        self.process.stdin.close()
        code = self.process.wait(60)
        self.errors = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def position(text, offset):
    """In UTF-16, as most clients count."""
    line = text.count("\n", 0, offset)
    begin = text.rfind("\n", 0, offset) + 1
    return {"line": line, "character": len(text[begin:offset].encode("utf-16-le")) // 2}


def offset(text, place):
    begin = 0
    for _ in range(place["line"]):
        begin = text.index("\n", begin) + 1
    units = place["character"]
    while units > 0:
        units -= 2 if ord(text[begin]) > 0xFFFF else 1
        begin += 1
    return begin


def slice_of(text, span):
    return text[offset(text, span["start"]):offset(text, span["end"])]


def apply(text, edits):
    for edit in sorted(edits, key=lambda e: offset(text, e["range"]["start"]), reverse=True):
        text = text[:offset(text, edit["range"]["start"])] + edit["newText"] + text[offset(text, edit["range"]["end"]):]
    return text


class ServerTest(unittest.TestCase):
    """Each test has a server and a folder of its own; a server must end as it should and say nothing on stderr."""

    options = {"diagnostics": {"delay": 0}}
    encodings = None

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name).resolve()
        self.client = Client(self.options, self.encodings, folder=self.folder)

    def tearDown(self):
        code = self.client.close()
        self.temporary.cleanup()
        self.assertEqual(self.client.errors, "")
        self.assertEqual(code, 0)

    def open(self, marked, name="t.model", on_disk=False):
        """Opens a program; the position of its `^`, which is taken out."""
        at = marked.find("^")
        text = marked.replace("^", "", 1)
        self.text, self.uri = text, uri_of(self.folder / name)
        if on_disk:
            (self.folder / name).write_text(text)
        self.client.open(self.uri, text)
        return position(text, at) if at >= 0 else None

    def ask(self, method, marked, **more):
        place = self.open(marked)
        return self.client.at(method, self.uri, place, **more)
