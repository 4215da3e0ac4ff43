# SPDX-License-Identifier: Apache-2.0
"""Completion in the shells themselves: each is started on a terminal of its own, a line is typed, Tab is pressed, and what the
line has become is read back. A shell that is not installed is skipped, and says so."""
import os
import pathlib
import pty
import re
import select
import shutil
import time
import unittest

from workplace import PROGRAM, ROOT, Workplace

COMPLETIONS = ROOT / "resources/completions"
PATIENCE = 60  # seconds; a tenth of one on an idle machine

# Each begins without the user's own files, says READY, and on F9 shows the line as it stands between marks.
SHELLS = {
    "bash": (("bash", "--norc", "--noprofile", "-i"), f"""
        PS1=''; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'
        bind 'set page-completions off'; bind 'set completion-query-items 0'
        source {COMPLETIONS}/f8net.bash
        show() {{ printf '%s' "<<<$READLINE_LINE>>>"; READLINE_LINE=; READLINE_POINT=0; }}
        bind -x '"\\e[20~": show'; echo REA''DY
    """),
    "zsh": (("zsh", "-f", "-i"), f"""
        PS1=''; unset zle_bracketed_paste; fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000
        show() {{ print -rn -- "<<<$BUFFER>>>"; BUFFER=; }}; zle -N show; bindkey '^[[20~' show; print REA''DY
    """),
    "fish": (("fish", "--no-config", "-i"), f"""
        function fish_prompt; end; function fish_greeting; end; source {COMPLETIONS}/f8net.fish
        function show; printf '%s' '<<<'(commandline)'>>>'; commandline ''; end; bind \\e\\[20~ show; echo REA''DY
    """),
}


class Shell:
    def __init__(self, name, environment, folder):
        words, setup = SHELLS[name]
        self.name, self.typed = name, 0
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, dict(environment, TERM="dumb" if name != "fish" else "xterm", COLUMNS="200", LINES="60"))
        os.write(self.terminal, ("; ".join(line.strip() for line in setup.strip().splitlines()) + "\r").encode())
        self.read(b"READY")

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)

    def read(self, mark):
        """All that is on the terminal until the mark."""
        seen, end = b"", time.monotonic() + PATIENCE
        while not re.search(mark, seen, re.S):
            if time.monotonic() > end:
                raise AssertionError(f"{self.name}: {mark} did not come within {PATIENCE} s: {seen!r}")
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65536)
        return seen

    def tab(self, line):
        """The line after Tab, and what was shown meanwhile."""
        os.write(self.terminal, (line + "\t\x1b[20~").encode())
        seen = self.read(rb"<<<.*>>>")
        return re.search(rb"<<<(.*?)>>>", seen, re.S)[1].decode(), re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen).decode()


class Shells(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.place.environment["PATH"] = f"{pathlib.Path(PROGRAM).resolve().parent}:{os.environ['PATH']}"
        cls.place.environment["F8NET_STORE"] = str(cls.place.store)
        network = cls.place.folder / "none.f8n"
        for store, names in ((cls.place.store, ("paper-resnet", "coarser head")), (cls.place.folder / "other.db", ("elsewhere",))):
            for name in names:
                cls.place.document("queue", "add", cls.place.experiment, "--name", name, store=store)
        network.write_text("")
        (cls.place.folder / "two words.f8n").write_text("")

    def check(self, name):
        if shutil.which(name) is None:
            self.skipTest(f"there is no {name}")
        shell = Shell(name, self.place.environment, self.place.folder)
        self.addCleanup(shell.close)
        for typed, wanted in {
            "f8net evalu": "f8net evaluate ",
            "f8net runs compa": "f8net runs compare ",
            "f8net evaluate x --require-t": "f8net evaluate x --require-top1 ",
            "f8net --color nev": "f8net --color never ",
            "f8net --color=nev": "f8net --color=never ",
            "f8net export x --to onnx-q": "f8net export x --to onnx-qdq ",
            "f8net evaluate x --mode float,fake": "f8net evaluate x --mode float,fake-quant ",
            "f8net train --set optimizer.l": "f8net train --set optimizer.lr=",  # a value follows
            "f8net train --set optimizer.nesterov=t": "f8net train --set optimizer.nesterov=true ",
            "f8net train --set=optimizer.nesterov=t": "f8net train --set=optimizer.nesterov=true ",
            "f8net runs show pap": "f8net runs show paper-resnet ",
            "f8net runs show coar": "f8net runs show coarser\\ head ",
            "f8net runs show coarser\\ he": "f8net runs show coarser\\ head ",
            "f8net runs show \"coarser he": "f8net runs show \"coarser head\" ",
            f"f8net --store {self.place.folder}/other.db runs show el": f"f8net --store {self.place.folder}/other.db runs show elsewhere ",
            "f8net evaluate non": "f8net evaluate none.f8n ",
            "f8net evaluate two": "f8net evaluate two\\ words.f8n ",
            "f8net evaluate x --data dat": "f8net evaluate x --data data/",
        }.items():
            with self.subTest(shell=name, typed=typed):
                self.assertEqual(shell.tab(typed)[0], wanted)
        with self.subTest(shell=name):  # several: listed, with what they are where the shell shows it
            line, seen = shell.tab("f8net runs re")
            self.assertEqual(line, "f8net runs re")
            self.assertIn("rename", seen)
            self.assertIn("restore", seen)
            if name != "bash":
                self.assertIn("trash", seen)

    def test_bash(self):
        self.check("bash")

    def test_zsh(self):
        self.check("zsh")

    def test_fish(self):
        self.check("fish")


if __name__ == "__main__":
    unittest.main(verbosity=2)
