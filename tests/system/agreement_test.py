# SPDX-License-Identifier: Apache-2.0
"""One number: after a few steps of training, every network gives the same codes as simulated integers, in a float type, in integers
alone, and (F8NET_TEST_PYTHON with numpy and onnxruntime) the exported file gives the same logits in ONNX Runtime."""
import unittest

from workplace import Workplace, safetensors

IMAGES = 24
# What is special about each, beside the narrow ResNet18 of the quickstart: options of the experiment.
NETWORKS = {
    "final plane 2x2": {},
    "final plane 3x3": {"network.image_size": 24},
    "final plane 7x7": {"network.image_size": 56},
    "division in the pool": {"network.image_size": 24, "quantization.quantize_average_pool": "false"},
    "no pool scale": {"network.image_size": 24, "quantization.pool_scale": "none"},
    "normalized input": {"data.normalize": "true", "data.mean": "[0.3]", "data.std": "[0.35]"},
    "no clipping, grid search": {"quantization.clipping": "false", "quantization.format_policy": "grid-search"},
    "shared fractional lengths": {"quantization.fractional_length_sharing": "shared"},
    "rescaled classifier": {"quantization.rescale_forward": "true", "network.image_size": 24},
    "rescaled convolutions": {"quantization.rescale_forward_conv": "true"},
    "rescale by deviation": {"quantization.rescale_forward": "true", "quantization.rescale_type": "stddev"},
    "compensated streams": {"quantization.compensate_streams": "true", "quantization.initial_clip_level": 3},
    "compensated signed streams": {"quantization.compensate_streams": "true", "network.architecture": "mobilenet_v2",
                                   "network.image_size": 32},
    "other first weights": {"network.reset_parameters": "false", "training.channels_last": "false"},
    "bottleneck": {"network.architecture": "resnet50"},
    "depthwise": {"network.architecture": "mobilenet_v1", "network.image_size": 32},
    "signed inputs": {"network.architecture": "mobilenet_v2", "network.image_size": 32},
    "sums beyond 2^24": {"network.width_multiplier": 1},
}


class Agreement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)

    def trained(self, name, options):
        words = ["--name", name, "--epochs", 1, "--set", "training.images_per_epoch=32", "--set", "evaluation.limit=8",
                 "--set", "evaluation.agreement_images=8"]
        for key, value in options.items():
            words += ["--set", f"{key}={value}"]
        return self.place.document("train", self.place.experiment, *words)["run"]

    def test_integer_modes_agree_in_every_code(self):
        for name, options in NETWORKS.items():
            with self.subTest(name):
                run = self.trained(name, options)
                got = self.place.document("evaluate", run, "--mode", "simulated-integer,integer-float,integer-only", "--limit",
                                          IMAGES)
                self.assertIs(got["integer_modes_agree"], True, got["first_difference"])
                self.assertEqual(got["agreement_images"], IMAGES)
                top1 = {mode["top1"] for mode in got["modes"].values()}
                self.assertEqual(len(top1), 1, got["modes"])
                self.assertIs(self.place.document("verify", run, "--images", IMAGES)["equal"], True)
                self.onnx_gives_the_same_logits(run)

    def test_per_channel_formats_train_but_have_no_integer_form(self):
        run = self.trained("per channel", {"quantization.granularity": "per-channel"})
        got = self.place.document("evaluate", run, "--mode", "fake-quant", "--limit", IMAGES)
        self.assertEqual(got["modes"]["fake-quant"]["images"], IMAGES)
        for words in (["evaluate", run, "--mode", "integer-only"], ["lower", run, "-o", self.place.folder / "n.f8n"]):
            code, _, messages = self.place.run(*words)
            self.assertEqual(code, 65, messages)
            self.assertIn("per-channel", messages)
            self.assertIn("no integer form", messages)

    def test_options_of_evaluation(self):
        run = self.trained("tops", {"evaluation.topk": "[1, 3, 5]", "evaluation.recalibrate_batch_norm": 3})
        modes = self.place.document("evaluate", run, "--limit", IMAGES)["modes"]
        for mode in modes.values():
            self.assertLessEqual(mode["top1"], mode["top3"])
            self.assertLessEqual(mode["top3"], mode["top5"])
        self.assertTrue(any(name == "test/top3" for name, *_ in self.place.metrics(run)))

        # A test_only run estimates the statistics anew first, and keeps them beside what it tested.
        checkpoint = self.place.checkpoints(run)[-1]
        got = self.place.document("train", self.place.experiment, "--from", checkpoint, "--set", "training.test_only=true",
                                  "--set", "evaluation.recalibrate_batch_norm=2")
        kept = checkpoint.with_name(checkpoint.stem + ".recalibrated.safetensors")
        self.assertEqual(got["checkpoint"], str(kept))
        _, before = safetensors(checkpoint)
        header, after = safetensors(kept)
        changed = {name for name in after if after[name] != before[name]}
        self.assertTrue(changed and all("running_" in n or n.endswith("num_batches_tracked") for n in changed), changed)
        self.assertIn("experiment", header["__metadata__"])

    def onnx_gives_the_same_logits(self, run):
        onnx = self.place.folder / "n.onnx"
        self.place.document("export", run, "--to", "onnx", "-o", onnx)
        self.place.check_onnx(onnx, IMAGES, run)


if __name__ == "__main__":
    unittest.main()
