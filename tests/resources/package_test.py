# SPDX-License-Identifier: Apache-2.0
"""The Debian packages that cpack makes of this build: unpacked elsewhere they run, and desktops understand their files.
BUILD names the build folder."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["BUILD"])
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp())
        done = run("cpack", "-G", "DEB", "--config", str(BUILD / "CPackConfig.cmake"), "-B", str(cls.place / "made"))
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        cls.packages = {re.split("_", path.name)[0]: path for path in (cls.place / "made").glob("*.deb")}
        cls.root = cls.place / "root"
        for path in cls.packages.values():
            run("dpkg-deb", "-x", str(path), str(cls.root)).check_returncode()
        cls.share = cls.root / "usr/share"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def field(self, package, name):
        return run("dpkg-deb", "-f", str(self.packages[package]), name).stdout.strip()

    def f8net(self, *arguments, **environment):
        return run(str(self.root / "usr/bin/f8net"), *arguments,
                   env={"PATH": os.environ["PATH"], "HOME": str(self.place), **environment})

    def test_the_command_line_is_a_package_without_qt_and_the_workbench_needs_it(self):
        self.assertEqual(sorted(self.packages), ["f8net", "f8net-workbench"])
        self.assertNotIn("qt6", self.field("f8net", "Depends"))
        self.assertIn("libsqlite3-0", self.field("f8net", "Depends"))
        self.assertIn("libqt6widgets6", self.field("f8net-workbench", "Depends"))
        self.assertIn("f8net (=", self.field("f8net-workbench", "Depends"))

    def test_neither_carries_libtorch_nor_a_path_of_the_machine_that_built_it(self):
        self.assertFalse(list(self.root.rglob("libtorch*.so*")))
        modules = [f"lib/f8net/{path.name}" for path in (self.root / "usr/lib/f8net").glob("*.so")]
        self.assertIn("lib/f8net/libf8net_torch.so", modules)
        for program in ("bin/f8net", "bin/f8net-workbench", *modules):
            dynamic = run("readelf", "-d", str(self.root / "usr" / program)).stdout
            for line in dynamic.splitlines():
                if "RPATH" in line or "RUNPATH" in line:
                    self.assertIn("[$ORIGIN/libtorch/torch/lib]", line, program)
        self.assertLess(sum(path.stat().st_size for path in self.packages.values()), 30e6)

    def test_the_program_runs_where_it_was_unpacked_and_knows_its_experiments(self):
        done = self.f8net("config", "check", str(self.share / "f8net/configs/fashion-mnist/quickstart.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_libtorch_is_found_in_the_users_cache_and_its_lack_names_the_command(self):
        libtorch = re.search(r"F8NET_LIBTORCH_DIR:PATH=(.*)", (BUILD / "CMakeCache.txt").read_text()).group(1)
        found = self.f8net("--json", "version", F8NET_LIBTORCH_DIR=libtorch)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn('"libtorch": "2', found.stdout.lower())
        config = self.share / "f8net/configs/fashion-mnist/quickstart.yaml"
        if not pathlib.Path("/usr/share/datasets/fashion-mnist").exists():
            self.skipTest("Fashion-MNIST is not installed")
        lacking = self.f8net("train", str(config), "--limit", "64")
        self.assertEqual(lacking.returncode, 69, lacking.stderr)
        self.assertRegex(lacking.stderr, r"python3 \S*/usr/share/f8net/setup/fetch_libtorch.py \S+/libtorch-2")

    def test_man_pages_and_completions_are_there(self):
        pages = {path.name for path in (self.share / "man").rglob("*.*")}
        for page in ("f8net.1", "f8net-train.1", "f8net-config.5", "f8net-workbench.1"):
            self.assertTrue(page in pages or page + ".gz" in pages, pages)
        hand_written = next((self.share / "man/man1").glob("f8net-workbench.1*"))
        text = gzip.decompress(hand_written.read_bytes()).decode() if hand_written.suffix == ".gz" else hand_written.read_text()
        options = re.findall(r"--[a-z-]+", run(str(self.root / "usr/bin/f8net-workbench"), "--help").stdout)
        self.assertGreater(len(options), 4)
        for option in set(options) - {"--help-all"}:
            self.assertIn(option.replace("-", r"\-"), text)
        for path in ("bash-completion/completions/f8net", "zsh/vendor-completions/_f8net", "fish/vendor_completions.d/f8net.fish"):
            self.assertTrue((self.share / path).is_file(), path)

    def test_desktops_understand_their_files(self):
        if shutil.which("appstreamcli"):
            done = run("appstreamcli", "validate", "--no-net",
                       str(self.share / "metainfo/org.f8net.Workbench.metainfo.xml"))
            self.assertEqual(done.returncode, 0, done.stdout)
        done = run("desktop-file-validate", str(self.share / "applications/org.f8net.Workbench.desktop"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertTrue((self.share / "icons/hicolor/scalable/apps/org.f8net.Workbench.svg").is_file())

    def test_stores_and_networks_have_types_of_their_own(self):
        run("update-mime-database", str(self.share / "mime")).check_returncode()
        magic = (self.share / "mime/magic").read_bytes()
        self.assertIn(b"application/vnd.f8net.run-store", magic)
        self.assertIn(b"*.f8n", (self.share / "mime/globs2").read_bytes())
        # SQLite's application_id in the magic is the one that stores have.
        number = int(re.search(r'offset="68" value="(0x[0-9A-Fa-f]+)"',
                               (ROOT / "resources/desktop/f8net.mime.xml").read_text()).group(1), 16)
        store = self.place / "runs.db"
        self.assertEqual(self.f8net("--store", str(store), "runs", "gc").returncode, 0)
        self.assertEqual(int.from_bytes(store.read_bytes()[68:72], "big"), number)


if __name__ == "__main__":
    unittest.main()
