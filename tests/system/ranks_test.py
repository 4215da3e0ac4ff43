# SPDX-License-Identifier: Apache-2.0
"""Several processes train one run: f8net launch and torchrun's variables; one is killed, stopped, stalls, or cannot work."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from workplace import Workplace, children, safetensors, signal_at

TRAIN = ("--json", "--epochs", 2)
STOP_SECONDS = 60
# A killed process closes its connections: the others notice at once, long before training.rank_timeout_s.
NOTICE_SECONDS = 60


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Ranks(unittest.TestCase):
    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.close)
        self.started = []

    def close(self):
        for process in self.started:  # a stopped process ends by nothing else
            if process.poll() is None:
                process.kill()
        self.place.close()

    def launch(self, ranks, *words, **options):
        return self.place.start("launch", "-n", ranks, "--", "train", self.place.experiment, *TRAIN, *words, **options)

    def launch_and_hold(self, saves, *words):
        """Four ranks, and the process of rank 0, which waits for SIGCONT after so many checkpoints."""
        launcher = self.launch(4, *words, environment=signal_at(signal.SIGSTOP, saves))
        return launcher, self.place.wait_until_held(launcher)

    def rank(self, number, world, port, *words, **variables):
        """One rank as torchrun would start it."""
        before = self.place.environment
        self.place.environment = dict(before, RANK=str(number), LOCAL_RANK=str(number), WORLD_SIZE=str(world),
                                      MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), **variables)
        try:
            process = self.place.start("train", self.place.experiment, *TRAIN, *words)
        finally:
            self.place.environment = before
        self.started.append(process)
        return process

    def pid_of_rank(self, launcher, number):
        for pid in children(launcher.pid):
            if f"RANK={number}" in pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0"):
                return int(pid)
        raise AssertionError(f"no rank {number}: {self.place.messages(launcher)}")

    def step(self):
        return max((row[0] for row in self.place.query("SELECT step FROM runs")), default=0)

    def wait_for_steps(self, process, more=2):
        before = self.step()
        self.place.wait_until(lambda: self.step() >= before + more or process.poll() is not None)
        self.assertIsNone(process.poll(), "it ended by itself")

    def result(self, run):
        """What must not depend on interruptions."""
        header, _ = safetensors(self.place.checkpoints(run)[-1])
        rows = [row for row in self.place.metrics(run) if row[0] != "train/images_per_second"]
        return header["__metadata__"]["state_hash"], rows

    def state(self):
        return [r["state"] for r in self.place.runs()]

    def test_killed_or_stopped_it_goes_on_to_the_same_bits(self):
        code, output, messages = self.place.finish(self.launch(4, "--name", "whole"))
        self.assertEqual(code, 0, messages)
        self.assertNotIn("[rank", messages)  # rank 0 alone speaks
        whole = json.loads(output)
        self.assertEqual(len(self.place.runs()), 1)
        expected = self.result(whole["run"])
        steps = [row[1] for row in expected[1] if row[0] == "train/loss"]
        self.assertEqual(steps, list(range(1, 17)))

        words = ("--name", "parts", "--resume", "auto", "--set", "training.checkpoint_every_steps=2")
        parts = lambda: self.place.query("SELECT id FROM runs WHERE name = 'parts'")
        run_step = lambda: max((r[0] for r in self.place.query("SELECT step FROM runs WHERE name = 'parts'")), default=0)
        for number, saves in ((2, 1), (0, 2)):
            process, first = self.launch_and_hold(saves, *words)
            os.kill(self.pid_of_rank(process, number), signal.SIGKILL)
            if number > 0:
                os.kill(first, signal.SIGCONT)
            code, _, messages = self.place.finish(process, NOTICE_SECONDS)
            self.assertEqual(code, 128 + signal.SIGKILL, messages)
            self.assertIn(f"rank {number} was killed by signal 9", messages)
            self.assertIn("lost contact with another rank", messages)
            self.assertEqual(self.place.query("SELECT count(*) FROM runs"), [(2,)])
            states = {r["name"]: r["state"] for r in self.place.runs()}
            self.assertEqual(states["parts"], "crashed")

        process, first = self.launch_and_hold(2, *words)
        process.send_signal(signal.SIGTERM)
        os.kill(first, signal.SIGCONT)
        code, output, messages = self.place.finish(process, STOP_SECONDS)
        self.assertEqual(code, 75, messages)
        self.assertEqual(json.loads(output)["state"], "stopped")
        self.assertLessEqual(messages.count("stopping after this step"), 1, messages)
        position = json.loads(safetensors(self.place.checkpoints(parts()[0][0])[-1])[0]["__metadata__"]["training.position"])
        self.assertEqual(position["step"], run_step())  # not a step is lost

        code, output, messages = self.place.finish(self.launch(4, *words))
        self.assertEqual(code, 0, messages)
        self.assertEqual(json.loads(output)["run"], parts()[0][0])
        self.assertEqual(self.result(parts()[0][0]), expected)

    def test_a_rank_that_stalls_is_given_up(self):
        for stalled in (1, 0):
            with self.subTest(stalled=stalled):
                port = free_port()
                words = ("--name", f"stall{stalled}", "--epochs", 100, "--set", "training.rank_timeout_s=8")
                ranks = [self.rank(n, 2, port, *words) for n in (0, 1)]
                self.wait_for_steps(ranks[0])
                ranks[stalled].send_signal(signal.SIGSTOP)
                code, _, messages = self.place.finish(ranks[1 - stalled], 8 + NOTICE_SECONDS)
                self.assertEqual(code, 74, messages)
                self.assertIn("lost contact with another rank", messages)
                self.assertIn("training.rank_timeout_s", messages)
                ranks[stalled].kill()
                ranks[stalled].wait()
                self.assertEqual(self.state()[0], "crashed")

    def test_ranks_by_torchruns_variables_stop_together_when_one_is_asked(self):
        port = free_port()
        ranks = [self.rank(0, 2, port, "--epochs", 100), self.rank(1, 2, port, "--epochs", 100, "--local-rank=1")]
        self.wait_for_steps(ranks[0])
        ranks[1].send_signal(signal.SIGTERM)
        for process in ranks:
            code, output, messages = self.place.finish(process, STOP_SECONDS)
            self.assertEqual(code, 75, messages)
        self.assertEqual(output, "")
        self.assertEqual(self.state(), ["stopped"])
        position = safetensors(self.place.checkpoints(self.place.runs()[0]["id"])[-1])[0]["__metadata__"]
        self.assertEqual(json.loads(position["training.position"])["step"], self.step())
        self.assertEqual(position["training.ranks"], "2")

    def test_ranks_that_do_not_come(self):
        for number, expected in ((0, "these did not come .*: 1;"), (1, "rank 1 cannot reach rank 0 at 127.0.0.1")):
            with self.subTest(rank=number):
                process = self.rank(number, 2, free_port(), "--set", "training.rank_timeout_s=1")
                code, _, messages = self.place.finish(process, 1 + NOTICE_SECONDS)
                self.assertEqual(code, 74, messages)
                self.assertRegex(messages, expected)

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("0.0.0.0", 0))
            taken.listen()
            port = taken.getsockname()[1]
            code, _, messages = self.place.finish(self.rank(0, 2, port))
        self.assertEqual(code, 74, messages)
        self.assertRegex(messages, f"127.0.0.1:{port}: the port is in use; set MASTER_PORT")

    def check(self, code, parts, *words, **variables):
        self.place.environment.update(variables)
        got, _, messages = self.place.run(*words)
        for name in variables:
            del self.place.environment[name]
        self.assertEqual(got, code, messages)
        for part in parts:
            self.assertRegex(messages, part)

    def test_what_cannot_be_asked_of_ranks(self):
        train = ("train", self.place.experiment)
        self.check(2, ["launch starts 'train'"], "launch", "-n", 2, "--", "evaluate", "x")
        self.check(2, ["--detach"], *train, "--detach", RANK="0", WORLD_SIZE="2", MASTER_ADDR="localhost", MASTER_PORT="4000")
        self.check(2, ["MASTER_ADDR"], *train, RANK="0", WORLD_SIZE="2", MASTER_PORT="4000")
        self.check(2, ["WORLD_SIZE is 'x'"], *train, RANK="0", WORLD_SIZE="x")
        self.check(2, ["set MASTER_ADDR"], *train, SLURM_PROCID="0", SLURM_NTASKS="2", SLURM_LOCALID="0")
        self.check(2, ["training.batch_size is 16, which 3 ranks", "use 15 or 18"], "launch", "-n", 3, "--", *train)
        self.check(2, ["training.batch_size is 2", "use 4"], "launch", "-n", 4, "--", *train, "--batch-size", 2)
        self.assertEqual(self.place.runs(), [])  # no run is left behind that never began

    def test_one_rank_is_an_ordinary_training(self):
        alone = self.place.document("train", self.place.experiment, "--epochs", 1)["run"]
        code, output, messages = self.place.run("launch", "-n", 1, "--", "train", self.place.experiment, "--json",
                                                "--epochs", 1)
        self.assertEqual(code, 0, messages)
        self.assertEqual(self.result(json.loads(output)["run"]), self.result(alone))

    def test_gpus_need_what_is_not_there(self):
        code, _, messages = self.place.finish(self.launch(2, "--device", "cuda"), NOTICE_SECONDS)
        self.assertIn(code, (69, 71), messages)

    def test_a_full_disk_ends_all_ranks_with_its_code(self):
        small = self.place.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], capture_output=True).returncode:
            self.skipTest("mounting a small tmpfs needs root")
        self.addCleanup(subprocess.run, ["umount", small], check=False)
        self.place.store = small / "runs.db"
        ranks = [self.rank(n, 2, port, "--epochs", 30) for port in [free_port()] for n in (0, 1)]
        for process in ranks:
            code, _, messages = self.place.finish(process)
            self.assertEqual(code, 74, messages)
            self.assertNotIn("lost contact", messages)
        _, _, messages = self.place.finish(ranks[0])
        self.assertTrue(re.search(r"\d+ bytes free", messages), messages)


if __name__ == "__main__":
    unittest.main(verbosity=2)
