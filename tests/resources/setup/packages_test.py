# SPDX-License-Identifier: Apache-2.0
"""resources/setup/packages.txt and install_packages: the list can be read, and nothing is installed twice."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SETUP = pathlib.Path(__file__).resolve().parents[3] / "resources" / "setup"


def install_packages(*arguments, path=None):
    environment = dict(os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {}))
    return subprocess.run([SETUP / "install_packages", *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, env=environment)


class Packages(unittest.TestCase):
    def setUp(self):
        self.list = install_packages("--list").stdout.split("\n")[:-1]

    def test_every_line_is_a_package_name_with_its_reason(self):
        for line in (SETUP / "packages.txt").read_text().splitlines():
            self.assertRegex(line, r"^(#.*|[a-z0-9][a-z0-9.+-]+ +# \S.*|)$")

    def test_list_holds_each_package_once(self):
        self.assertGreater(len(self.list), 30)
        self.assertEqual(len(set(self.list)), len(self.list))
        for name in self.list:
            self.assertTrue(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name), name)

    def test_skips_apt_when_everything_is_installed(self):
        done = self.with_installed(self.list, arguments=[])
        self.assertEqual((done.returncode, done.stdout), (0, f"all {len(self.list)} packages are installed\n"), done.stderr)

    def test_check_names_what_is_missing(self):
        done = self.with_installed(self.list[2:], arguments=["--check"])
        self.assertEqual((done.returncode, sorted(done.stdout.split()[1:])), (1, sorted(self.list[:2])))

    def test_installs_only_what_is_missing_and_updates_lists_only_when_needed(self):
        done = self.with_installed(self.list[2:], arguments=[])
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = [line.split() for line in done.stdout.splitlines() if line.startswith("APT ")]
        self.assertEqual(len(calls), 1, calls)
        self.assertIn("install", calls[0])
        self.assertEqual(sorted(calls[0][-2:]), sorted(self.list[:2]))
        done = self.with_installed(self.list[1:], arguments=[], known=False)
        self.assertIn("APT update", re.sub(r"APT .*\bupdate\b.*", "APT update", done.stdout))

    def test_says_what_to_do_elsewhere_than_on_debian(self):
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("bash", "env", "dirname", "readlink", "sed", "tr", "cat"):
                os.symlink(f"/usr/bin/{tool}", f"{folder}/{tool}")
            done = subprocess.run([SETUP / "install_packages"], capture_output=True, text=True, check=False, env={"PATH": folder})
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertIn("not Debian", done.stderr)
        self.assertIn("cmake", done.stderr)

    def with_installed(self, names, arguments, known=True):
        """Runs install_packages where dpkg says that just `names` are installed, and apt only prints its arguments."""
        with tempfile.TemporaryDirectory() as folder:
            lines = "\n".join(f"installed {name}" for name in names)
            scripts = {"dpkg-query": f"cat <<'EOF'\n{lines}\nconfig-files something-removed\nEOF",
                       "apt-get": 'echo "APT $*"', "apt-cache": "exit 0" if known else "exit 1",
                       "sudo": '[ "$1" = -n ] && shift; exec "$@"'}
            for name, body in scripts.items():
                path = pathlib.Path(folder, name)
                path.write_text(f"#!/bin/bash\n{body}\n")
                path.chmod(0o755)
            return install_packages(*arguments, path=folder)


if __name__ == "__main__":
    unittest.main()
