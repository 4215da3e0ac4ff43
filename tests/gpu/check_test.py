# SPDX-License-Identifier: Apache-2.0
"""tests/gpu/check on a machine without a GPU, from the package that it makes."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("F8NET_BUILD", ROOT / "build/release"))
loader = importlib.machinery.SourceFileLoader("check", str(ROOT / "tests/gpu/check"))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
loader.exec_module(check)


class Check(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def run_check(self, script, **environment):
        done = subprocess.run([str(script), "--output", str(self.folder / "results.json")], capture_output=True, text=True,
                              env=os.environ | environment, check=False)
        return done, json.loads((self.folder / "results.json").read_text())

    def test_without_gpu_libraries_says_where_it_looked(self):
        nowhere = str(self.folder / "nowhere")
        done, results = self.run_check(ROOT / "tests/gpu/check", F8NET_LIBTORCH_DIR=nowhere, XDG_CACHE_HOME=nowhere, PATH="/usr/bin:/bin")
        self.assertEqual(done.returncode, 69, done.stdout + done.stderr)
        self.assertIn(nowhere, results["problem"])

    @unittest.skipUnless((BUILD / "lib/libf8net_cuda.so").exists(), "the kernels are not built: no nvcc")
    def test_package_has_all_that_it_needs_and_skips_without_a_gpu(self):
        try:
            import ctypes
            ctypes.CDLL("libcuda.so.1")
            self.skipTest("there is a GPU driver")
        except OSError:
            pass
        package = self.folder / "package.tar.gz"
        subprocess.run([str(ROOT / "tests/gpu/check"), "--build", str(BUILD), "--pack", str(package)], check=True, capture_output=True)
        with tarfile.open(package) as archive:
            archive.extractall(self.folder, filter="data")
        # LibTorch as on a CPU, with a file by the name of the GPU's: without a driver it is never opened.
        libtorch = self.folder / "libtorch"
        (libtorch / "torch/lib").mkdir(parents=True)
        real = pathlib.Path(subprocess.run(["ldd", str(BUILD / "lib/libf8net_torch.so")], capture_output=True, text=True, check=True)
                            .stdout.split("libc10.so => ")[1].split()[0]).parents[2]
        for file in (real / "torch/lib").iterdir():
            (libtorch / "torch/lib" / file.name).symlink_to(file)
        (libtorch / "nvidia").symlink_to(real / "nvidia")
        if not (libtorch / "torch/lib/libtorch_cuda.so").exists():
            (libtorch / "torch/lib/libtorch_cuda.so").write_text("")
        done, results = self.run_check(self.folder / "f8net-gpu/tests/gpu/check", F8NET_LIBTORCH_DIR=str(libtorch))
        self.assertEqual(done.returncode, 71, done.stdout + done.stderr)
        self.assertIn("no NVIDIA driver", results["problem"])
        self.assertEqual((results["counts"]["passed"], results["counts"]["failed"]), (0, 0), results["tests"])
        self.assertGreater(results["counts"]["skipped"], 20)
        self.assertEqual(results["libtorch"], str(libtorch))


if __name__ == "__main__":
    unittest.main(verbosity=2)
