# SPDX-License-Identifier: Apache-2.0
"""A user at the workbench with mouse and keyboard alone: trains the example, shortened, watches it to its end, reads its
formats, changes one, exports, and compares with a second run. After each step what is true outside the window, too, is
checked: rows of the store as f8net lists them, files, exit codes. F8NET_SCREENSHOTS names a folder for a picture of each step.
"""
import os
import pathlib
import subprocess
import unittest

import desktop
from workplace import ROOT, Workplace

WORKBENCH = os.environ.get("F8NET_WORKBENCH", str(ROOT / "build/release/bin/f8net-workbench"))
SHORTER = {"training.images_per_epoch": "1280", "data.validation": "400", "data.test_limit": "400",
           "evaluation.agreement_images": "50"}
LAYER = "stage_0_layer_0.body.0"
TRAINING = 300  # seconds; about 20 on an idle machine
WORK = 120


def points(share):
    """A difference as the window writes it, in points."""
    return f"{100 * share:+.2f}".replace("-", "\u2212") if share else "0"


def percent(share):
    return f"{100 * share:.2f} %"


class ScriptedUser(unittest.TestCase):
    def setUp(self):
        lacking = desktop.missing()
        if lacking:
            self.skipTest(f"there is no {lacking}")
        self.place = Workplace()
        self.addCleanup(self.place.close)
        self.addCleanup(self.kill_runs)
        python = os.environ.get("F8NET_TEST_PYTHON")
        if python:  # has ONNX Runtime, which the workbench verifies with
            where = "import os, onnxruntime; print(os.path.join(os.path.dirname(onnxruntime.__file__), 'capi'))"
            self.place.environment["F8NET_ONNXRUNTIME"] = subprocess.check_output((python, "-c", where), text=True).strip()
        # What fonts and buses keep to the end is theirs, where a sanitizer looks.
        self.place.environment.setdefault("ASAN_OPTIONS", "detect_leaks=0")
        self.desktop = desktop.Desktop(self.place.folder, self.place.environment)
        self.addCleanup(self.desktop.close)
        self.addCleanup(self.picture, "end")
        pictures = os.environ.get("F8NET_SCREENSHOTS")
        self.pictures = pathlib.Path(pictures) if pictures else None
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)

    def kill_runs(self):
        for run in self.place.runs() if self.place.store.exists() else []:
            if run["state"] == "running":
                os.kill(run["pid"], 9)

    def picture(self, name):
        if self.pictures:
            self.desktop.screenshot(self.pictures / f"{name}.png")

    def run_of(self, name):
        return next((run for run in self.place.runs() if run["name"] == name), {"state": "nowhere"})

    def values_of(self, name):
        return self.place.document("runs", "show", name)["runs"][0]["config_values"]

    def start_workbench(self):
        self.log = self.place.folder / "workbench.log"
        self.workbench = self.desktop.start(WORKBENCH, "--store", str(self.place.store), log=self.log)
        try:
            self.desktop.wait_for("F8Net Workbench", "frame", seconds=WORK)
        except AssertionError as nothing:
            raise AssertionError(f"{nothing}exit code {self.workbench.poll()}: {self.log.read_text()}") from None

    def set_option(self, key, value):
        """By the search line of the form, as who knows the name of an option does it."""
        self.desktop.enter(self.desktop.wait_for("Find an option", "text"), key)
        self.desktop.enter(self.desktop.wait_for(key, "text"), value)
        self.desktop.key("Tab")

    def wait_for_end(self, name):
        self.place.wait_until(lambda: self.run_of(name)["state"] not in ("nowhere", "queued", "running"), TRAINING)
        run = self.run_of(name)
        self.assertEqual(run["state"], "finished", run)

    def test_the_whole_way(self):
        self.start_workbench()
        self.train()
        self.read_formats()
        self.change_a_format()
        self.export_onnx()
        self.hand_off()
        self.clone()
        self.compare()
        self.quit()

    def train(self):
        screen = self.desktop
        screen.wait_for("Train the example", "label")
        self.picture("empty-store")
        screen.key("ctrl+n")
        screen.wait_for("New run", "dialog")
        for key, value in SHORTER.items():
            self.set_option(key, value)
        screen.enter(screen.wait_for("Name of the run", "text"), "first")
        screen.wait_for(lambda text: text.endswith("4 changed"), "label")
        self.picture("new-run")
        screen.click(screen.wait_for("Start", "push button"))
        screen.wait_until_gone("New run", "dialog", WORK)
        self.place.wait_until(lambda: self.run_of("first")["state"] == "running", WORK)
        values = self.values_of("first")
        for key, value in SHORTER.items():
            self.assertEqual(values[key], value)
        screen.cell("Runs", "first")
        screen.wait_for("1 run, 1 shown in charts, 1 running", "label")
        # Who starts the very first run is told what it is doing.
        screen.wait_for(lambda text: text.startswith("Stage 1 of 2, float, epoch"), "label", seconds=WORK)
        self.picture("running")
        self.wait_for_end("first")
        notice = screen.wait_for(lambda text: text.startswith("first has finished: integer only"), "label", seconds=WORK)
        self.assertIn(percent(self.run_of("first")["integer_top1"]), notice.name)
        screen.wait_for(lambda text: text.endswith("the integer modes agree in every code"), "label", seconds=WORK)
        self.picture("finished")

    def read_formats(self):
        screen = self.desktop
        screen.click(screen.wait_for("See formats", "push button"))
        screen.wait_for("Formats of all layers", "table")
        screen.key("F11")  # the whole window for it, so that all layers are in sight
        layers = self.place.document("inspect", "first")["layers"]
        expected = {layer["name"]: (layer["input_format"], layer["weight_format"]) for layer in layers
                    if layer.get("weight_format")}

        def shown():  # columns Layer, Kind, Input, Weight
            return {row[0]: (row[2], row[3]) for row in screen.rows("Formats of all layers")}

        self.place.wait_until(lambda: len(shown()) == len(expected))
        self.assertEqual(shown(), expected)
        self.picture("formats")
        screen.key("F11")

    def change_a_format(self):
        screen = self.desktop
        screen.key("ctrl+7")
        screen.wait_for(lambda text: text.startswith("first in integers: top-1"), "label", seconds=WORK)
        screen.click(screen.cell("Layers against the unchanged network", None))
        screen.key("ctrl+Home")  # the layer that clips most was in sight, wherever in the network it is
        screen.click(screen.cell("Layers against the unchanged network", LAYER))
        screen.wait_for(LAYER, "label")
        weights = screen.wait_for(lambda text: text.startswith("s8."), "combo box")  # its input has no sign
        before = weights.name.split()[0]
        screen.click(weights)
        screen.key("Up", "Up", "Up", "Return")  # three bits less behind the point
        after = f"s8.{int(before[3:]) - 3}"
        screen.wait_for(f"{LAYER} weight {before} to {after}", "list item")
        screen.wait_for("Cancel", "push button", where=lambda e: not e.has("enabled"), seconds=WORK)
        answer = self.place.document("whatif", "first", "--set", f"{LAYER}.weight={after}",
                                     "--images", SHORTER["data.test_limit"])
        difference = answer["difference"]
        verdict = ("not distinguishable on so many images" if not difference["distinguishable"] else
                   "better" if difference["top1"] > 0 else "worse")
        screen.wait_for(f"1 change: {points(difference['top1'])} points ({points(difference['low'])} to "
                        f"{points(difference['high'])}) on {answer['images']} images, "
                        f"{verdict}; {answer['other_class']} of them get another class. Computed from {answer['computed_from']}.", "label")
        self.picture("what-if")
        screen.click(screen.wait_for("Keep as run…", "push button"))
        screen.wait_for("Keep as a run", "dialog")
        screen.type("coarser")
        screen.key("Return")
        self.place.wait_until(lambda: self.run_of("coarser")["state"] == "finished", WORK)
        kept = self.place.document("runs", "show", "coarser")["runs"][0]
        self.assertEqual(kept["parent"], self.run_of("first")["id"])

    def export_onnx(self):
        screen = self.desktop
        onnx = self.place.folder / "first.onnx"
        screen.key("alt+e")
        screen.wait_for("ONNX (quantized operators)…", "menu item")
        self.picture("export-menu")
        screen.key("o")
        screen.wait_for(lambda text: text.startswith("Export first as ONNX"), "dialog")
        screen.key("ctrl+a")
        screen.type(str(onnx))
        screen.key("Return")
        verified = "the same codes as the scalar engine" if os.environ.get("F8NET_TEST_PYTHON") else "no ONNX Runtime"
        screen.wait_for(lambda text: verified in text, "label", seconds=WORK)
        self.assertGreater(onnx.stat().st_size, 100_000)
        self.place.check_onnx(onnx, 20, "first")
        screen.key("ctrl+0")
        screen.click(screen.wait_for(lambda text: text.startswith("Jobs"), "page tab"))
        screen.wait_for(lambda text: text.startswith(str(onnx)), "table cell")
        self.picture("exported")

    def hand_off(self):
        screen = self.desktop
        folder = self.place.folder / "for-hardware"
        screen.key("ctrl+shift+e")
        screen.wait_for(lambda text: text.startswith("Hand off first"), "dialog")
        screen.key("ctrl+a")
        screen.type(str(folder))
        screen.key("Return")
        screen.wait_for(lambda text: text.startswith(f"Hand off first: {folder}"), "label", seconds=WORK)
        subprocess.run(("sha256sum", "--quiet", "-c", "SHA256SUMS"), cwd=folder, check=True)
        files = {path.name for path in folder.iterdir()}
        self.assertLessEqual({"README.md", "network.f8n", "network.onnx", "c", "vectors", "report.html"}, files)

    def clone(self):
        screen = self.desktop
        screen.click(screen.cell("Runs", "first"))
        screen.key("ctrl+d")
        screen.wait_for("New run", "dialog")
        screen.enter(screen.wait_for("Name of the run", "text"), "second")
        self.set_option("optimizer.lr", "0.02")
        screen.wait_for(lambda text: text.endswith("1 changed"), "label")
        screen.key("ctrl+Return")
        screen.wait_until_gone("New run", "dialog", WORK)
        self.wait_for_end("second")
        self.assertEqual(self.values_of("second")["optimizer.lr"], "0.02")
        self.assertEqual(self.values_of("second")["training.images_per_epoch"], SHORTER["training.images_per_epoch"])
        screen.wait_for(lambda text: text.startswith("second has finished"), "label", seconds=WORK)

    def compare(self):
        screen = self.desktop
        screen.click(screen.cell("Runs", "second"))
        screen.xdotool("keydown", "ctrl")
        screen.click(screen.cell("Runs", "first"))
        screen.xdotool("keyup", "ctrl")
        screen.key("ctrl+m")
        said = screen.wait_for(lambda text: "Differs in lr;" in text, "label", seconds=WORK).name
        accuracy = self.place.document("runs", "compare", "second", "first")["accuracies"][1]
        self.assertIn(percent(accuracy["first"]), said)
        self.assertIn(percent(accuracy["other"]), said)
        self.assertAlmostEqual(accuracy["other"] - accuracy["first"], accuracy["difference"])
        self.assertEqual("not distinguishable" in said, not accuracy["distinguishable"])
        self.assertIn(["optimizer.lr", "0.02", "0.1"], screen.rows("Options of the runs"))
        self.picture("compare")

    def quit(self):
        self.desktop.key("ctrl+q")
        self.assertEqual(self.workbench.wait(20), 0)
        # A build with assertions tells how long its event loop worked; anything else is a warning.
        said = [line for line in self.log.read_text().splitlines() if not line.startswith("event loop: ")]
        self.assertEqual(said, [])


if __name__ == "__main__":
    unittest.main()
