# SPDX-License-Identifier: Apache-2.0
"""Images per second on one core: data_loading beside torchvision, in turn, on the same files.

  python tests/bench/data_loading_peer.py [--program build/release/bin/bench/data_loading] [--count 200] [--rounds 7]

The python needs torch, torchvision, numpy and pillow. Both read JPEGs of 500x375 (quality 92) from the page cache, cut a
random part, resize it to 224x224, flip it half of the time and make floats in 0 to 1 of it.
"""
import argparse
import io
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms
from torchvision.transforms import v2

parser = argparse.ArgumentParser()
parser.add_argument("--program", default="build/release/bin/bench/data_loading")
parser.add_argument("--count", type=int, default=200)
parser.add_argument("--rounds", type=int, default=7)
arguments = parser.parse_args()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # also of the program, loader thread and consumer together
torch.set_num_threads(1)
rng = np.random.default_rng(0)


def photograph():
    """Smooth noise at three scales: at quality 92 about as many bytes as an ImageNet file of this size."""
    total = np.zeros((375, 500, 3), np.float32)
    for scale, weight in ((64, 0.5), (16, 0.3), (4, 0.2)):
        small = rng.integers(0, 256, (375 // scale + 1, 500 // scale + 1, 3), dtype=np.uint8)
        total += np.asarray(Image.fromarray(small).resize((500, 375), Image.BICUBIC), np.float32) * weight
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


pil = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor()])
tensors = v2.Compose([v2.RandomResizedCrop(224, antialias=True), v2.RandomHorizontalFlip(),
                      v2.ToDtype(torch.float32, scale=True)])
pipelines = {
    "torchvision, Pillow": lambda path: pil(Image.open(path).convert("RGB")),
    "torchvision, decode_jpeg and tensors":
        lambda path: tensors(torchvision.io.decode_jpeg(torchvision.io.read_file(str(path)))),
}


def ours(folder):
    text = subprocess.run([arguments.program, "2", str(folder)], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"resized crop and flip +1 threads +(\d+) images/s", text).group(1))


with tempfile.TemporaryDirectory() as folder:
    pictures = Path(folder, "train", "made")
    pictures.mkdir(parents=True)
    for number in range(arguments.count):
        buffer = io.BytesIO()
        photograph().save(buffer, "JPEG", quality=92)
        (pictures / f"{number}.jpg").write_bytes(buffer.getvalue())
    paths = sorted(pictures.iterdir())
    mean_bytes = float(np.mean([path.stat().st_size for path in paths]))
    rates = {"f8net": [], **{name: [] for name in pipelines}}
    for round_number in range(arguments.rounds):
        rates["f8net"].append(ours(folder))
        for name, load in pipelines.items():
            torch.manual_seed(round_number)
            begin = time.perf_counter()
            for path in paths:
                load(path)
            rates[name].append(len(paths) / (time.perf_counter() - begin))

median = {name: float(np.median(values)) for name, values in rates.items()}
print(json.dumps({
    "torchvision": torchvision.__version__, "pillow": PIL.__version__,
    "mean_kilobytes": round(mean_bytes / 1e3, 1),
    "images_per_second": {name: {"median": round(median[name]), "max": round(max(values))}
                          for name, values in rates.items()},
    "ratio": {name: round(float(np.median([a / b for a, b in zip(rates["f8net"], rates[name])])), 2)
              for name in pipelines},
}, indent=1))
