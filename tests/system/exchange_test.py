# SPDX-License-Identifier: Apache-2.0
"""Event files, read and written by TensorBoard's own library (F8NET_TEST_PYTHON): what f8net exports it reads, what it
writes f8net imports."""
import json
import os
import subprocess
import unittest

from workplace import ROOT, Workplace

# Everything of the event files under a folder, as JSON.
READ = """
import json, os, sys
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2
runs = {}
for folder, _, files in os.walk(sys.argv[1]):
    if not any("tfevents" in name for name in files):
        continue
    events = event_accumulator.EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    run = runs[os.path.relpath(folder, sys.argv[1])] = {"scalars": {}, "histograms": {}, "hparams": {}}
    for tag in events.Tags()["scalars"]:
        run["scalars"][tag] = [[e.step, e.wall_time, repr(e.value)] for e in events.Scalars(tag)]
    for tag in events.Tags()["histograms"]:
        run["histograms"][tag] = [[e.step, e.wall_time, {key: getattr(e.histogram_value, key) for key in
                                   ("num", "min", "bucket_limit", "bucket")}] for e in events.Histograms(tag)]
    for tag, content in events.PluginTagToContent("hparams").items():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        for key, value in data.session_start_info.hparams.items():
            run["hparams"][key] = getattr(value, value.WhichOneof("kind"))
print(json.dumps(runs))
"""

# Event files as older and newer programs write them, in two runs; one goes on in a second file.
WRITE = """
import os, sys
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.plugins.histogram.metadata import create_summary_metadata as of_histogram
from tensorboard.plugins.scalar.metadata import create_summary_metadata as of_scalar
from tensorboard.summary.writer.event_file_writer import EventFileWriter
def write(folder, name, steps, tensors):
    writer = EventFileWriter(os.path.join(sys.argv[1], folder), filename_suffix=name)
    for step in steps:
        if tensors:
            # What a tag is, is only said the first time.
            summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(
                tag="loss", tensor=tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1 / step]),
                metadata=of_scalar("loss", "") if step == 1 else None)])
        else:
            summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="loss", simple_value=1 / step)])
            summary.value.add(tag="accuracy", simple_value=float("nan") if step == 2 else step / 100)
        writer.add_event(event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary))
    for step in (1, 2):
        writer.add_event(event_pb2.Event(wall_time=1.7e9, step=step, summary=summary_pb2.Summary(value=[
            summary_pb2.Summary.Value(tag="old weights", histo=summary_pb2.HistogramProto(num=1, bucket_limit=[1], bucket=[1])),
            summary_pb2.Summary.Value(
                tag="weights", tensor=tensor_pb2.TensorProto(dtype=types_pb2.DT_DOUBLE, double_val=[2.5]),
                metadata=of_histogram("weights", "") if step == 1 else None)])))
    writer.close()
write("old", ".a", range(1, 6), False)
write("old", ".b", range(5, 9), False)
write("new/train", "", range(1, 4), True)
"""


class Exchange(unittest.TestCase):
    def setUp(self):
        self.python = os.environ.get("F8NET_TEST_PYTHON")
        if not self.python:
            self.skipTest("F8NET_TEST_PYTHON names no Python")
        self.place = Workplace()
        self.addCleanup(self.place.close)

    def library(self, program, *words):
        done = subprocess.run([self.python, "-c", program, *map(str, words)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def points(self, run):
        return {(name, step): value for name, step, _, value in self.place.metrics(run)}

    def test_tensorboard_reads_what_is_exported(self):
        run = json.loads((ROOT / "tests/fuzz/corpus/runs_json/whole.json").read_text())["runs"][0]
        run["metrics"] = [{"name": "train/loss", "points": [[i, 1, 0.5, 1.7e9 + i / 4, 1 / i] for i in range(1, 2001)]},
                          {"name": "test/top1", "points": [[20, 2, 1, 1.7e9, None], [40, 2, 1, 1.7e9 + 1, "Infinity"]]}]
        run["config_values"] = {"optimizer.lr": "0.5", "data.flip": "true", "network.architecture": "resnet18"}
        path = self.place.folder / "runs.json"
        path.write_text(json.dumps({"format": "f8net-runs", "version": 1, "runs": [run]}))
        self.place.document("runs", "import", path)
        out = self.place.folder / "logs"
        document = self.place.document("runs", "export", "a", "--to", "tensorboard", "-o", out)
        self.assertEqual(document["points"], 2002)
        runs = json.loads(self.library(READ, out))
        self.assertEqual(list(runs), ["a"])
        read = runs["a"]
        loss = read["scalars"]["train/loss"]
        self.assertEqual([(step, time) for step, time, _ in loss], [(i, 1.7e9 + i / 4) for i in range(1, 2001)])
        for step, _, value in loss:
            self.assertAlmostEqual(float(value), 1 / step, delta=1e-7)
        self.assertEqual([value for _, _, value in read["scalars"]["test/top1"]], ["nan", "inf"])
        self.assertEqual([(s, v) for s, _, v in read["scalars"]["weight_fractional_length/head.0"]], [(10, "4.0")])
        self.assertEqual(read["hparams"], {"optimizer.lr": 0.5, "data.flip": True, "network.architecture": "resnet18"})
        (step, time, histogram), = read["histograms"]["input/head.0"]
        self.assertEqual((step, time), (10, 1.7e9))
        self.assertEqual(histogram["bucket"], [1, 1, 2, 2])  # below, two bins, above
        self.assertEqual(histogram["bucket_limit"][:3], [-4, -3.875, -3.75])
        self.assertEqual(histogram["num"], 6)

        # Again into the same folder; and back.
        self.place.document("runs", "export", "a", "--to", "tensorboard", "-o", out)
        self.assertEqual(json.loads(self.library(READ, out)), runs)
        imported, = self.place.document("runs", "import", out)["runs"]
        self.assertEqual(imported["name"], "a")
        points = self.points(imported["id"])
        self.assertEqual(len(points), 2002 + 2)
        self.assertAlmostEqual(points["train/loss", 3], 1 / 3, delta=1e-7)

    def test_what_tensorboard_writes_is_imported(self):
        logs = self.place.folder / "logs"
        self.library(WRITE, logs)
        runs = {run["name"]: run for run in self.place.document("runs", "import", logs)["runs"]}
        self.assertEqual(sorted(runs), ["new/train", "old"])
        old = self.points(runs["old"]["id"])
        self.assertEqual({name for name, _ in old}, {"loss", "accuracy"})
        self.assertEqual(sorted(step for name, step in old if name == "loss"), list(range(1, 9)))
        self.assertIsNone(old["accuracy", 2])
        self.assertAlmostEqual(old["accuracy", 8], 0.08, delta=1e-8)
        self.assertEqual(runs["old"]["created"], 1.7e9 + 1)  # of its scalars
        new = self.points(runs["new/train"]["id"])
        self.assertEqual([(name, step) for name, step in new], [("loss", 1), ("loss", 2), ("loss", 3)])
        self.assertAlmostEqual(new["loss", 3], 1 / 3, delta=1e-7)

    def test_a_damaged_file_changes_nothing(self):
        logs = self.place.folder / "logs"
        self.library(WRITE, logs)
        path = max((logs / "old").iterdir())
        whole = path.read_bytes()
        before = self.place.document("runs", "list")
        for damaged, words in ((whole[:-3], "is cut off"), (whole[:40] + b"\x55" + whole[41:], "CRC-32C"),
                               (b"\xff" * 12 + whole, "checksum")):
            path.write_bytes(damaged)
            code, _, messages = self.place.run("runs", "import", logs)
            self.assertEqual(code, 65, messages)
            self.assertIn(words, messages)
            self.assertIn(f"{path}: record at byte ", messages)
            self.assertEqual(self.place.document("runs", "list"), before)


if __name__ == "__main__":
    unittest.main()
