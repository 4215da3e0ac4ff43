# SPDX-License-Identifier: Apache-2.0
"""Checks exported models against what the scalar executor computed.

Usage: check_onnx.py NAME.FLAVOUR.onnx...   beside them lies NAME.safetensors with `pixels` (uint8 N C H W), `logits` (int32),
`code/LAYER` (uint8, as on the models' edges), `acc/NODE` (int32) and `fractional_length/NODE`. Every model passes onnx.checker, says
type and shape of its edges as shape inference finds them, gives the logits with all of ONNX Runtime's optimizations and with none, for
the whole batch and for one image, and the codes and accumulators (`acc/NODE`, or `real/NODE` as floats) on every edge of that name. The
integer flavour has no float tensor. Prints the first difference and exits 1.
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


def static_shape(value):
    return [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim]


def check_form(path, model):
    onnx.checker.check_model(model, full_check=True)
    assert [o.domain for o in model.opset_import] == [""] and model.producer_name == "F8Net Workbench" and model.producer_version
    keys = {entry.key for entry in model.metadata_props}
    assert "f8net.architecture" in keys and "f8net.flavour" in keys and any(key.startswith("f8net.layer.") for key in keys), keys
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    said = {value.name: value for value in model.graph.value_info}
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(bare, strict_mode=True, data_prop=True)
    found = {value.name: value for value in (*inferred.graph.value_info, *inferred.graph.output)}
    edges = [edge for node in model.graph.node for edge in node.output]
    for edge in edges:
        shape = static_shape(found[edge])
        batch = edge.startswith(("weight/", "bias/")) or shape[0] == "N"
        assert batch and all(isinstance(size, int) for size in shape[1:]), f"{path}: {edge} has shape {shape}"
    for name, value in said.items():
        assert value.type.tensor_type.elem_type == found[name].type.tensor_type.elem_type, name
        assert static_shape(value) == static_shape(found[name]), f"{path}: {name}: {static_shape(value)}, {static_shape(found[name])}"
    assert all(edge in said for edge in edges if edge.startswith(("code/", "acc/", "real/")) and edge.count("/") == 1)
    if path.endswith(".integer.onnx"):
        floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)
        types = {t.name: t.data_type for t in model.graph.initializer}
        types.update((n, v.type.tensor_type.elem_type) for n, v in found.items())
        assert not [name for name, kind in types.items() if kind in floats], path
    return edges


def integers(value, fractional_length):
    """Integers that real numbers stand for; what is not exactly one stays, and differs."""
    if value.dtype == np.float32:
        scaled = value.astype(np.float64) * 2.0**fractional_length
        whole = scaled.astype(np.int32)
        return whole if np.array_equal(whole, scaled) else scaled
    return value


def check(path):
    model = onnx.load(path)
    edges = check_form(path, model)
    expected = read_safetensors(path.rsplit(".", 2)[0] + ".safetensors")
    pixels, logits = expected["pixels"], expected["logits"]
    length = {name.split("/", 1)[1]: int(value[0]) for name, value in expected.items() if name.startswith("fractional_length/")}
    props = {entry.key: entry.value for entry in model.metadata_props}
    for optimize in (True, False):
        session = session_of(model, optimize)
        name = f"{path}: logits, optimizations {'on' if optimize else 'off'}"
        scale = int(props["f8net.logits_fractional_length"])
        compare(name, integers(session.run(["logits"], {"pixels": pixels})[0], scale), logits)
        compare(name + ", one image", integers(session.run(["logits"], {"pixels": pixels[:1]})[0], scale), logits[:1])
    codes = [edge for edge in edges if edge in expected and edge.startswith("code/")]
    sums = [edge for edge in edges if edge.startswith(("acc/", "real/")) and edge.replace("real/", "acc/") in expected]
    missing = {name for name in expected if name.startswith("code/")} - set(codes)
    if len(missing) != 1:  # the first layer's are the pixels
        sys.exit(f"{path}: no edges {missing}")
    # Codes alone first: more edges to see leave ONNX Runtime less to fuse.
    for exposed in (codes, codes + sums):
        more = onnx.ModelProto()
        more.CopyFrom(model)
        for edge in exposed:
            more.graph.output.append(onnx.helper.make_empty_tensor_value_info(edge))
        for optimize in (True, False):
            for edge, value in zip(exposed, session_of(more, optimize).run(exposed, {"pixels": pixels})):
                name = edge.split("/", 1)[1]
                compare(f"{path}: {edge}", integers(value, length.get(name, 0)), expected[edge.replace("real/", "acc/")])
    operators = {}
    for node in model.graph.node:
        operators[node.op_type] = operators.get(node.op_type, 0) + 1
    print(path.rsplit("/", 1)[-1], len(codes), "codes", len(sums), "sums", operators)


for each in sys.argv[1:]:
    check(each)
