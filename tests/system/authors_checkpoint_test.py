# SPDX-License-Identifier: Apache-2.0
"""A checkpoint of the published program, evaluated by the whole program on the pictures it was recorded with: the recorded logits, in
integers bit for bit (quant_avgpool off; on with pool_scale none, where the published int_infer leaves the factor out)."""
import math
import struct
import unittest
import zlib

from workplace import ROOT, Workplace, safetensors

GOLDEN = ROOT / "tests/golden/networks"
CONFIG = """data: {{dataset: image-folder, folder: {folder}, test_resize: 96{normalize}}}
network: {{architecture: {network}, width_multiplier: 0.25, stem: imagenet, image_size: 96, input_channels: 3, num_classes: 10}}
quantization: {{quantize_average_pool: {pool}, pool_scale: {scale}{more}}}
"""
TINY = ", clipping: false, format_policy: grid-search"


def png(pixels):
    """3 x H x W bytes as a PNG file."""
    channels, height, width = 3, 96, 96
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(pixels[(c * height + y) * width + x] for c in range(channels))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")


def numbers(header, tensors, name):
    kind = {"I32": "i", "F32": "f", "I64": "q"}[header[name]["dtype"]]
    raw = tensors[name]
    return list(struct.unpack(f"<{len(raw) // struct.calcsize(kind)}{kind}", raw))


class AuthorsCheckpoint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace()
        cls.addClassCleanup(cls.place.close)

    def pictures(self, name):
        """The four recorded pictures, one class folder each, so that their order is that of the folders."""
        folder = self.place.folder / f"pictures-{name}"
        header, tensors = safetensors(GOLDEN / f"{name}_expected.safetensors")
        images = tensors["images"]
        size = len(images) // 4
        for part in ("train", "val"):
            for i in range(10):
                (folder / part / f"class{i}").mkdir(parents=True)
                (folder / part / f"class{i}" / "picture.png").write_bytes(png(images[i % 4 * size:(i % 4 + 1) * size]))
        return folder, header, tensors

    def logits(self, name, checkpoint, folder, pool, scale, *modes):
        network = name.removesuffix("_tiny")
        is_tiny = name != network
        config = self.place.folder / f"{name}-{pool}-{scale}.yaml"
        config.write_text(CONFIG.format(folder=folder, network=network, pool=pool, scale=scale, more=TINY if is_tiny else "",
                                        normalize=", normalize: true" if is_tiny else ""))
        out = self.place.folder / "logits.safetensors"
        got = self.place.document("evaluate", checkpoint, "--config", config, "--mode", ",".join(modes), "--limit", 4,
                                  "--logits", out)
        header, tensors = safetensors(out)
        return got, {mode: numbers(header, tensors, f"logits/{mode}") for mode in modes}

    def test_integer_logits_are_the_recorded_ones_bit_for_bit(self):
        for name in ("resnet18", "resnet18_tiny", "mobilenet_v1", "mobilenet_v2"):
            with self.subTest(name):
                folder, header, expected = self.pictures(name)
                modes = ("integer-only", "integer-float", "simulated-integer", "fake-quant")
                checkpoint = GOLDEN / f"{name}.pth"
                got, logits = self.logits(name, checkpoint, folder, "false", "classifier", *modes)
                self.assertIs(got["integer_modes_agree"], True)
                recorded = numbers(header, expected, "logits.int_op_only.qap0_pf0")
                for mode in modes[:3]:
                    self.assertEqual([int(v) for v in logits[mode]], recorded, mode)
                fake = numbers(header, expected, "logits.fake.qap0_pf0")
                largest = max(map(abs, fake))
                self.assertLess(max(abs(a - b) for a, b in zip(logits["fake-quant"], fake)), 1e-5 * largest)

                got, logits = self.logits(name, checkpoint, folder, "true", "none", "integer-only", "simulated-integer")
                self.assertIs(got["integer_modes_agree"], True)
                self.assertEqual(logits["integer-only"], [int(v) for v in logits["simulated-integer"]])
                inferred = numbers(header, expected, "logits.int_infer.qap1_pf0")
                # Recorded as integer / 2^FL of the classifier.
                unit = max(map(abs, logits["integer-only"])) / max(map(abs, inferred))
                self.assertEqual(math.frexp(unit)[0], 0.5, f"{unit} is no power of two")
                self.assertEqual(logits["integer-only"], [v * unit for v in inferred])


if __name__ == "__main__":
    unittest.main()
