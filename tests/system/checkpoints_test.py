# SPDX-License-Identifier: Apache-2.0
"""Weights out to PyTorch's users and in again: the exported file says in Python what the run's checkpoint says, and is the same
integer network here; files of another network or class count end in exit code 65 with the layer and both shapes."""
import json
import os
import subprocess
import unittest

from workplace import Workplace

READ = """
import json, sys
import numpy as np
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    metadata = file.metadata()
print(json.dumps({"metadata": metadata, "shapes": {n: list(t.shape) for n, t in tensors.items()},
                  "types": {n: str(t.dtype) for n, t in tensors.items()},
                  "sums": {n: float(np.asarray(t, "float64").sum()) for n, t in tensors.items()}}))
"""


class Checkpoints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.run_id = cls.place.document("train", cls.place.experiment, "--epochs", 1)["run"]
        cls.file = cls.place.folder / "net.safetensors"
        written = cls.place.document("export", cls.run_id, "--to", "pytorch", "-o", cls.file)
        assert written["bytes"] == cls.file.stat().st_size and written["format"] == "pytorch", written

    def read(self, path):
        python = os.environ.get("F8NET_TEST_PYTHON")
        if not python:
            self.skipTest("F8NET_TEST_PYTHON names no Python")
        done = subprocess.run([python, "-c", READ, path], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def test_python_reads_the_authors_names(self):
        exported = self.read(self.file)
        checkpoint = self.read(self.place.checkpoints(self.run_id)[-1])
        names = set(exported["shapes"])
        for name in ("head.0.conv.weight", "head.0.bn.running_var", "stage_1_layer_0.body.0.alpha",
                     "stage_1_layer_0.shortcut.0.conv.weight", "classifier.0.weight", "classifier.0.input_fraclen"):
            self.assertIn(name, names)
        self.assertEqual(exported["shapes"]["head.0.alpha"], [])
        self.assertEqual(exported["shapes"]["head.0.input_fraclen"], [1])
        self.assertFalse([name for name in names if name.startswith(("optimizer.", "generator.", "module."))])
        model = {n for n in checkpoint["shapes"] if not n.startswith(("optimizer.", "generator."))}
        self.assertEqual(names, model)
        self.assertEqual(exported["metadata"]["format"], "pt")
        self.assertIn("resnet18", exported["metadata"]["content"])

    def test_it_is_the_same_integer_network_again(self):
        networks = []
        for subject in (self.run_id, self.file):
            lowered = self.place.folder / f"{len(networks)}.f8n"
            self.place.document("lower", subject, "-o", lowered)
            logits = self.place.folder / f"{len(networks)}.safetensors"
            self.place.document("evaluate", subject, "--mode", "integer-only", "--logits", logits)
            networks.append([tensors_of(lowered), tensors_of(logits)])
        self.assertEqual(networks[0], networks[1])

    def test_a_training_starts_from_it(self):
        before = self.place.document("evaluate", self.run_id, "--mode", "fake-quant,integer-only")["modes"]
        only = ["--set", "training.test_only=true", "--set", "evaluation.modes=[fake-quant, integer-only]"]
        tested = self.place.document("train", self.place.experiment, "--from", self.file, *only)
        for mode, result in tested["modes"].items():
            self.assertEqual((result["top1"], result["loss"]), (before[mode]["top1"], before[mode]["loss"]))
        # No steps: what comes out is what went in.
        words = ["--from", self.file, "--epochs", 1, "--set", "optimizer.lr=0", "--set", "training.max_steps=1"]
        again = self.place.document("train", self.place.experiment, "--name", "again", *words)
        self.assertEqual(again["state"], "finished")

    def test_weights_of_another_network_name_the_layer_and_both_shapes(self):
        for settings, said in ((["network.architecture=resnet34"], "expected 16"),
                               (["network.width_multiplier=0.25"], "'head.0.conv.weight' is [8, 1, 3, 3], expected [16, 1, 3, 3]"),
                               (["network.num_classes=12"], "'classifier.0.weight' is [10, 64], expected [12, 64]"),
                               (["network.pretrained_origin=timm"], "network.pretrained_origin is timm"),
                               (["network.architecture=mobilenet_v1"], "it holds resnet18 as f8net names it")):
            words = [word for setting in settings for word in ("--set", setting)]
            for command in (["train", self.place.experiment, "--from", self.file],
                            ["evaluate", self.file, "--config", self.place.experiment]):
                code, _, messages = self.place.run(*command, *words)
                self.assertEqual(code, 65, messages)
                self.assertIn(said, messages)
                self.assertIn("net.safetensors", messages)

    def test_a_file_that_is_not_there_is_named_with_its_key(self):
        code, _, messages = self.place.run("train", self.place.experiment, "--set", "network.pretrained_file=/no/such.pth")
        self.assertEqual(code, 2, messages)
        self.assertIn("network.pretrained_file is '/no/such.pth'", messages)

    def test_a_new_classifier_for_other_classes(self):
        words = ["--from", self.file, "--epochs", 1, "--set", "network.num_classes=12", "--set", "network.pretrained_strict=false",
                 "--set", "network.pretrained_remap=[classifier.0=]"]
        done = self.place.document("train", self.place.experiment, "--name", "twelve", *words)
        self.assertEqual(done["state"], "finished")


def tensors_of(path):
    """Names, types, shapes and bytes of a safetensors file."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"], raw[8 + size:][slice(*entry["data_offsets"])]) for name, entry in header.items()}


if __name__ == "__main__":
    unittest.main()
