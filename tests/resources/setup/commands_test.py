# SPDX-License-Identifier: Apache-2.0
"""./quickstart and ./run-tests: their help, and, in a copy of the project whose programs only write down how they were
called, that they do every step once, skip it the second time, and pass on what fails."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(Copy LANGUAGES NONE)
enable_testing()
configure_file(f8net.sh ${CMAKE_BINARY_DIR}/bin/f8net COPYONLY)
set(F8NET_LIBTORCH_DIR "" CACHE PATH "")
add_test(NAME Copy.Passes COMMAND true)
add_test(NAME Copy.SeesNoDisplay COMMAND sh -c "test -z \\"$DISPLAY\\" && test $QT_QPA_PLATFORM = offscreen && test -x $F8NET_TEST_PYTHON")
add_test(NAME Copy.Slow COMMAND sh -c "echo slow >>${CMAKE_SOURCE_DIR}/calls.log")
set_tests_properties(Copy.Slow PROPERTIES LABELS slow)
add_test(NAME Copy.Gpu COMMAND false)
set_tests_properties(Copy.Gpu PROPERTIES LABELS gpu)
if(EXISTS ${CMAKE_SOURCE_DIR}/broken)
  add_test(NAME Copy.Broken COMMAND false)
endif()
"""

# Knows of a finished run once it has trained.
F8NET = """#!/bin/bash
root=$(dirname "$0")/../../..
echo "f8net $*" >>"$root/calls.log"
case "$1 $2" in
  "runs list") if [ -e "$root/trained" ]; then cat "$root/trained"; else echo '{"runs": []}'; fi ;;
  train*) if [ -e "$root/fail" ]; then exit 76; fi
    echo '{"runs": [{"id": "r2", "name": "other", "state": "finished"}, {"id": "r1", "name": "quickstart",
           "state": "finished", "folder": "'"$root"'/run"}]}' >"$root/trained"; echo "table of the training" ;;
  evaluate*) echo "table of the modes" ;;
  export*) touch "${@: -1}" ;;
esac
"""


class Commands(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name in ("quickstart", "run-tests"):
            shutil.copy(ROOT / name, self.root)
        shutil.copytree(ROOT / "resources" / "setup", self.root / "resources" / "setup")
        shutil.copytree(ROOT / ".ci", self.root / ".ci")
        self.write("resources/setup/install_packages", "#!/bin/bash\necho install >>calls.log\n", 0o755)
        self.write("resources/setup/fetch_libtorch.py", "import sys\nopen('calls.log', 'a').write(f'fetch {sys.argv[1:]}\\n')\n")
        self.write("CMakeLists.txt", CMAKE)
        self.write("f8net.sh", F8NET, 0o755)
        presets = [{"name": name, "generator": "Ninja", "binaryDir": "${sourceDir}/build/${presetName}"}
                   for name in ("release", "fuzz", "core-only", "dev-asan", "dev-tsan")]
        self.write("CMakePresets.json", json.dumps({
            "version": 6, "configurePresets": presets,
            "buildPresets": [{"name": preset["name"], "configurePreset": preset["name"]} for preset in presets]}))
        # The Python environment of the checks is there already.
        venv = self.root / "cache" / "f8net" / "venv-tests"
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to("/usr/bin/python3")
        shutil.copy(ROOT / "resources/setup/test-requirements.txt", venv / "done.txt")

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.write_text(text)
        path.chmod(mode)

    def run_command(self, *command, **more):
        """Without input, with an empty HOME, from another folder."""
        (self.root / "calls.log").write_text("")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root / "home"), "CI": "true", "XDG_CACHE_HOME": str(self.root / "cache")}
        done = subprocess.run([str(self.root / command[0]), *command[1:]], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, cwd="/", env=environment | more)
        self.calls = (self.root / "calls.log").read_text()
        return done

    def test_help_is_there_and_does_nothing(self):
        for command in ("quickstart", "run-tests"):
            done = self.run_command(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Examples:", done.stdout)
            self.assertEqual(self.calls, "")

    def test_unknown_option_is_a_usage_error(self):
        for command in ("quickstart", "run-tests"):
            done = self.run_command(command, "--fast")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("unknown option --fast", done.stderr)

    def test_quickstart_goes_the_whole_way(self):
        done = self.run_command("quickstart")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for call in ("install\n", f"fetch ['{self.root}/cache/f8net/libtorch-2.11.0', '--version', '2.11.0']\n",
                     "f8net train configs/fashion-mnist/quickstart.yaml --name quickstart --resume auto\n",
                     "f8net evaluate r1 --mode all --limit 2000\n", "f8net export r1 --to onnx -o"):
            self.assertIn(call, self.calls)
        for text in ("table of the training", "table of the modes", "seconds  step", "f8net inspect r1"):
            self.assertIn(text, done.stdout)
        self.assertTrue((self.root / "run/quickstart-r1/quickstart.onnx").exists())

    def test_quickstart_skips_what_is_done_and_shows_it_again(self):
        self.run_command("quickstart")
        done = self.run_command("quickstart")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for call in ("f8net train", "f8net evaluate", "f8net export"):
            self.assertNotIn(call, self.calls)
        for text in ("table of the modes", "already trained: run r1"):
            self.assertIn(text, done.stdout)
        self.assertNotIn("Configuring done", done.stdout)

    def nvcc(self, version):
        """A toolkit with a compiler of that version; no other is found."""
        home = self.root / f"cuda-{version}"
        (home / "bin").mkdir(parents=True)
        self.write(f"cuda-{version}/bin/nvcc", f"#!/bin/sh\necho 'Cuda compilation tools, release {version}, V{version}.88'\n", 0o755)
        path = [folder for folder in os.environ["PATH"].split(":") if not os.path.exists(folder + "/nvcc")]
        return {"CUDA_HOME": str(home), "PATH": ":".join(path)}

    def test_cuda_is_passed_on_and_brings_a_compiler_where_none_fits(self):
        done = self.run_command("quickstart", "--cuda", **self.nvcc("13.0"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("'--cuda']", self.calls)
        self.assertIn("--resume auto --device cuda\n", self.calls)
        self.run_command("quickstart", "--cuda", **self.nvcc("12.4"))
        self.assertIn("'--cuda', '--nvcc']", self.calls)
        self.run_command("quickstart")
        self.assertNotIn("--cuda", self.calls)

    def test_a_build_without_a_compiler_for_gpus_looks_for_it_again(self):
        self.run_command("quickstart")
        cache = self.root / "build/release/CMakeCache.txt"
        times = cache.stat()
        cache.write_text(cache.read_text() + "F8NET_NVCC:FILEPATH=F8NET_NVCC-NOTFOUND\n")
        os.utime(cache, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertNotIn("Configuring done", self.run_command("quickstart").stdout)
        self.assertIn("Configuring done", self.run_command("quickstart", "--cuda").stdout)

    def test_tests_for_gpus_are_said_to_be_skipped(self):
        self.assertIn("skipped: the tests that need a GPU", self.run_command("run-tests").stdout)
        done = self.run_command("run-tests", "--gpu")
        self.assertNotIn("skipped: the tests", done.stdout)
        self.assertIn("Copy.Gpu (Failed)", done.stdout)

    def test_quickstart_ends_with_the_exit_code_of_the_step_that_failed(self):
        self.write("fail", "")
        done = self.run_command("quickstart")
        self.assertEqual(done.returncode, 76, done.stdout + done.stderr)
        self.assertIn("Train: failed (exit 76)", done.stderr)
        self.assertNotIn("evaluate", self.calls)

    def test_libtorch_elsewhere_reaches_fetch_and_cmake(self):
        self.run_command("quickstart")
        done = self.run_command("quickstart", F8NET_LIBTORCH_DIR="/elsewhere")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("fetch ['/elsewhere'", self.calls)
        self.assertIn("F8NET_LIBTORCH_DIR:PATH=/elsewhere\n", (self.root / "build/release/CMakeCache.txt").read_text())

    def test_run_tests_ends_with_the_closing_lines_of_ctest(self):
        done = self.run_command(".ci/run", DISPLAY=":7")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("seconds  step", done.stdout)
        closing = done.stdout[done.stdout.index("seconds  step"):]
        for build in ("release", "fuzz"):
            self.assertIn(f"{build}:\n100% tests passed, 0 tests failed out of 2\n", closing)
        self.assertTrue(done.stdout.rstrip().splitlines()[-1].startswith("Total Test time"), closing)
        self.assertNotIn("slow", self.calls)

    def test_full_adds_builds_and_slow_tests(self):
        done = self.run_command("run-tests", "--full")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.calls.count("slow"), 5)
        self.assertEqual(done.stdout[done.stdout.index("seconds  step"):].count("100% tests passed, 0 tests failed out of 3\n"), 5)

    def test_filter_chooses_by_name_and_must_match_something(self):
        done = self.run_command("run-tests", "--filter", "Passes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 tests failed out of 1\n", done.stdout)
        self.assertNotIn("Build fuzz", done.stdout)
        self.assertNotEqual(self.run_command("run-tests", "--filter", "Nothing").returncode, 0)

    def test_a_failing_test_fails_the_whole(self):
        self.write("broken", "")
        done = self.run_command("run-tests")
        self.assertEqual(done.returncode, 8, done.stdout + done.stderr)
        self.assertIn("Copy.Broken (Failed)", done.stdout[done.stdout.index("seconds  step"):])


if __name__ == "__main__":
    unittest.main()
