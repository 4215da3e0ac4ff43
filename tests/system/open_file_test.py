# SPDX-License-Identifier: Apache-2.0
"""f8net-workbench FILE from a shell, on the first start of somebody who has no store yet: what the file is decides what is seen."""
import os
import unittest

import desktop
from workplace import ROOT, Workplace

WORKBENCH = os.environ.get("F8NET_WORKBENCH", str(ROOT / "build/release/bin/f8net-workbench"))
PATIENCE = 60


class OpenFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lacking = desktop.missing()
        if lacking:
            raise unittest.SkipTest(f"there is no {lacking}")
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)
        cls.place.document("train", cls.place.experiment, "--epochs", 1)
        cls.network = cls.place.folder / "net.f8n"
        cls.place.document("lower", "tiny", "-o", cls.network)
        cls.desktop = desktop.Desktop(cls.place.folder, cls.place.environment)
        cls.addClassCleanup(cls.desktop.close)

    def open(self, *words):
        self.log = self.place.folder / "workbench.log"
        workbench = self.desktop.start(WORKBENCH, *map(str, words), log=self.log)
        self.addCleanup(self.end, workbench)
        return workbench

    def end(self, workbench):
        workbench.terminate()
        workbench.wait(PATIENCE)
        self.desktop.wait_until_gone("F8Net Workbench", "frame", PATIENCE)

    def wait_for(self, name, role):
        return self.desktop.wait_for(name, role, seconds=PATIENCE)

    def test_a_network_becomes_a_run(self):
        store = self.place.folder / "none.db"
        self.open("--store", store, self.network.name)  # of the folder that it is started in
        self.wait_for(lambda text: text.startswith("net.f8n is a run now"), "label")
        runs = self.place.document("runs", "list", store=store)["runs"]
        self.assertEqual([run["name"] for run in runs], ["net"])
        self.assertEqual(self.log.read_text(), "")

    def test_an_experiment_is_shown_as_a_new_run(self):
        self.open(self.place.experiment)
        self.wait_for("New run", "dialog")
        self.wait_for("tiny.yaml", "list item")

    def test_what_cannot_be_opened_is_said(self):
        broken = self.place.folder / "broken.f8n"
        broken.write_bytes(self.network.read_bytes()[:1000])
        for path in (broken, self.place.folder / "nowhere.f8n"):
            with self.subTest(path.name):
                workbench = self.open(path)
                self.wait_for(lambda text, path=path: text.startswith("Cannot import: ") and str(path) in text, "label")
                self.end(workbench)

    def test_one_file_at_a_time(self):
        self.assertEqual(self.open(self.network, self.place.experiment).wait(PATIENCE), 2)
        self.assertIn("one file at a time", self.log.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
