# SPDX-License-Identifier: Apache-2.0
"""What Pillow makes of pictures: pillow_reference.py FOLDER SEED

Adds pictures of many kinds to those in FOLDER and writes FOLDER/cases.txt, one case a line, with a file of the expected
bytes (H W C) at its end:
  decode   PICTURE CHANNELS HEIGHT WIDTH                                          convert("RGB") or convert("L")
  resize   PICTURE CHANNELS TOP LEFT HEIGHT WIDTH OUT_HEIGHT OUT_WIDTH            crop, then resize(BILINEAR)
  evaluate PICTURE SHORTER SIZE                                                   torchvision's Resize, CenterCrop
"""
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)
random.seed(seed)
Image.MAX_IMAGE_PIXELS = None


def photograph(height, width, channels=3):
    """Smooth noise at three scales with some pixel noise: like a photograph, all values occur."""
    total = rng.normal(0, 6, (height, width, channels))
    for scale, weight in ((64, 0.5), (16, 0.3), (4, 0.3)):
        small = rng.integers(0, 256, (height // scale + 1, width // scale + 1, channels), dtype=np.uint8)
        layers = [Image.fromarray(small[:, :, c]).resize((width, height), Image.BICUBIC) for c in range(channels)]
        total += np.stack([np.asarray(layer, np.float64) for layer in layers], 2) * weight
    return (total - 12).clip(0, 255).astype(np.uint8)


def picture(height, width):
    return Image.fromarray(photograph(height, width))


SIZES = [(1, 1), (1, 9), (9, 1), (2, 3), (8, 8), (15, 17), (16, 16), (33, 31), (64, 63), (97, 333), (240, 131), (375, 500)]
for number, (height, width) in enumerate(SIZES):
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            name = f"{height}x{width}-s{subsampling}-{'p' if progressive else 'b'}.jpg"
            picture(height, width).save(folder / name, quality=(40, 75, 92)[number % 3], subsampling=subsampling,
                                        progressive=progressive)
    picture(height, width).convert("L").save(folder / f"{height}x{width}-grey.jpg", quality=85)
    picture(height, width).save(folder / f"{height}x{width}.png")

exif = Image.Exif()
exif[0x0112] = 6  # turned by a quarter: not to be applied
picture(60, 90).save(folder / "orientation.jpg", exif=exif)
picture(90, 120).save(folder / "restarts.jpg", restart_marker_blocks=3, quality=80)
picture(90, 120).save(folder / "optimized.jpg", optimize=True, quality=97, subsampling=0)
Image.fromarray(photograph(70, 81, 4), "CMYK").save(folder / "cmyk.jpg", quality=90)
Image.fromarray(rng.integers(0, 256, (61, 77, 3), dtype=np.uint8)).save(folder / "noise.jpg", quality=60)
picture(50, 70).save(folder / "png-named.jpeg", format="PNG")
picture(50, 70).convert("L").save(folder / "grey.png")
picture(50, 70).convert("1").save(folder / "one-bit.png")
picture(50, 70).convert("P").save(folder / "palette.png")
picture(50, 70).quantize(11).save(folder / "palette-small.png")
picture(50, 70).quantize(16).save(folder / "palette-transparent.png", transparency=3)
picture(50, 70).quantize(4).save(folder / "palette-2-bit.png", bits=2)
Image.fromarray(photograph(50, 70, 4), "RGBA").save(folder / "transparent.png")
Image.fromarray(photograph(50, 70, 2), "LA").save(folder / "grey-transparent.png")
picture(50, 70).save(folder / "colour-key.png", transparency=(1, 2, 3))

cases = []


def add(line, image):
    name = f"expected-{len(cases)}.raw"
    (folder / name).write_bytes(np.asarray(image).tobytes())
    cases.append(f"{line} {name}")


for path in sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".jpeg", ".png")):
    for channels, mode in ((3, "RGB"), (1, "L")):
        image = Image.open(path).convert(mode)
        width, height = image.size
        add(f"decode {path.name} {channels} {height} {width}", image)
        for _ in range(3 if height * width < 50000 else 8):
            h, w = random.randint(1, height), random.randint(1, width)
            top, left = random.randint(0, height - h), random.randint(0, width - w)
            out_h, out_w = random.choice([(224, 224), (32, 32), (h, w), (random.randint(1, 300), random.randint(1, 300))])
            part = image.crop((left, top, left + w, top + h)).resize((out_w, out_h), Image.BILINEAR)
            add(f"resize {path.name} {channels} {top} {left} {h} {w} {out_h} {out_w}", part)
    image = Image.open(path).convert("RGB")
    width, height = image.size
    for shorter, size in ((256, 224), (37, 28), (64, 64)):
        # torchvision.transforms.functional: _compute_resized_output_size and center_crop
        short, long = min(height, width), max(height, width)
        new_long = int(shorter * long / short)
        new_w, new_h = (shorter, new_long) if width <= height else (new_long, shorter)
        top, left = int(round((new_h - size) / 2.0)), int(round((new_w - size) / 2.0))
        resized = image.resize((new_w, new_h), Image.BILINEAR)
        add(f"evaluate {path.name} {shorter} {size}", resized.crop((left, top, left + size, top + size)))
(folder / "cases.txt").write_text("\n".join(cases) + "\n")
print(len(cases), "cases of Pillow", Image.__version__)
