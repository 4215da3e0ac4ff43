# SPDX-License-Identifier: Apache-2.0
"""A trained network is handed off: one folder, whole, verified, replaceable; or none."""
import hashlib
import json
import pathlib
import re
import shutil
import signal
import time
import unittest

from workplace import Workplace

# A compiler that gets the first weight of the C source wrong.
BAD_COMPILER = """#!/usr/bin/env python3
import os, pathlib, re, sys
words = sys.argv[1:]
for i, word in enumerate(words):
    if word.endswith("/net.c"):
        text, count = re.subn(r"(int8_t weights_\\w+\\[\\d+\\][^{]*\\{\\s*)(-?\\d+)", lambda m: m[1] + str(-int(m[2]) or 64),
                              pathlib.Path(word).read_text(), count=1)
        assert count == 1
        words[i] = os.environ["HOME"] + "/bad.c"
        pathlib.Path(words[i]).write_text(text)
os.execvp("cc", ["cc", *words])
"""

# A compiler that has begun a file, started another program, and takes its time.
SLOW_COMPILER = """#!/bin/sh
echo begun > "$TMPDIR/unfinished.s"
sleep 300 &
echo $$ $! > "$HOME/compiling.tmp" && mv "$HOME/compiling.tmp" "$HOME/compiling"
wait
"""


def is_running(pid):
    """A zombie that nobody has collected yet is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Handoff(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.place.document("train", cls.place.experiment, "--epochs", 1)

    def leftovers(self, name):
        return list(self.place.folder.glob(name + "*"))

    def compiler(self, path):
        """The one of this test."""
        self.place.environment["CC"] = str(path)
        self.addCleanup(self.place.environment.pop, "CC")

    def check_sums(self, folder):
        named = set()
        for line in (folder / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ", 1)
            self.assertEqual(hashlib.sha256((folder / name).read_bytes()).hexdigest(), digest, name)
            named.add(name)
        there = {str(path.relative_to(folder)) for path in folder.rglob("*")
                 if path.is_file() and path.name not in (".f8net-files", "SHA256SUMS")}
        self.assertEqual(named, there)
        return named

    def test_one_folder_with_everything(self):
        folder = self.place.folder / "package"
        document = self.place.document("handoff", "tiny", "-o", folder, "--images", 20)
        self.assertTrue(document["equal"])
        self.assertEqual([file["path"] for file in document["checked"]], ["network.onnx", "c"])
        skipped = [file for file in document["checked"] if file["skipped"]]
        self.assertIs(document["verified"], None if skipped else True)
        for file in document["checked"]:
            if file not in skipped:
                self.assertEqual((file["equal"], file["images"]), (True, 20))
        names = self.check_sums(folder)
        self.assertEqual(names, {entry["name"] for entry in document["files"]})
        for name in ("README.md", "network.f8n", "network.onnx", "layers.csv", "report.html"):
            self.assertIn(name, names)
        for part in ("c/", "vectors/"):
            self.assertTrue(any(name.startswith(part) for name in names), part)
        readme = (folder / "README.md").read_text()
        self.assertIn("tiny", readme)
        # One line for each way of computing, of the most images; what goes in and out, and the rules.
        self.assertEqual(len(re.findall(r"(?m)^\| integer-only \|", readme)), 1)
        for said in ("In: 16 x 16 x 1 bytes", "u8.8", "0 T-shirt/top", "half to even", "-127 .. 127", "Residual sum",
                     "hash of its checkpoint's file"):
            self.assertIn(said, readme)
        self.assertNotIn(str(self.place.folder), readme)  # no place of this machine
        # What is in it is the run's network.
        direct = self.place.folder / "direct.f8n"
        self.place.document("lower", "tiny", "-o", direct)
        self.assertEqual(direct.read_bytes(), (folder / "network.f8n").read_bytes())
        self.place.document("verify", folder / "network.f8n", "--images", 5)
        # The run remembers it, and nothing of the places that were used on the way.
        artifacts = {pathlib.Path(path).name for path, in self.place.query("SELECT path FROM artifacts")}
        self.assertIn("package", artifacts)
        self.assertNotIn("report.html", artifacts)
        # Again: replaced. A folder of somebody else: left alone.
        self.place.document("handoff", "tiny", "-o", folder, "--images", 5)
        self.check_sums(folder)
        (folder / "mine.txt").write_text("mine")
        code, _, messages = self.place.run("handoff", "tiny", "-o", folder)
        self.assertEqual(code, 2)
        self.assertIn("mine.txt", messages)
        self.assertEqual((folder / "mine.txt").read_text(), "mine")

    def test_another_integer_is_a_no_and_no_folder(self):
        if shutil.which("cc") is None:
            self.skipTest("no C compiler")
        bad = self.place.folder / "bad-cc"
        bad.write_text(BAD_COMPILER)
        bad.chmod(0o755)
        self.compiler(bad)
        code, output, messages = self.place.run("handoff", "tiny", "-o", self.place.folder / "wrong", "--images", 5,
                                                "--json")
        self.assertEqual(code, 1, messages)
        document = json.loads(output)
        self.assertIs(document["verified"], False)
        self.assertIs(document["equal"], False)
        difference = document["checked"][-1]["first_difference"]
        self.assertEqual((document["checked"][-1]["path"], difference["layer"]), ("c", "head.0"))
        self.assertNotEqual(difference["expected"], difference["got"])
        self.assertIn("head.0", messages)
        self.assertEqual(self.leftovers("wrong"), [])

    def test_what_cannot_be_run_here_is_said_so(self):
        self.compiler(self.place.folder / "no-such-compiler")
        folder = self.place.folder / "unrun"
        document = self.place.document("handoff", "tiny", "-o", folder, "--images", 5)
        self.assertIsNone(document["verified"])
        self.assertTrue(document["checked"][-1]["skipped"])
        self.assertRegex((folder / "README.md").read_text(), "`c`: not run on this machine")
        self.check_sums(folder)

    def test_stopped_while_it_verifies_it_leaves_nothing(self):
        network = self.place.folder / "loose.f8n"  # names no data: as many random images as are asked for
        self.place.document("lower", "tiny", "-o", network)
        process = self.place.start("handoff", network, "-o", self.place.folder / "stopped", "--images", 10_000_000)
        self.place.wait_until(lambda: any((path / "network.onnx").exists() for path in self.leftovers("stopped.tmp")))
        process.send_signal(signal.SIGTERM)
        code, _, messages = self.place.finish(process)
        self.assertEqual(code, 75, messages)
        self.assertIn("nothing was written", messages)
        self.assertEqual(self.leftovers("stopped"), [])

    def test_stopped_while_the_c_compiler_runs_it_ends_the_compiler(self):
        slow = self.place.folder / "slow-cc"
        slow.write_text(SLOW_COMPILER)
        slow.chmod(0o755)
        self.compiler(slow)
        temporary = self.place.folder / "temporary"
        temporary.mkdir()
        self.place.environment["TMPDIR"] = str(temporary)
        self.addCleanup(self.place.environment.pop, "TMPDIR")
        compiling = self.place.folder / "compiling"
        out = self.place.folder / "interrupted"
        commands = {"hand-off stopped; nothing was written": ("handoff", "tiny", "-o", out, "--images", 5),
                    "is written and not verified": ("export", "tiny", "--to", "c", "-o", self.place.folder / "source",
                                                    "--verify", 5),
                    "not all was checked": ("verify", "tiny", "--against", "c", "--images", 5)}
        for message, command in commands.items():
            for request in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(command=command[0], request=request):
                    compiling.unlink(missing_ok=True)
                    process = self.place.start(*command)
                    self.place.wait_until(compiling.exists)
                    pids = [int(pid) for pid in compiling.read_text().split()]
                    self.assertTrue(all(is_running(pid) for pid in pids))
                    begin = time.monotonic()
                    process.send_signal(request)
                    code, _, messages = self.place.finish(process)
                    self.assertLess(time.monotonic() - begin, 20)  # the compiler takes 300; otherwise a hundredth of a second
                    self.assertEqual(code, 75, messages)
                    self.assertIn(message, messages)
                    self.assertEqual([pid for pid in pids if is_running(pid)], [])
                    self.assertEqual(list(temporary.iterdir()), [])
        self.assertEqual(self.leftovers("interrupted"), [])

    def test_what_cannot_be_written_leaves_nothing(self):
        code, _, messages = self.place.run("handoff", "nobody", "-o", self.place.folder / "x")
        self.assertEqual(code, 2)
        self.assertIn("nobody", messages)
        self.assertEqual(self.leftovers("x"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
