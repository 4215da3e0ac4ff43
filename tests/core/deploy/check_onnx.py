# SPDX-License-Identifier: Apache-2.0
"""Checks exported models against what the scalar executor computed.

Usage: check_onnx.py MODEL.onnx...   beside each MODEL.onnx lies MODEL.safetensors with `pixels` (uint8 N C H W), `logits` (int32) and
`code/LAYER` (uint8, as on the model's edges). Every model passes onnx.checker, gives the logits with all of ONNX Runtime's optimizations
and with none, for the whole batch and for one image, and the codes on every edge of that name. Prints the first difference and exits 1.
"""
import json
import struct
import sys

import numpy as np
import onnx
import onnxruntime

DTYPES = {"U8": np.uint8, "I8": np.int8, "I32": np.int32}


def read_safetensors(path):
    data = open(path, "rb").read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def session_of(model, optimize):
    options = onnxruntime.SessionOptions()
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimize else levels.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def compare(what, got, expected):
    if got.dtype != expected.dtype or got.size != expected.size:
        sys.exit(f"{what}: got {got.dtype} {got.shape}, expected {expected.dtype} {expected.shape}")
    got = got.reshape(expected.shape)
    if np.array_equal(got, expected):
        return
    where = np.argwhere(got != expected)
    first = tuple(int(i) for i in where[0])
    sys.exit(f"{what}: {len(where)} of {expected.size} differ, first at {first}: got {got[first]}, expected {expected[first]}")


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    assert [o.domain for o in model.opset_import] == [""] and model.producer_name == "F8Net Workbench" and model.producer_version
    keys = {entry.key for entry in model.metadata_props}
    assert "f8net.architecture" in keys and any(key.startswith("f8net.layer.") for key in keys), keys
    expected = read_safetensors(path.replace(".onnx", ".safetensors"))
    pixels, logits = expected["pixels"], expected["logits"]
    for optimize in (True, False):
        session = session_of(model, optimize)
        name = f"{path}: logits, optimizations {'on' if optimize else 'off'}"
        compare(name, session.run(["logits"], {"pixels": pixels})[0], logits)
        compare(name + ", one image", session.run(["logits"], {"pixels": pixels[:1]})[0], logits[:1])
    edges = {edge for node in inferred.graph.node for edge in node.output}
    codes = sorted(edge for edge in expected if edge in edges)
    if not codes:
        sys.exit(f"{path}: no edge is called code/LAYER")
    for edge in codes:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(edge))
    for optimize in (True, False):
        for edge, value in zip(codes, session_of(model, optimize).run(codes, {"pixels": pixels})):
            compare(f"{path}: {edge}", value, expected[edge])
    operators = {}
    for node in model.graph.node:
        operators[node.op_type] = operators.get(node.op_type, 0) + 1
    print(path.rsplit("/", 1)[-1], len(codes), "layers", operators)


for each in sys.argv[1:]:
    check(each)
