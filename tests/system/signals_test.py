# SPDX-License-Identifier: Apache-2.0
"""A training is asked to stop, to save, or to end at once, by signal and through the store."""
import json
import pathlib
import signal
import time
import unittest

from workplace import Workplace, safetensors

STOP_SECONDS = 60


class Signals(unittest.TestCase):
    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)

    def start(self, *more):
        """A training that would take minutes, running for some steps."""
        process = self.place.start("train", self.place.experiment, "--json", "--epochs", 400, "--resume", "auto", *more)
        before = self.step()
        self.place.wait_until(lambda: self.step() > before + 2 or process.poll() is not None)
        self.assertIsNone(process.poll(), "the training ended by itself")
        return process

    def step(self):
        return max((row[0] for row in self.place.query("SELECT step FROM runs")), default=0)

    def processor_seconds(self, process):
        return sum(map(int, pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13])) / 100

    def check_stopped(self, process, since):
        code, output, messages = self.place.finish(process, STOP_SECONDS)
        self.assertLess(time.monotonic() - since, STOP_SECONDS)
        self.assertEqual(code, 75, messages)
        run = json.loads(output)
        self.assertEqual(run["state"], "stopped")
        self.assertEqual([r["state"] for r in self.place.runs()], ["stopped"])
        header, _ = safetensors(self.place.checkpoints(run["run"])[-1])
        saved = json.loads(header["__metadata__"]["training.position"])["step"]
        self.assertEqual(saved, self.step())  # not a step is lost
        return saved

    def test_signals_stop_it_saved_and_it_goes_on(self):
        saved = 0
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2, signal.SIGHUP):
            process = self.start()
            since = time.monotonic()
            process.send_signal(number)
            now = self.check_stopped(process, since)
            self.assertGreater(now, saved)
            saved = now
        self.assertEqual(self.place.runs()[0]["attempt"], 4)

    def test_stopped_through_the_store(self):
        process = self.start()
        since = time.monotonic()
        self.assertEqual(self.place.run("runs", "stop", "tiny")[0], 0)
        self.check_stopped(process, since)

    def test_user_signal_one_saves_and_goes_on(self):
        process = self.start("--set", "training.images_per_epoch=128", "--set", "training.batch_size=1")
        run = self.place.runs()[0]["id"]
        before = {path.name for path in self.place.checkpoints(run)}
        process.send_signal(signal.SIGUSR1)
        # No end of an epoch saves at such a step.
        def saved():
            return {p.name for p in self.place.checkpoints(run) if int(p.stem.split("-")[1]) % 128} - before
        self.place.wait_until(saved, STOP_SECONDS)
        at = self.step()
        self.place.wait_until(lambda: self.step() > at, STOP_SECONDS)
        self.assertIsNone(process.poll())

    def test_second_interrupt_ends_at_once(self):
        # One step with all images: the first interrupt waits for its end, the second does not.
        process = self.place.start("train", self.place.experiment, "--epochs", 400, "--set", "training.batch_size=128",
                                   "--set", "training.images_per_epoch=128", "--set", "network.width_multiplier=2",
                                   "--set", "network.image_size=64")
        self.place.wait_until(lambda: self.place.query("SELECT 1 FROM runs WHERE stage != ''"))
        since = self.processor_seconds(process)
        self.place.wait_until(lambda: self.processor_seconds(process) > since + 0.5)  # in the step
        process.send_signal(signal.SIGINT)
        self.place.wait_until(lambda: "stopping after this step" in self.place.messages(process))
        process.send_signal(signal.SIGINT)
        code, _, messages = self.place.finish(process, STOP_SECONDS)
        self.assertEqual(code, 130, messages)


if __name__ == "__main__":
    unittest.main(verbosity=2)
