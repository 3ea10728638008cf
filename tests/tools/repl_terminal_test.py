"""kilnc repl on a terminal: editing, history, inputs of several lines."""
import os
import pty
import select
import tempfile
import time
import unittest

UP, LEFT, BACKSPACE, END = "\x1b[A", "\x1b[D", "\x7f", "\x04"


class Session:
    """kilnc repl behind a pseudo-terminal."""

    def __init__(self, state):
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            environment = dict(os.environ, TERM="xterm", XDG_STATE_HOME=state, HOME=state, LC_ALL="C.UTF-8")
            os.execve(os.environ["KILNC"], ["kilnc", "repl"], environment)
        self.wait_for_prompt()

    def wait_for_prompt(self):
        """Until a prompt stands last and nothing follows: a line that is edited is drawn again with its prompt, and
        keys that come before the terminal is ready are lost."""
        self.wait_for("kiln> ")
        while select.select([self.terminal], [], [], 0.5)[0]:
            self.seen += os.read(self.terminal, 4096).decode(errors="replace")
        self.seen = ""

    def wait_for(self, text):
        """What came since the last time, up to this text."""
        end = time.time() + 60
        while text not in self.seen:
            left = end - time.time()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            try:
                piece = os.read(self.terminal, 4096)
            except OSError:  # the other side is gone
                piece = b""
            if not piece:
                raise AssertionError(f"no {text!r} in {self.seen!r}, and it ended")
            self.seen += piece.decode(errors="replace")
        at = self.seen.index(text) + len(text)
        before, self.seen = self.seen[:at], self.seen[at:]
        return before

    def say(self, keys, answer):
        os.write(self.terminal, (keys + "\r").encode())
        self.wait_for(answer)
        self.wait_for_prompt()

    def end(self):
        """The exit code. A key pressed while the terminal changes its mode may be lost, so it is pressed again;
        what is written is read, since a program may wait for that before it ends."""
        end = time.time() + 60
        while time.time() < end:
            try:
                os.write(self.terminal, END.encode())
                while select.select([self.terminal], [], [], 0.2)[0] and os.read(self.terminal, 4096):
                    pass
            except OSError:  # the other side is gone
                pass
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process != 0:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it does not end")


class ReplOnATerminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        self.history = os.path.join(self.state, "kiln", "history")

    def test_arrow_keys_edit_and_bring_back(self):
        session = Session(self.state)
        session.say("10 + 2", "12 : i32")
        session.say(UP + "0", "30 : i32")  # 10 + 20
        session.say("4 * 7" + LEFT + LEFT + BACKSPACE + "+", "11 : i32")  # 4 + 7
        session.say(UP + UP + UP, "12 : i32")
        self.assertEqual(session.end(), 0)

    def test_inputs_of_several_lines_are_one(self):
        session = Session(self.state)
        os.write(session.terminal, b"let z = [\r")
        session.wait_for("... ")
        os.write(session.terminal, b"1,\r")
        session.wait_for("... ")
        session.say("2]", "")
        session.say("sum(z)", "3 : i32")
        session.say(UP + UP, "")
        session.say("z", "[1, 2] : i32[2]")
        self.assertEqual(session.end(), 0)

    def test_history_outlives_a_session(self):
        session = Session(self.state)
        session.say("11 + 11", "22 : i32")
        self.assertEqual(session.end(), 0)
        session = Session(self.state)
        session.say(UP + "1", "122 : i32")  # 11 + 111
        self.assertEqual(session.end(), 0)

    def test_history_is_bounded(self):
        os.makedirs(os.path.dirname(self.history))
        with open(self.history, "w") as file:
            file.write("_HiStOrY_V2_\n" + "".join(f"{i}\\040+\\0401\n" for i in range(3000)))
        session = Session(self.state)
        session.say("1 + 1", "2 : i32")
        self.assertEqual(session.end(), 0)
        with open(self.history) as file:
            self.assertLessEqual(len(file.readlines()), 1001)


if __name__ == "__main__":
    unittest.main()
