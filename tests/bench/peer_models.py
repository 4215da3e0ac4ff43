# SPDX-License-Identifier: Apache-2.0
"""The peers' side of engines.py: ONNX models of the four networks in the forms that run fastest elsewhere.

  build(NAME, FORM) -> onnx.ModelProto     NAME as in engines.cpp; FORM qlinear (ONNX Runtime) or qdq (OpenVINO)

Everything is 8 bit here, residual sums too, which costs less than F8Net's exact int32 streams. The input is the pixel
byte with scale 2^-8. Zero points are 0 except for signed values: ONNX Runtime has no kernel from u8 to s8, so those are
u8 with zero point 128 (the same codes + 128). Weights are N(0, 30) codes; formats are chosen so that output codes have
a standard deviation of about 50.
"""
import math

import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh


class Net:
    def __init__(self, name, size=224, seed=1):
        self.name, self.nodes, self.values, self.rng = name, [], {}, np.random.default_rng(seed)
        self.values["x"] = (3, size, size, False, 8)          # pixel bytes, FL 8
        self.macs = 0

    def conv(self, src, out, k, stride=1, groups=1, signed=False, frac=None):
        c, h, w, _, f = self.values[src]
        cg = c // groups
        wt = np.clip(np.rint(self.rng.normal(0, 30, (out, cg, k, k))), -127, 127).astype(np.int8)
        fan = cg * k * k
        shift = round(math.log2(30 * 80 * math.sqrt(fan) / 50))
        wf = 7
        fo = f + wf - shift                                     # may leave [0,8]: only the shift matters for the time
        if frac is not None:                                     # branches that are added share one format
            wf = frac + shift - f
            fo = frac
        b = np.rint(self.rng.normal(0, 20 * 2 ** shift / 4, out)).astype(np.int32)
        pad = k // 2
        ho, wo = (h + 2 * pad - k) // stride + 1, (w + 2 * pad - k) // stride + 1
        dst = f"v{len(self.nodes)}"
        self.nodes.append(dict(op="conv", src=src, dst=dst, w=wt, b=b, stride=stride, pad=pad, groups=groups, wf=wf, shift=shift))
        self.values[dst] = (out, ho, wo, signed, fo)
        self.macs += out * ho * wo * fan
        return dst

    def pool(self, src):
        c, h, w, s, f = self.values[src]
        dst = f"v{len(self.nodes)}"
        self.nodes.append(dict(op="pool", src=src, dst=dst))
        self.values[dst] = (c, (h + 1) // 2, (w + 1) // 2, s, f)
        return dst

    def add(self, a, b, signed):
        c, h, w, _, f = self.values[a]
        dst = f"v{len(self.nodes)}"
        self.nodes.append(dict(op="add", a=a, b=b, dst=dst))
        self.values[dst] = (c, h, w, signed, f)
        return dst

    def head(self, src, classes=1000):
        c, h, w, s, f = self.values[src]
        g = f"v{len(self.nodes)}"
        self.nodes.append(dict(op="gap", src=src, dst=g))
        self.values[g] = (c, 1, 1, s, f)
        wt = np.clip(np.rint(self.rng.normal(0, 30, (classes, c))), -127, 127).astype(np.int8)
        b = np.rint(self.rng.normal(0, 1000, classes)).astype(np.int32)
        self.nodes.append(dict(op="fc", src=g, dst="y", w=wt, b=b, wf=7))
        self.values["y"] = (classes, 1, 1, True, f)
        self.macs += classes * c
        return self


def resnet(name, blocks, bottleneck):
    n = Net(name)
    x = n.pool(n.conv("x", 64, 7, 2))
    for i, count in enumerate(blocks):
        mid = 64 << i
        out = mid * 4 if bottleneck else mid
        for j in range(count):
            s = 2 if i > 0 and j == 0 else 1
            c, _, _, _, f = n.values[x]
            if bottleneck:
                y = n.conv(n.conv(x, mid, 1), mid, 3, s)
                y = n.conv(y, out, 1, signed=True, frac=f)
            else:
                y = n.conv(n.conv(x, mid, 3, s), out, 3, signed=True, frac=f)
            if s != 1 or c != out:
                x = n.conv(x, out, 1, s, signed=True, frac=f)
            x = n.add(y, x, signed=False)
    return n.head(x)


def mobilenet_v1():
    n = Net("mobilenet_v1")
    x = n.conv("x", 32, 3, 2)
    for out, s in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]:
        x = n.conv(n.conv(x, n.values[x][0], 3, s, groups=n.values[x][0]), out, 1)
    return n.head(x)


def mobilenet_v2():
    n = Net("mobilenet_v2")
    x = n.conv("x", 32, 3, 2)
    for t, c, count, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for j in range(count):
            s = stride if j == 0 else 1
            ci, _, _, _, f = n.values[x]
            y = n.conv(x, ci * t, 1) if t > 1 else x
            y = n.conv(y, ci * t, 3, s, groups=ci * t)
            same = s == 1 and ci == c
            y = n.conv(y, c, 1, signed=True, frac=f if same else None)
            x = n.add(y, x, signed=True) if same else y
    return n.head(n.conv(x, 1280, 1))


class Writer:
    def __init__(self, net, form, batch):
        self.net, self.form, self.batch, self.nodes, self.init, self.known = net, form, batch, [], [], {}

    def const(self, array):
        key = (array.dtype.str, array.tobytes()) if array.ndim == 0 else None
        if key in self.known:
            return self.known[key]
        name = f"c{len(self.init)}"
        self.init.append(nh.from_array(array, name))
        if key:
            self.known[key] = name
        return name

    def scale(self, frac):
        return self.const(np.array(2.0 ** -frac, np.float32))

    def kind(self, value):
        return np.uint8, 128 if self.net.values[value][3] else 0

    def q(self, value):
        t, z = self.kind(value)
        return [self.scale(self.net.values[value][4]), self.const(np.array(z, t))]

    def op(self, kind, ins, out, domain="", **attr):
        self.nodes.append(h.make_node(kind, ins, [out], domain=domain, **attr))
        return out

    def deq(self, value):
        return self.op("DequantizeLinear", [value] + self.q(value), f"{value}_f{len(self.nodes)}")

    def quant(self, real, value):
        return self.op("QuantizeLinear", [real] + self.q(value), value)

    def build(self):
        net, ms = self.net, "com.microsoft"
        for n in net.nodes:
            kind, dst, f = n["op"], n["dst"], self.form
            if kind == "conv":
                fx = net.values[n["src"]][4]
                attr = dict(kernel_shape=list(n["w"].shape[2:]), strides=[n["stride"]] * 2, pads=[n["pad"]] * 4, group=n["groups"])
                if f == "qlinear":
                    self.op("QLinearConv", [n["src"]] + self.q(n["src"]) + [self.const(n["w"]), self.scale(n["wf"]), self.const(np.array(0, np.int8))]
                            + self.q(dst) + [self.const(n["b"])], dst, **attr)
                else:
                    w = self.op("DequantizeLinear", [self.const(n["w"]), self.scale(n["wf"]), self.const(np.array(0, np.int8))], f"{dst}_w")
                    b = self.op("DequantizeLinear", [self.const(n["b"]), self.scale(fx + n["wf"]), self.const(np.array(0, np.int32))], f"{dst}_b")
                    self.quant(self.op("Conv", [self.deq(n["src"]), w, b], f"{dst}_r", **attr), dst)
            elif kind == "pool":
                self.op("MaxPool", [n["src"]], dst, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
            elif kind == "add":
                if f == "qlinear":
                    self.op("QLinearAdd", [n["a"]] + self.q(n["a"]) + [n["b"]] + self.q(n["b"]) + self.q(dst), dst, domain=ms)
                else:
                    self.quant(self.op("Add", [self.deq(n["a"]), self.deq(n["b"])], f"{dst}_r"), dst)
            elif kind == "gap":
                if f == "qlinear":
                    self.op("QLinearGlobalAveragePool", [n["src"]] + self.q(n["src"]) + self.q(dst), dst, domain=ms, channels_last=0)
                else:
                    self.quant(self.op("GlobalAveragePool", [self.deq(n["src"])], f"{dst}_r"), dst)
            else:
                fx = net.values[n["src"]][4]
                flat = self.op("Flatten", [n["src"]], dst + "_flat", axis=1)
                if f == "qlinear":
                    self.op("QGemm", [flat] + self.q(n["src"]) + [self.const(np.ascontiguousarray(n["w"].T)), self.scale(n["wf"]), self.const(np.array(0, np.int8)),
                            self.const(n["b"])], dst, domain=ms)
                else:
                    x = self.op("DequantizeLinear", [flat] + self.q(n["src"]), flat + "_f")
                    w = self.op("DequantizeLinear", [self.const(n["w"]), self.scale(n["wf"]), self.const(np.array(0, np.int8))], f"{dst}_w")
                    b = self.op("DequantizeLinear", [self.const(n["b"]), self.scale(fx + n["wf"]), self.const(np.array(0, np.int32))], f"{dst}_b")
                    self.op("Gemm", [x, w, b], dst, transB=1)
        c, height, width, _, _ = net.values["x"]
        x = h.make_tensor_value_info("x", T.UINT8, [self.batch, c, height, width])
        y = h.make_tensor_value_info("y", T.FLOAT, [self.batch, net.values["y"][0]])
        graph = h.make_graph(self.nodes, net.name, [x], [y], self.init)
        opsets = [h.make_opsetid("", 17)] + ([h.make_opsetid(ms, 1)] if self.form == "qlinear" else [])
        return h.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="f8net bench")


NETWORKS = {
    "resnet18": lambda: resnet("resnet18", (2, 2, 2, 2), False),
    "resnet50": lambda: resnet("resnet50", (3, 4, 6, 3), True),
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
}


def build(name, form):
    return Writer(NETWORKS[name](), form, 1).build()
