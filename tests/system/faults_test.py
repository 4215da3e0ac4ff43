# SPDX-License-Identifier: Apache-2.0
"""Damaged files, stores of newer versions, full disks, diverging training: exit code, message, and what stays intact."""
import ctypes
import re
import sqlite3
import struct
import subprocess
import json
import unittest

from workplace import Workplace, safetensors


class Faults(unittest.TestCase):
    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)

    def check(self, code, parts, *words, **options):
        got, _, messages = self.place.run(*words, **options)
        self.assertEqual(got, code, messages)
        for part in parts:
            self.assertIn(str(part), messages)
        return messages

    def train(self):
        return self.place.document("train", self.place.experiment, "--epochs", 1)["run"]

    def test_flipped_byte_in_a_checkpoint(self):
        checkpoint = self.place.checkpoints(self.train())[-1]
        content = bytearray(checkpoint.read_bytes())
        size = struct.unpack("<Q", content[:8])[0]
        name = "stage_0_layer_0.body.0.conv.weight"
        content[8 + size + safetensors(checkpoint)[0][name]["data_offsets"][0] + 5] ^= 0x10
        checkpoint.write_bytes(content)
        self.check(65, [checkpoint, name], "evaluate", checkpoint, "--mode", "float")
        self.check(65, [checkpoint, name], "train", self.place.experiment, "--from", checkpoint)

    def test_store_of_a_newer_version_is_read_but_not_written(self):
        run = self.train()
        store = sqlite3.connect(self.place.store)
        store.execute("PRAGMA user_version = 999")
        store.close()
        before = self.place.store.read_bytes()
        self.check(0, ["999"], "runs", "list")
        self.check(0, ["999"], "runs", "show", run)
        self.check(73, ["999", self.place.store], "runs", "rename", run, "other")
        self.check(73, ["999", self.place.store], "train", self.place.experiment)
        self.assertEqual(self.place.store.read_bytes(), before)

    def test_truncated_and_missing_pictures(self):
        file = self.place.data / "train-images-idx3-ubyte"
        file.write_bytes(file.read_bytes()[:1000])
        self.check(65, [file, "1000"], "train", self.place.experiment)
        nowhere = self.place.folder / "nowhere"
        self.check(65, [nowhere], "train", self.place.experiment, "--data", nowhere)

    def test_divergence_names_step_layer_and_last_good_checkpoint(self):
        messages = self.check(76, ["diverged"], "train", self.place.experiment, "--epochs", 30,
                              "--set", "optimizer.lr=1000", "--set", "optimizer.weight_decay=1")
        found = re.search(r"at step \d+ .*not finite: (\S+); last good checkpoint: (\S+\.safetensors)", messages)
        self.assertIsNotNone(found, messages)
        safetensors(found[2])

    def test_gpu_without_a_driver(self):
        try:
            ctypes.CDLL("libcuda.so.1")
        except OSError:
            pass
        else:
            self.skipTest("there is a GPU driver")
        for device in ("cuda", "cuda:1"):
            messages = self.check(71, [f"'{device}'", "no NVIDIA driver", "libcuda.so.1", "--device cpu"],
                                  "train", self.place.experiment, "--device", device)
            self.assertEqual(len(messages.splitlines()), 1, messages)
        self.assertEqual(self.place.runs(), [])  # no run is left behind that never began
        run = self.train()
        self.check(71, ["no NVIDIA driver"], "train", "--resume", run, "--device", "cuda")
        self.check(71, ["no NVIDIA driver"], "evaluate", run, "--mode", "fake-quant", "--device", "cuda")
        self.check(2, ["cuda:N"], "evaluate", run, "--mode", "fake-quant", "--device", "gpu")
        self.check(0, [], "evaluate", run, "--mode", "fake-quant", "--device", "auto")

    def test_full_disk_loses_nothing_and_goes_on_later(self):
        small = self.place.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", small], capture_output=True).returncode:
            self.skipTest("mounting a small tmpfs needs root")
        self.addCleanup(subprocess.run, ["umount", small], check=False)
        self.place.store = small / "runs.db"
        words = ("train", self.place.experiment, "--json", "--epochs", 30, "--resume", "auto")
        messages = self.check(74, [small], *words)
        self.assertRegex(messages, r"\d+ bytes free")
        store = sqlite3.connect(self.place.store)
        self.assertEqual(store.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        run = store.execute("SELECT id FROM runs").fetchone()[0]
        store.close()
        for path in self.place.checkpoints(run):
            safetensors(path)
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        code, output, messages = self.place.run(*words)
        self.assertEqual(code, 0, messages)
        self.assertEqual(json.loads(output)["run"], run)
        steps = [row[1] for row in self.place.metrics(run) if row[0] == "train/loss"]
        self.assertEqual(steps, list(range(1, 241)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
