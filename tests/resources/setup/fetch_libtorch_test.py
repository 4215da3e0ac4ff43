# SPDX-License-Identifier: Apache-2.0
"""resources/setup/fetch_libtorch.py against a small package index on 127.0.0.1 with wheels made here; no network."""
import base64
import contextlib
import hashlib
import http.server
import io
import json
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import unittest
import zipfile
from unittest import mock

SETUP = pathlib.Path(__file__).resolve().parents[3] / "resources" / "setup"
sys.path.insert(0, str(SETUP))
import fetch_libtorch  # noqa: E402
import wheel  # noqa: E402

noise = random.Random(20260101)
FILES = {
    "fake/lib/libfake.so": noise.randbytes(30_000),
    "fake/include/fake.h": b"#pragma once\n" * 50,
    "fake/gpu/libgpu.so": noise.randbytes(5_000),
    "fake/unwanted.bin": noise.randbytes(200_000),
}
WHEEL_NAME = "fakelib-1.0-py3-none-manylinux_2_28_x86_64.whl"


def make_wheel(tampered=None):
    """The wheel and its RECORD's sha256; `tampered` is a file whose content does not fit RECORD."""
    def row(name, data):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(data)}\n"

    info = {"fakelib-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: fakelib\nVersion: 1.0\n",
            "fakelib-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-manylinux_2_28_x86_64\n"}
    record = "".join(row(name, data) for name, data in {**FILES, **info}.items()) + "fakelib-1.0.dist-info/RECORD,,\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**FILES, **info, "fakelib-1.0.dist-info/RECORD": record.encode()}.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data + b"!" if name == tampered else data)
    return out.getvalue(), hashlib.sha256(record.encode()).hexdigest()


class Index(http.server.ThreadingHTTPServer):
    """A package index that holds one wheel."""

    def __init__(self, content, answers_ranges):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.answers_ranges, self.requests, self.ranged_bytes = content, answers_ranges, 0, 0


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who wanted a range hangs up
            self.wfile.write(body)

    def do_GET(self):  # noqa: N802, the base class's name
        self.server.requests += 1
        if self.path == "/simple/fakelib/":
            self.reply(200, f'<!DOCTYPE html><a href="/files/{WHEEL_NAME}">{WHEEL_NAME}</a>'.encode(), Content_Type="text/html")
        elif self.path != f"/files/{WHEEL_NAME}":
            self.reply(404, b"")
        elif self.server.answers_ranges and (span := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))):
            body = self.server.content[int(span[1]):int(span[2]) + 1]
            self.server.ranged_bytes += len(body)
            self.reply(206, body, Content_Range=f"bytes {span[1]}-{span[2]}/{len(self.server.content)}")
        else:
            self.reply(200, self.server.content)


class FetchLibtorch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.outdir = os.path.join(self.folder, "cache", "libtorch")
        quiet = contextlib.ExitStack()
        for stream in (contextlib.redirect_stdout, contextlib.redirect_stderr):
            quiet.enter_context(stream(io.StringIO()))
        self.addCleanup(quiet.close)
        # Blocks far smaller than the files, so that reads go over their ends.
        for patch in (mock.patch.object(wheel, "BLOCK_BYTES", 1000), mock.patch.object(wheel.time, "sleep")):
            patch.start()
            self.addCleanup(patch.stop)

    def serve(self, content, answers_ranges=True):
        server = Index(content, answers_ranges)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.use_index(server.server_address[1])
        return server

    def use_index(self, port):
        variables = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
        variables |= {"PIP_INDEX_URL": f"http://127.0.0.1:{port}/simple/", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1",
                      "PIP_NO_CACHE_DIR": "1", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1", "HOME": self.folder}
        patch = mock.patch.dict(os.environ, variables, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def pins(self, record):
        path = os.path.join(self.folder, "pins.json")
        def entry(files):
            return [{"wheel": "fakelib==1.0", "record_sha256": record, "files": files}]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"1.0": {"python": "3.11", "parts": {
                "cpu": entry([r"fake/lib/.*\.so", "fake/include/.*"]), "cuda": entry(["fake/gpu/.*"])}}}, file)
        return path

    def fetched(self):
        root = pathlib.Path(self.outdir)
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
                if path.is_file() and path.name != fetch_libtorch.STAMP}

    def cpu_files(self):
        return {name: FILES[name] for name in ("fake/lib/libfake.so", "fake/include/fake.h")}

    def fails(self, code, record, *messages):
        with self.assertRaises(wheel.FetchError) as caught:
            fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record))
        self.assertEqual(caught.exception.code, code, caught.exception)
        for message in messages:
            self.assertIn(message, str(caught.exception))
        self.assertFalse(os.path.exists(self.outdir), "nothing may be visible of a fetch that failed")

    def test_takes_only_the_wanted_files_by_range_requests(self):
        content, record = make_wheel()
        server = self.serve(content)
        self.assertTrue(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record)))
        self.assertEqual(self.fetched(), self.cpu_files())
        self.assertGreater(server.ranged_bytes, 30_000)
        self.assertLess(server.ranged_bytes, 50_000)  # 30,000 of noise, a little text, the directory; not the other 200,000
        library = os.stat(os.path.join(self.outdir, "fake/lib/libfake.so"))
        self.assertEqual(library.st_mode & 0o777, 0o755)
        self.assertLess(library.st_mtime, os.stat(self.outdir).st_mtime - 3600, "the wheel's own time is kept")

    def test_downloads_the_whole_wheel_where_ranges_are_refused(self):
        content, record = make_wheel()
        self.serve(content, answers_ranges=False)
        self.assertTrue(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record)))
        self.assertEqual(self.fetched(), self.cpu_files())

    def test_rejects_a_tampered_file_by_ranges_and_whole(self):
        content, record = make_wheel(tampered="fake/include/fake.h")
        for answers_ranges in (True, False):
            with self.subTest(answers_ranges=answers_ranges):
                self.serve(content, answers_ranges)
                self.fails(65, record, "fakelib==1.0", "fake/include/fake.h")

    def test_rejects_a_record_that_is_not_the_pinned_one(self):
        content, record = make_wheel()
        self.serve(content)
        self.fails(65, "0" * 64, record, "pinned")

    def test_rejects_bytes_damaged_on_the_way(self):
        content, record = make_wheel()
        at = content.index(b"fake/lib/libfake.so") + 5_000
        self.serve(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        self.fails(65, record, "fake/lib/libfake.so")

    def test_second_fetch_asks_the_network_nothing(self):
        content, record = make_wheel()
        server = self.serve(content)
        fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record))
        before = server.requests
        self.assertFalse(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record)))
        self.assertEqual(server.requests, before)

    def test_interrupted_fetch_is_redone(self):
        content, record = make_wheel()
        self.serve(content)
        for folder in (self.outdir, self.outdir + ".part"):
            os.makedirs(folder)
            pathlib.Path(folder, "half").write_text("half")
        self.assertTrue(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], self.pins(record)))
        self.assertEqual(self.fetched(), self.cpu_files())
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.outdir))), ["libtorch", "libtorch.lock"])

    def test_gpu_part_is_added_and_then_contains_the_cpu_part(self):
        content, record = make_wheel()
        self.serve(content)
        pins = self.pins(record)
        fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], pins)
        self.assertTrue(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu", "cuda"], pins))
        self.assertEqual(self.fetched(), self.cpu_files() | {"fake/gpu/libgpu.so": FILES["fake/gpu/libgpu.so"]})
        self.assertFalse(fetch_libtorch.fetch(self.outdir, "1.0", ["cpu"], pins))

    def test_says_that_there_is_no_network(self):
        server = self.serve(b"")
        port = server.server_address[1]
        server.shutdown()
        server.server_close()
        self.use_index(port)
        self.fails(69, "0" * 64, "fakelib==1.0", "network", "Connection refused")

    def test_names_the_free_bytes_where_the_disk_is_too_small(self):
        content, record = make_wheel()
        self.serve(content)
        with mock.patch.object(fetch_libtorch.shutil, "disk_usage", return_value=mock.Mock(free=1234)):
            self.fails(74, record, "1234 bytes", str(len(FILES["fake/lib/libfake.so"]) + len(FILES["fake/include/fake.h"])))

    def test_unknown_version_names_those_that_are_pinned(self):
        with self.assertRaisesRegex(wheel.FetchError, "no version 9.9, only 1.0") as caught:
            fetch_libtorch.fetch(self.outdir, "9.9", ["cpu"], self.pins("0" * 64))
        self.assertEqual(caught.exception.code, 2)

    def test_every_wheel_of_the_real_pins_has_a_hash(self):
        with open(fetch_libtorch.PINS_FILE, encoding="utf-8") as file:
            versions = json.load(file)
        self.assertIn("2.11.0", versions)
        for version in versions.values():
            for entry in version["parts"]["cpu"] + version["parts"]["cuda"] + version["parts"]["nvcc"]:
                self.assertRegex(entry["record_sha256"], r"^[0-9a-f]{64}$", entry["wheel"])
                self.assertRegex(entry["wheel"], r"^[a-z0-9-]+==[0-9.]+$")


if __name__ == "__main__":
    unittest.main()
