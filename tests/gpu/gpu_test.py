# SPDX-License-Identifier: Apache-2.0
"""f8net at work on a GPU: training, resuming, the same codes as on the CPU, and too little memory. Skipped without one."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from workplace import PROGRAM, Workplace  # noqa: E402


def gpu_state():
    done = subprocess.run([PROGRAM, "doctor", "--json"], capture_output=True, text=True, check=False)
    return next(finding for finding in json.loads(done.stdout)["findings"] if finding["part"] == "GPU")


GPU = gpu_state()


@unittest.skipUnless(GPU["state"] == "ok", GPU["detail"])
class Gpu(unittest.TestCase):
    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        if "F8NET_LIBTORCH_DIR" in os.environ:
            self.place.environment["F8NET_LIBTORCH_DIR"] = os.environ["F8NET_LIBTORCH_DIR"]

    def train(self, *words):
        return self.place.document("train", self.place.experiment, "--device", "cuda", *words)

    def test_training_learns_and_every_integer_mode_agrees(self):
        run = self.train("--epochs", 40)["run"]
        document = self.place.document("evaluate", run, "--mode", "all", "--device", "cuda")
        self.assertTrue(document["integer_modes_agree"], document)
        self.assertGreater(document["modes"]["integer-only"]["top1"], 0.5)

    def test_integer_codes_on_the_gpu_are_those_on_the_cpu(self):
        run = self.train("--epochs", 1)["run"]
        tops = {}
        for device in ("cpu", "cuda"):
            files = self.place.folder / f"{device}.safetensors"
            self.place.document("evaluate", run, "--mode", "simulated-integer,integer-float", "--device", device, "--logits", files)
            tops[device] = files.read_bytes()
        self.assertEqual(tops["cpu"], tops["cuda"])

    def test_the_first_losses_are_those_of_a_cpu(self):
        losses = {}
        for device in ("cpu", "cuda"):
            run = self.place.document("train", self.place.experiment, "--device", device, "--epochs", 1)["run"]
            losses[device] = [row[3] for row in self.place.metrics(run) if row[0] == "train/loss"]
        self.assertEqual(len(losses["cpu"]), len(losses["cuda"]))
        for stage in (0, 4):  # float, then fixed-point: 64 images in batches of 16 each
            expected = losses["cpu"][stage]
            self.assertAlmostEqual(losses["cuda"][stage], expected, delta=(0.01 if stage == 0 else 0.2) * expected)

    def test_a_stopped_run_goes_on(self):
        process = self.place.start("train", self.place.experiment, "--device", "cuda", "--epochs", 50)
        deadline = time.monotonic() + 120
        while not (self.place.store.exists() and self.place.runs() and self.place.checkpoints(self.place.runs()[0]["id"])):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        code, _, messages = self.place.finish(process)
        self.assertEqual(code, 75, messages)
        run = self.place.runs()[0]["id"]
        self.assertEqual(self.place.document("train", "--resume", run, "--device", "cuda")["state"], "finished")
        steps = [row[1] for row in self.place.metrics(run) if row[0] == "train/loss"]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))

    def test_divergence_names_step_and_layer(self):
        code, _, messages = self.place.run("train", self.place.experiment, "--device", "cuda", "--epochs", 30,
                                           "--set", "optimizer.lr=1000", "--set", "optimizer.weight_decay=1")
        self.assertEqual(code, 76, messages)
        self.assertRegex(messages, r"at step \d+ .*not finite: \S+")

    def test_steps_are_replayed_as_a_graph_and_learn_what_queued_steps_do(self):
        losses = {}
        for name, words in (("replayed", ()), ("queued", ("--set", "training.cuda_graph=false"))):
            run = self.train("--epochs", 2, "--name", name, "--set", "training.log_every_steps=1", *words)["run"]
            losses[name] = [row[3] for row in self.place.metrics(run) if row[0] == "train/loss"]
            events = [row[0] for row in self.place.query("SELECT e.message FROM events e JOIN runs r USING (run) WHERE r.id = ? "
                                                         "AND e.kind = 'graph'", run)]
            self.assertEqual(any("steps are replayed as a CUDA graph" in event for event in events), name == "replayed", events)
        self.assertEqual(len(losses["replayed"]), len(losses["queued"]))
        # Sums of a convolution's gradients may be added in another order from step to step, and codes follow.
        last = {name: sum(values[-10:]) / 10 for name, values in losses.items()}
        self.assertLess(abs(last["replayed"] - last["queued"]), 0.2 * last["queued"], losses)

    def test_the_benchmark_shows_the_step_replayed_and_queued(self):
        document = self.place.document("bench", "train", self.place.experiment, "--device", "cuda", "--rounds", 2)
        self.assertGreater(document["queued_ms"]["min"], document["step_ms"]["min"], document)
        self.assertIsNone(document["queued_because"])
        document = self.place.document("bench", "train", self.place.experiment, "--device", "cuda", "--rounds", 2,
                                       "--set", "training.cuda_graph=false")
        self.assertIsNone(document["queued_ms"])
        self.assertIn("training.cuda_graph", document["queued_because"])

    def test_grid_search_trains(self):
        self.train("--epochs", 1, "--set", "quantization.format_policy=grid-search")

    def test_two_ranks_on_one_gpu_train_as_one_process_does(self):
        words = ("--epochs", 1, "--device", "cuda:0", "--set", "training.log_every_steps=1")
        losses = {}
        for ranks in (1, 2):
            name = f"of-{ranks}"
            code, _, messages = self.place.run("launch", "-n", ranks, "--", "train", self.place.experiment, "--name", name, *words)
            self.assertEqual(code, 0, messages)
            run = next(run["id"] for run in self.place.runs() if run["name"] == name)
            losses[ranks] = [row[3] for row in self.place.metrics(run) if row[0] == "train/loss"]
        self.assertEqual(len(losses[1]), len(losses[2]))
        # Batch statistics are of half a batch each: near, not equal.
        for one, two in zip(losses[1], losses[2]):
            self.assertLess(abs(one - two), 0.5 * one)

    def test_too_little_memory_names_bytes_and_batch_and_the_run_goes_on(self):
        # The first convolution's output alone has 34 GB.
        words = ("--set", "network.image_size=1024", "--set", "network.stem=imagenet", "--set", "network.width_multiplier=4",
                 "--batch-size", 128, "--epochs", 1, "--set", "training.images_per_epoch=128")
        code, _, messages = self.place.run("train", self.place.experiment, "--device", "cuda", *words, timeout=600)
        self.assertEqual(code, 71, messages)
        for part in ("out of GPU memory", "asked", "free", "128", "training.micro_batch=64"):
            self.assertIn(part, messages)
        self.assertEqual([run["state"] for run in self.place.runs()], ["failed"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
