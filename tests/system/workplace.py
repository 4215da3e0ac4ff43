# SPDX-License-Identifier: Apache-2.0
"""A private folder with tiny pictures, an experiment and a store, and f8net started in it. F8NET names the program.
Everything is gone after close(), also programs that still run."""
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("F8NET", str(ROOT / "build/release/bin/f8net"))


def write_idx(folder, train=128, test=48, size=16, classes=4, seed=7):
    """Grey pictures whose class is the bright quarter, as IDX files."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    for prefix, count in (("train", train), ("t10k", test)):
        pixels = bytearray()
        for i in range(count):
            label = i % classes
            for y in range(size):
                for x in range(size):
                    bright = (y // (size // 2)) * 2 + x // (size // 2) == label
                    pixels.append(rng.randint(0, 90) + (120 if bright else 0))
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, count, size, size) + bytes(pixels))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, count) + bytes(i % classes for i in range(count)))


def jpeg(blocks):
    """A baseline JPEG whose 8 x 8 blocks have one colour each: rows of (y, cb, cr), 0 to 255."""
    def segment(marker, body):
        return bytes((0xff, marker)) + struct.pack(">H", len(body) + 2) + body

    bits, last = [], [0, 0, 0]
    for row in blocks:
        for colour in row:
            for i, value in enumerate(colour):
                difference = value - 128 - last[i]  # with steps of 8 the first coefficient is the mean
                last[i] += difference
                size = abs(difference).bit_length()
                rest = difference if difference > 0 else difference + (1 << size) - 1
                bits.append(f"{size:04b}" + (f"{rest:0{size}b}" if size else "") + "0")
    bits = "".join(bits)
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHB", 8, 8 * len(blocks), 8 * len(blocks[0]), 3)
    first = bytes((0, 0, 0, 0, 12) + (0,) * 12) + bytes(range(12))  # lengths 1 to 16: the twelve sizes take 4 bits each
    others = bytes((0x10, 1) + (0,) * 15) + b"\0"  # and "no more of this block" takes one
    return (b"\xff\xd8" + segment(0xdb, b"\0" + b"\x08" * 64) + segment(0xc0, frame + b"\1\x11\0\2\x11\0\3\x11\0") +
            segment(0xc4, first) + segment(0xc4, others) + segment(0xda, b"\3\1\0\2\0\3\0\0\x3f\0") + scan + b"\xff\xd9")


def write_image_folder(folder, classes=6, train=6, test=3, seed=7):
    """Noisy JPEG photographs of differing sizes, a colour for each class, as folders of ImageNet's form."""
    rng = random.Random(seed)
    for part, count in (("train", train), ("val", test)):
        for label in range(classes):
            below = folder / part / f"n{label:08d}"
            below.mkdir(parents=True)
            for i in range(count):
                blocks = [[(rng.randint(60, 200), 40 + 35 * label, 220 - 30 * label + rng.randint(-9, 9))
                           for _ in range(6 + i % 3)] for _ in range(5 + label % 2)]
                (below / f"{i}.JPEG").write_bytes(jpeg(blocks))


EXPERIMENT = """name: tiny
data: {{dataset: fashion-mnist, folder: {data}, random_crop_padding: 1, flip: true}}
network: {{architecture: resnet18, width_multiplier: 0.125, stem: small, image_size: 16, input_channels: 1, num_classes: 10}}
quantization: {{rescale_forward: false}}
optimizer: {{lr: 0.05}}
training: {{batch_size: 16, images_per_epoch: 64, seed: 5, threads: 1, probe_images: 16, log_every_steps: 1, disk_reserve_mb: 1}}
evaluation: {{limit: 32, agreement_images: 16, modes: [fake-quant, integer-only]}}
stages:
  - name: float
    quantization: {{mode: float}}
    training: {{epochs: 2}}
  - name: fixed-point
    quantization: {{mode: fake-quant}}
    training: {{epochs: 2}}
"""


ONNX_LOGITS = """
import json
import sys
import numpy as np
import onnxruntime as ort
onnx, trace, logits = sys.argv[1:]
def tensor(path, name):
    raw = open(path, "rb").read()
    size = int.from_bytes(raw[:8], "little")
    entry = json.loads(raw[8:8 + size])[name]
    a, b = entry["data_offsets"]
    kind = {"U8": "u1", "I8": "i1", "I32": "<i4", "F32": "<f4"}[entry["dtype"]]
    return np.frombuffer(raw[8 + size + a:8 + size + b], kind).reshape(entry["shape"])
x = tensor(trace, "code/head.0")
if x.dtype == np.int8:
    x = (x.astype(np.int16) + 128).astype(np.uint8)
want = tensor(logits, "logits/integer-only")
for level in (ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_ALL):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    got = session.run(None, {"pixels": x})[0].reshape(want.shape)
    assert np.array_equal(got, want), f"{(got != want).any(1).sum()} of {len(want)} images differ at {level}"
print(len(want))
"""


class Workplace:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="f8net-system-"))
        self.data = self.folder / "data"
        self.store = self.folder / "runs.db"
        self.experiment = self.folder / "tiny.yaml"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("F8NET_")}
        self.environment.update(HOME=str(self.folder), XDG_DATA_HOME=str(self.folder / "share"),
                                OMP_WAIT_POLICY="passive")
        self.started = []
        write_idx(self.data)
        self.experiment.write_text(EXPERIMENT.format(data=self.data))

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *words, store=None, environment=None):
        """The program in the background; its streams go to files, so that no full pipe stops it. `environment` is added."""
        out = tempfile.TemporaryFile("w+", dir=self.folder)
        err = tempfile.TemporaryFile("w+", dir=self.folder)
        process = subprocess.Popen([PROGRAM, *map(str, words), "--store", str(store or self.store)], stdout=out,
                                   stderr=err, env=self.environment | (environment or {}), cwd=self.folder)
        process.stdout, process.stderr = out, err
        self.started.append(process)
        return process

    def finish(self, process, timeout=240):
        """Exit code, standard output, messages."""
        code = process.wait(timeout)
        process.stdout.seek(0)
        process.stderr.seek(0)
        return code, process.stdout.read(), process.stderr.read()

    def messages(self, process):
        """What it has said so far."""
        return os.pread(process.stderr.fileno(), 1 << 20, 0).decode()

    def run(self, *words, store=None, timeout=240):
        return self.finish(self.start(*words, store=store), timeout)

    def document(self, *words, **options):
        code, output, messages = self.run(*words, "--json", **options)
        if code != 0:
            raise AssertionError(f"f8net {' '.join(map(str, words))}: exit code {code}\n{messages}")
        return json.loads(output)

    def query(self, sql, *values):
        """Rows of the store; none while there is no store. May write: after a kill the first reader rolls the journal back."""
        if not self.store.exists():
            return []
        store = sqlite3.connect(f"file:{self.store}?mode=rw", uri=True, timeout=10)
        try:
            return store.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            store.close()

    def metrics(self, run):
        return self.query("SELECT n.name, m.step, m.epoch, m.value FROM metrics m JOIN metric_names n ON n.id = m.metric "
                          "JOIN runs r ON r.run = m.run WHERE r.id = ? ORDER BY n.name, m.step", run)

    def runs(self):
        return self.document("runs", "list")["runs"]

    def checkpoints(self, run):
        """Step checkpoints of a run, oldest first."""
        folder = next(pathlib.Path(r["folder"]) for r in self.runs() if r["id"] == run)
        return sorted((folder / "checkpoints").glob("step-*.safetensors"))

    def check_onnx(self, onnx, images, *subject):
        """The exported file gives the logits of `f8net evaluate SUBJECT...` on its images, in ONNX Runtime."""
        python = os.environ.get("F8NET_TEST_PYTHON")
        if not python:
            print("ONNX Runtime skipped: F8NET_TEST_PYTHON names no Python", flush=True)
            return
        logits, trace = self.folder / "l.safetensors", self.folder / "t.safetensors"
        self.document("evaluate", *subject, "--mode", "integer-only", "--limit", images, "--logits", logits, "--trace", trace,
                      "--trace-images", images)
        done = subprocess.run([python, "-c", ONNX_LOGITS, onnx, trace, logits], capture_output=True, text=True)
        if done.returncode or int(done.stdout) != images:
            raise AssertionError(f"{onnx}: {done.stdout}{done.stderr}")

    def wait_until_held(self, process):
        """A child of the process that a SIGSTOP of signal_at() holds, and not within a commit: nobody else could read the
        store then."""
        held = []

        def find():
            held[:] = [int(pid) for pid in children(process.pid) if is_held(pid)]
            return held or process.poll() is not None
        self.wait_until(find)
        if not held:
            raise AssertionError(f"ended before a child was held: {self.messages(process)}")
        pid, = held
        while not self.may_be_written():
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.01)
            os.kill(pid, signal.SIGSTOP)
            self.wait_until(lambda: is_held(pid))
        return pid

    def may_be_written(self):
        store = sqlite3.connect(f"file:{self.store}?mode=rw", uri=True, timeout=0, isolation_level=None)
        try:
            store.execute("BEGIN IMMEDIATE")
            store.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            return False
        finally:
            store.close()

    def wait_until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError(f"did not happen within {seconds} s")


def signal_at(number, saves, writes=1):
    """Environment in which a training gets this signal after so many saved checkpoints and writes (signal_at.cpp)."""
    return {"LD_PRELOAD": os.environ["F8NET_SIGNAL_AT"], "SIGNAL_AT": f"{int(number)} {saves} {writes}",
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def is_held(pid):
    """Stopped by SIGSTOP."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return False


def safetensors(path):
    """Header of a safetensors file, and its tensors as bytes."""
    content = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    data = content[8 + size:]
    return header, {n: data[slice(*t["data_offsets"])] for n, t in header.items() if n != "__metadata__"}


def write_safetensors(path, tensors):
    """{name: (dtype, shape, bytes)}, in the order of safetensors()."""
    header, end = {}, 0
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(content)]}
        end += len(content)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(content for _, _, content in tensors.values()))
