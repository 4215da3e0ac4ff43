# SPDX-License-Identifier: Apache-2.0
"""A user of the published program comes with his 36 experiment files: each is shown, converted and run. Only what his machine or his
patience decides is changed (where the data and weights are, how large and how long), in his own keys where he has them.
The whole set with the argument `all`; else one file of each kind."""
import functools
import json
import os
import re
import sys
import unittest

from workplace import ROOT, Workplace, safetensors, write_image_folder, write_safetensors

PUBLISHED = json.loads((ROOT / "tests/golden/published_configs.json").read_text())
# The float ResNet50 is not trained by any of them; it comes from elsewhere.
FLOAT_RESNET50 = "resnet50_floating_train.yml"
EXPERIMENTS = {**PUBLISHED, FLOAT_RESNET50: {**PUBLISHED["imagenet/resnet18/conventional/res18_floating_train.yml"], "depth": 50}}
CLASSES = 6
# A small world, in the keys of the files.
SMALL = {"num_classes": CLASSES, "image_size": 64, "width_multiplier": 0.25, "num_gpus_per_job": 2, "batch_size": 8,
         "data_loader_workers": 1}
SETTINGS = ("training.threads=1", "training.probe_images=6", "training.disk_reserve_mb=1", "evaluation.agreement_images=6",
            "evaluation.batch_size=6")
# Float training, fixed training, tiny finetuning, tests in float, fixed point and the three integer modes; each network.
ONE_OF_EACH = (
    "resnet18/conventional/res18_floating_train", "resnet18/conventional/res18_floating_test",
    "resnet18/conventional/res18_fix_quant_train", "resnet18/conventional/res18_fix_quant_test_int_op_only",
    "mobilenetv1/conventional/mbv1_fix_quant_train", "mobilenetv1/conventional/mbv1_fix_quant_test",
    "mobilenetv2/conventional/mbv2_fix_quant_train",
    "mobilenetv2/conventional/mbv2_fix_quant_test_integize_on_gpu",
    "resnet18/tiny_finetuning/res18_fix_quant_ptcv_pretrained_train",
    "resnet18/tiny_finetuning/res18_fix_quant_ptcv_pretrained_test_int_model",
)


def as_yaml(config):
    def text(value):
        return "~" if value is None else str(value) if isinstance(value, bool) else json.dumps(value)
    return "".join(f"{key}: {text(value)}\n" for key, value in config.items())


def as_nvidia(name):
    name = re.sub(r"^head\.0\.(conv|bn)\.", r"\g<1>1.", name)
    name = re.sub(r"^stage_(\d)_layer_(\d+)\.body\.(\d)\.(conv|bn)\.",
                  lambda m: f"layer{int(m[1]) + 1}.{m[2]}.{m[4]}{int(m[3]) + 1}.", name)
    name = re.sub(r"^stage_(\d)_layer_(\d+)\.shortcut\.0\.(conv|bn)\.",
                  lambda m: f"layer{int(m[1]) + 1}.{m[2]}.downsample.{'01'[m[3] == 'bn']}.", name)
    return name.replace("classifier.0.", "fc.")


def as_pytorchcv(name):
    name = name.replace("head.0.", "features.init_block.conv.")
    name = re.sub(r"^stage_(\d)_layer_(\d+)\.", lambda m: f"features.stage{int(m[1]) + 1}.unit{int(m[2]) + 1}.", name)
    name = re.sub(r"\.body\.(\d)\.", lambda m: f".body.conv{int(m[1]) + 1}.", name)
    return name.replace(".shortcut.0.", ".identity_conv.").replace("classifier.0.", "output.")


def product(name):
    """What a file trains, or tests: network and kind of weights."""
    config = EXPERIMENTS[name]
    kind = "tiny" if "tiny_finetuning" in name else "float" if config.get("floating_model") else "fixed"
    return config["model"] + str(config.get("depth", "")), kind


def expected_mode(config):
    for key, mode in (("int_op_only", "integer-only"), ("integize", "integer-float"), ("int_infer", "simulated-integer"),
                      ("floating_model", "float")):
        if config.get(key):
            return mode
    return "fake-quant"


class Files(unittest.TestCase):
    """As they come: everything but running works with placeholders in them."""

    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        for name, config in PUBLISHED.items():
            file = cls.place.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(as_yaml(config))

    def values(self, file):
        return {(entry["stage"], entry["key"]): entry["value"]
                for entry in self.place.document("config", "show", file)["options"]}

    def test_all_are_there(self):
        self.assertEqual(len(PUBLISHED), 36)

    def test_each_is_shown_with_where_its_values_come_from(self):
        for name, config in PUBLISHED.items():
            with self.subTest(name):
                file = self.place.folder / name
                options = {entry["key"]: entry for entry in self.place.document("config", "show", file)["options"]}
                lr = options["optimizer.lr"]
                self.assertEqual(float(lr["value"]), config["lr"])
                line = list(config).index("lr") + 1
                self.assertEqual((lr["origin"], lr["authors_key"]), (f"{file}:{line}:5", "lr"))
                self.assertEqual(options["evaluation.modes"]["value"], f"[{expected_mode(config)}]")
                code, table, _ = self.place.run("config", "show", "--origin", file)
                self.assertEqual(code, 0)
                self.assertRegex(table, rf"optimizer\.lr +\S+ +{file}:{line}:5 lr\n")

    def test_each_converts_to_a_file_of_the_same_meaning(self):
        for name in PUBLISHED:
            with self.subTest(name):
                theirs = self.place.folder / name
                ours = theirs.with_suffix(".yaml")
                code, _, messages = self.place.run("config", "convert", theirs, "-o", ours)
                self.assertEqual(code, 0, messages)
                self.assertEqual(self.values(ours), self.values(theirs))
                self.assertEqual(self.place.document("config", "check", ours)["vocabulary"], "f8net")

    def test_running_with_a_placeholder_names_its_key(self):
        for name, config in PUBLISHED.items():
            file = self.place.folder / name
            keys = [key for key in ("pretrained_file", "fp_pretrained_file", "nvidia_pretrained_file") if config.get(key)]
            if keys:
                expected = f"{file}:{list(config).index(keys[0]) + 1}:{len(keys[0]) + 3}: {keys[0]} is '/path/to/"
            elif config.get("ptcv_pretrained"):
                expected = "resnet18-0896-77a56f15.pth" if config["depth"] == 18 else "resnet50b-0638-8a5473ef.pth"
            else:
                continue
            with self.subTest(name):
                code, _, messages = self.place.run("train", file)
                self.assertEqual(code, 2, messages)
                self.assertIn(expected, messages)
        self.assertEqual(self.place.runs(), [])


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.images = cls.place.folder / "imagenet"
        write_image_folder(cls.images, CLASSES)
        cls.trained = {}  # product: checkpoint
        cls.done = set()

    def arguments(self, name):
        """His file on this machine, and what has no key in it."""
        config = dict(EXPERIMENTS[name])
        model, kind = product(name)
        config.update(SMALL, dataset_dir=str(self.images), log_dir=str(self.place.folder / "logs"))
        float_weights = functools.partial(self.weights, model, "float")
        if kind == "tiny":
            config["finetune_iters"] = 2
        else:
            config["num_epochs"] = 1
        settings = list(SETTINGS)
        if config.get("fp_pretrained_file"):
            config["fp_pretrained_file"] = float_weights()
        if config.get("pretrained_file"):
            config["pretrained_file"] = self.weights(model, kind)
        elif config.get("nvidia_pretrained"):
            config["nvidia_pretrained_file"] = self.renamed(float_weights(), "nvidia_resnet50.pth.tar", as_nvidia)
        elif config.get("ptcv_pretrained"):
            settings.append(f"network.pretrained_file={self.renamed(float_weights(), 'resnet.pth', as_pytorchcv)}")
        for key in ("integize_file_path", "int_op_only_file_path"):
            if config.get(key):
                config[key] = str(self.place.folder / "exports" / key)
        file = self.place.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_yaml(config))
        return [file, *(word for setting in settings for word in ("--set", setting))]

    def weights(self, model, kind):
        """What another file of the set trains; runs that one first."""
        if (model, kind) not in self.trained:
            self.run_file(next(name for name, config in EXPERIMENTS.items()
                               if not config["test_only"] and product(name) == (model, kind)))
        return str(self.trained[model, kind])

    def renamed(self, checkpoint, name, rename):
        """Float weights of ours as another program names them."""
        path = self.place.folder / name
        header, tensors = safetensors(checkpoint)
        ours = {n for n in tensors if n.endswith(("weight", "bias", "running_mean", "running_var"))}
        write_safetensors(path, {rename(n): (header[n]["dtype"], header[n]["shape"], tensors[n]) for n in ours})
        return str(path)

    def run_file(self, name):
        if name in self.done:
            return
        config = EXPERIMENTS[name]
        words = self.arguments(name)
        document = self.place.document("train", *words)
        mode = expected_mode(config)
        if not config["test_only"]:
            self.assertEqual(document["state"], "finished")
            self.assertEqual(list(document["evaluation"]["modes"]), [mode])
            self.trained[product(name)] = self.place.checkpoints(document["run"])[-1]
            self.done.add(name)
            steps = [row[1] for row in self.place.metrics(document["run"]) if row[0] == "train/loss"]
            self.assertEqual(max(steps), 2 if product(name)[1] == "tiny" else 4)
            return
        self.assertEqual(list(document["modes"]), [mode])
        self.assertEqual(document["modes"][mode]["images"], 3 * CLASSES)
        wanted = [option for option, key in (("evaluation.integer_float_export", "integize_file_path"),
                                             ("evaluation.integer_only_export", "int_op_only_file_path")) if config.get(key)]
        self.assertEqual([entry["option"] for entry in document["exports"]], wanted)
        for entry in document["exports"]:
            self.assertIs(entry["verified"], True)
            self.assertTrue(entry["path"].endswith(".onnx"))
            self.assertEqual(os.path.getsize(entry["path"]), entry["bytes"])
            checkpoint = self.trained[product(name)]
            self.place.check_onnx(entry["path"], 3 * CLASSES, checkpoint, "--config", *words)

    def test_each_runs(self):
        names = list(PUBLISHED) if ALL else [f"imagenet/{name}.yml" for name in ONE_OF_EACH]
        for name in sorted(names, key=lambda n: PUBLISHED[n]["test_only"]):
            with self.subTest(name):
                self.run_file(name)

    def test_exports_make_their_folders_and_say_where_they_cannot(self):
        name = "imagenet/resnet18/conventional/res18_fix_quant_test_int_op_only.yml"
        words = self.arguments(name)
        before = self.place.folder / "a file"
        before.write_text("")
        code, _, messages = self.place.run("train", *words, "--set", f"evaluation.integer_only_export={before}/below")
        self.assertEqual(code, 74, messages)
        self.assertIn(f"{before}/below", messages)
        deep = self.place.folder / "not/there/yet"
        self.assertEqual(self.place.run("train", *words, "--set", f"evaluation.integer_only_export={deep}")[0], 0)
        self.assertEqual([path.name for path in deep.iterdir()], ["res18_fix_quant_test_int_op_only-integer-only.onnx"])


if __name__ == "__main__":
    ALL = "all" in sys.argv[1:]
    unittest.main(argv=[sys.argv[0]] + [word for word in sys.argv[1:] if word != "all"], verbosity=2)
