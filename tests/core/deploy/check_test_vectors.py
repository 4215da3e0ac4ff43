# SPDX-License-Identifier: Apache-2.0
"""Computes golden vectors again, from vectors.json and the files alone.

Usage: check_test_vectors.py FOLDER...   Every step is computed with NumPy from what is written down: codes from accumulators, accumulators
from codes, sums and pools, logits; and every tensor is the same in all of its files. Prints the first difference and exits 1.
"""
import json
import pathlib
import struct
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

TYPES = {"uint8": np.uint8, "int8": np.int8, "int32": np.int32}
SAFETENSORS_TYPES = {"U8": np.uint8, "I8": np.int8, "I32": np.int32}
LARGEST = 2**31 - 1


class Difference(Exception):
    pass


def need_equal(what, got, expected):
    if got.shape != expected.shape:
        raise Difference(f"{what}: shape {got.shape}, computed {expected.shape}")
    differs = np.argwhere(got.astype(np.int64) != expected.astype(np.int64))
    if len(differs):
        at = tuple(differs[0])
        raise Difference(f"{what} at {[int(i) for i in at]}: {got[at]} in the file, {expected[at]} computed")


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], SAFETENSORS_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def read_words(path, kind, bits):
    """As $readmemh would: words in order, two's complement."""
    lines = path.read_text().splitlines()
    if kind == "mem":
        if not lines[0].startswith("//") or lines[1] != "@00000000":
            raise Difference(f"{path}: begins with {lines[:2]}")
        lines = lines[2:]
    if any(len(line) != bits // 4 for line in lines):
        raise Difference(f"{path}: words of other than {bits} bits")
    words = np.array([int(line, 16) for line in lines], np.int64)
    return words


class Vectors:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.json = json.loads((self.folder / "vectors.json").read_text())
        self.listed = {"vectors.json"}
        self.safetensors = {}
        if self.json["safetensors"]:
            self.listed.add(self.json["safetensors"])
            self.safetensors = read_safetensors(self.folder / self.json["safetensors"])
        self.values = {}  # of each step that can be computed, int64 [N, H, W, C]

    def tensor(self, entry, what):
        """What all files of a tensor hold."""
        dtype, shape, bits = TYPES[entry["type"]], tuple(entry["shape"]), entry["word_bits"]
        arrays = {}
        for kind, file in entry["files"].items():
            path = self.folder / file["path"]
            self.listed.add(file["path"])
            if path.stat().st_size != file["bytes"]:
                raise Difference(f"{path}: {path.stat().st_size} bytes, described as {file['bytes']}")
            if kind == "npy":
                arrays[kind] = np.load(path)
            else:
                words = read_words(path, kind, bits)
                arrays[kind] = words.astype({8: np.uint8, 32: np.uint32}[bits]).view(dtype).reshape(shape)
        if "safetensors" in entry:
            arrays["safetensors"] = self.safetensors[entry["safetensors"]]
        if not arrays:
            raise Difference(f"{what}: in no file")
        first = next(iter(arrays.values()))
        for kind, array in arrays.items():
            if array.dtype != dtype or array.shape != shape:
                raise Difference(f"{what} ({kind}): {array.dtype} {array.shape}, described as {dtype} {shape}")
            need_equal(f"{what} ({kind})", array, first)
        return first.astype(np.int64)


def round_half_even(numerator, denominator):
    quotient, rest = np.divmod(numerator, denominator)
    return quotient + ((2 * rest > denominator) | ((2 * rest == denominator) & (quotient % 2 == 1)))


def requantize(values, shift, code_format):
    shifted = round_half_even(values, 2**shift) if shift > 0 else values * 2**-shift
    return np.clip(shifted, code_format["min_code"], code_format["max_code"])


def windows(values, step):
    """[N, H, W, C, kh, kw] of the padded values."""
    k, s, p = step["kernel"], step["stride"], step["padding"]
    padded = np.pad(values, ((0, 0), (p, p), (p, p), (0, 0)))
    return sliding_window_view(padded, (k, k), (1, 2))[:, ::s, ::s]


def convolve(codes, weight, bias, step):
    seen = windows(codes, step)
    n, h, w, c, k, _ = seen.shape
    out, groups = step["out_channels"], step["groups"]
    if groups == 1:
        rows = seen.transpose(0, 1, 2, 4, 5, 3).reshape(n * h * w, -1)
        # float64 holds these sums exactly, and multiplies matrices faster.
        sums = (rows.astype(np.float64) @ weight.reshape(out, -1).T.astype(np.float64)).astype(np.int64)
    else:  # output channel o reads input channel o // (out / groups)
        kernels = weight.reshape(out, k, k)
        sums = np.stack([(seen[..., o * groups // out, :, :] * kernels[o]).sum((-1, -2)) for o in range(out)], -1)
    return sums.reshape(n, h, w, out) + bias


def clamp(values):
    return np.clip(values, -LARGEST, LARGEST)


def compute(step, inputs, tensors):
    """The step's result from those of its inputs; None where something is not written down."""
    kind = step["kind"]
    if kind in ("conv", "linear"):
        return convolve(tensors["input"], tensors["weight"], tensors["bias"], step) if tensors else None
    if any(value is None for value in inputs):
        return None
    if kind == "relu":
        return np.maximum(inputs[0], 0)
    if kind == "add":
        first, second = (value * 2**shift for value, shift in zip(inputs, step["operand_shifts"]))
        return clamp(first + second)
    if kind == "max_pool":
        return windows(inputs[0], step).max((-1, -2))
    total = inputs[0].sum((1, 2), keepdims=True)
    if kind == "sum_pool":
        return clamp(total)
    if kind == "average_pool":
        pixels, shift, code_format = step["kernel"] ** 2, step["input_shift"], step["format"]
        rounded = round_half_even(total * 2 ** max(-shift, 0), pixels * 2 ** max(shift, 0))
        return np.clip(rounded, code_format["min_code"], code_format["max_code"])
    raise Difference(f"{step['name']}: unknown kind {kind}")


def check_step(vectors, step):
    name = step["name"]
    tensors = {what: vectors.tensor(entry, f"{name}/{what}") for what, entry in step["tensors"].items()}
    inputs = [vectors.values.get(each) for each in step["inputs"]]
    if step["kind"] == "input":
        if tensors:
            if normalization := vectors.json["network"]["normalization"]:
                mean, std = (np.array(normalization[key], np.float32) for key in ("mean", "std"))
                real = (tensors["pixels"].astype(np.float32) / np.float32(255) - mean) / std
                codes = np.rint(real * np.float32(2 ** step["fractional_length"])).astype(np.int64)
                need_equal(f"{name}/codes", tensors["codes"], codes.clip(step["format"]["min_code"], step["format"]["max_code"]))
            vectors.values[name] = tensors["codes"]
        return
    if "input" in tensors and inputs[0] is not None:
        codes = requantize(inputs[0], step["input_shift"], step["input_format"])
        need_equal(f"{name}/input", tensors["input"], codes)
    result = compute(step, inputs, tensors)
    if "accumulator" in tensors:
        if result is not None:
            need_equal(f"{name}/accumulator", tensors["accumulator"], result)
        result = tensors["accumulator"]
    for output in step["outputs"]:
        value = np.maximum(result, 0) if output["relu"] else result
        codes = requantize(value, output["shift"], output["format"])
        what = f"{name}/output to {', '.join(output['read_by'])}"
        need_equal(what, vectors.tensor(output["tensor"], what), codes)
    vectors.values[name] = result


def check(folder):
    vectors = Vectors(folder)
    if vectors.json["format"] != "f8net-golden-vectors" or vectors.json["version"] != 1:
        raise Difference("not golden vectors of version 1")
    computed = 0
    for step in vectors.json["steps"]:
        check_step(vectors, step)
        computed += vectors.values.get(step["name"]) is not None
    logits = vectors.tensor(vectors.json["logits"], "logits")
    last = vectors.values.get(vectors.json["steps"][-1]["name"])
    if last is not None:
        need_equal("logits", logits, last.reshape(logits.shape))
    there = {str(p.relative_to(vectors.folder)) for p in vectors.folder.rglob("*") if p.is_file() and p.name != ".f8net-files"}
    if there != vectors.listed:
        raise Difference(f"files that are not described, or not there: {sorted(there ^ vectors.listed)[:5]}")
    return computed


def main():
    for folder in sys.argv[1:]:
        try:
            print(f"{folder}: {check(folder)} steps are equal")
        except Difference as difference:
            sys.exit(f"{folder}: {difference}")


if __name__ == "__main__":
    main()
