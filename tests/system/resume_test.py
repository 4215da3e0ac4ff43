# SPDX-License-Identifier: Apache-2.0
"""The same experiment ends in the same bits: again, stopped, and killed at random writes and resumed. F8NET_TEST_SEED
repeats the choice of an earlier run. The kills go by what a run has written (signal_at.cpp), not by the clock: a fast
machine would be done before its time, a slow one not begun."""
import hashlib
import json
import os
import random
import signal
import unittest

from workplace import Workplace, safetensors, signal_at

KILLS = 10
WAIT_SECONDS = 120
# From one save to the next it is 300 to 600, commits of the store among them: any may be the last.
MOST_WRITES = 400
TRAIN = ("--json", "--epochs", 3)
# Measured with a clock, so not the same twice.
TIMES = {"train/images_per_second"}


def result(place, run):
    """Everything that must be equal: own hash over the tensors, the one in the file, metric rows, and epochs."""
    header, tensors = safetensors(place.checkpoints(run)[-1])
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + b"\0" + tensors[name])
    rows = place.metrics(run)
    return {
        "tensors": digest.hexdigest(),
        "state_hash": header["__metadata__"]["state_hash"],
        "position": json.loads(header["__metadata__"]["training.position"]),
        "rows": [row[:3] for row in rows],
        "values": [row for row in rows if row[0] not in TIMES],
        "epochs": place.query("SELECT e.epoch, e.step, e.stage FROM epochs e JOIN runs r USING (run) WHERE r.id = ?", run),
        "formats": place.query(
            "SELECT f.epoch, layer, input_fractional_length, weight_fractional_length, clip_level FROM layer_formats f "
            "JOIN runs r USING (run) WHERE r.id = ? ORDER BY f.epoch, layer", run),
    }


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.reference = result(cls.place, cls.place.document("train", cls.place.experiment, *TRAIN)["run"])

    def check(self, run):
        got = result(self.place, run)
        for key, value in self.reference.items():
            self.assertEqual(got[key], value, key)

    def test_reference_has_every_row(self):
        steps = [row[1] for row in self.reference["values"] if row[0] == "train/loss"]
        self.assertEqual(steps, list(range(1, 25)))
        self.assertEqual([row[0] for row in self.reference["epochs"]], [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.reference["position"]["step"], 24)

    def test_again_gives_the_same_bits(self):
        self.check(self.place.document("train", self.place.experiment, *TRAIN, "--name", "again")["run"])

    def test_another_seed_gives_other_bits(self):
        run = self.place.document("train", self.place.experiment, *TRAIN, "--name", "other", "--set", "training.seed=6")
        self.assertNotEqual(result(self.place, run["run"])["tensors"], self.reference["tensors"])

    def kill_and_resume(self, name, words):
        """Kills a run until it was killed KILLS times; every start but the first is a resume."""
        seed = int(os.environ.get("F8NET_TEST_SEED", random.SystemRandom().randrange(2**32)))
        print(f"{name}: F8NET_TEST_SEED={seed}", flush=True)
        rng = random.Random(seed)
        run, kills, ended = None, 0, False
        while kills < KILLS:
            # A second save means that the store knows of the first: the second attempt goes on from one for certain.
            saves, writes = 2 if kills < 2 else rng.randrange(3), rng.randint(1, MOST_WRITES)
            process = self.place.start("train", *words(run), environment=signal_at(signal.SIGKILL, saves, writes))
            if process.wait(WAIT_SECONDS) != -signal.SIGKILL:
                break  # it was done before it had written so much
            kills += 1
            (run, state), = self.place.query("SELECT id, state FROM runs WHERE name = ?", name)
            # Killed between its last word to the store and its exit: it had ended, and the same command would start a new run.
            ended = state == "finished"
            if ended:
                break
        if not ended:
            code, output, messages = self.place.run("train", *words(run)) if process.returncode == -signal.SIGKILL else \
                self.place.finish(process)
            self.assertEqual(code, 0, messages)
            self.assertEqual(json.loads(output)["run"], run)
        resumed = self.place.query("SELECT a.attempt FROM attempts a JOIN runs r USING (run) WHERE r.id = ? AND "
                                   "a.resumed_from > 0", run)
        self.assertEqual(len(self.place.query("SELECT id FROM runs WHERE name = ?", name)), 1)
        print(f"{name}: {kills} kills, {len(resumed)} attempts went on from a checkpoint", flush=True)
        self.assertGreaterEqual(kills, 2)
        self.assertGreaterEqual(len(resumed), 2)
        self.check(run)

    def test_killed_and_started_with_the_same_command(self):
        self.kill_and_resume("automatic", lambda run: (self.place.experiment, *TRAIN, "--name", "automatic",
                                                       "--set", "training.checkpoint_every_steps=3", "--resume", "auto"))

    def test_killed_and_resumed_by_its_id(self):
        self.kill_and_resume("named", lambda run: ("--json", "--resume", run) if run else (
            self.place.experiment, *TRAIN, "--name", "named", "--set", "training.checkpoint_every_steps=2"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
