#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the files of this folder: names and shapes of public networks, and logits of narrow ones.

Made with torch 2.15.0, torchvision 0.29.2, timm 1.0.31, pytorchcv 0.0.74. HAWQ and NVIDIA DeepLearningExamples are no
packages: their names are put together from their public model definitions (utils/models/q_resnet.py and
q_mobilenetv2.py; image_classification/models/resnet.py), over pytorchcv's and torchvision's networks as there.

ORIGIN_NETWORK.names      a line per module: its name, then LEAF:SHAPE for each tensor (f32 but num_batches_tracked, i64)
narrow_ORIGIN_NETWORK.*   the same of a network of width 0.125 with 10 classes, and .safetensors: images (uint8),
                          logits of the library's own forward (ReLU in place of ReLU6) on (image / 255 - mean) / std, with
                          weights by formula:
                          values() below, repeated in tests/core/pretrained/names_file.cpp
"""
import math
import zlib

import numpy as np
import timm
import torch
import torchvision
from pytorchcv.model_provider import get_model
from pytorchcv.models.mobilenet import MobileNet
from pytorchcv.models.mobilenetv2 import MobileNetV2
from pytorchcv.models.resnet import ResNet as CvResNet
from safetensors.numpy import save_file
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet


def shapes_of(model):
    return {name: tuple(t.shape) for name, t in model.state_dict().items()}


def write_names(path, shapes):
    modules = {}
    for name, shape in shapes.items():
        module, leaf = name.rsplit(".", 1)
        modules.setdefault(module, []).append(leaf + ":" + ",".join(map(str, shape)))
    with open(path + ".names", "w", encoding="ascii") as file:
        for module, leaves in modules.items():
            file.write(module + " " + " ".join(leaves) + "\n")


def nvidia(shapes):
    """layer1.0.conv1 is layers.0.0.conv1."""
    return {
        ("layers." + str(int(n[5]) - 1) + n[6:] if n.startswith("layer") else n): s for n, s in shapes.items()
    }


def with_ranges(shapes, convolutions, activations):
    """What HAWQ's modules keep beside the float weights."""
    for name in convolutions:
        weight = shapes[name + ".conv.weight"]
        shapes[name + ".convbn_scaling_factor"] = (weight[0],)
        shapes[name + ".weight_integer"] = weight
        shapes[name + ".bias_integer"] = (weight[0],)
    for name in activations:
        for leaf in ("x_min", "x_max", "act_scaling_factor", "pre_weight_scaling_factor",
                     "identity_weight_scaling_factor"):
            shapes[name + "." + leaf] = (1,)
    return shapes


def hawq_resnet(shapes, stem):
    result, convolutions, activations = {}, [], ["quant_input", "quant_act_int32", "quant_act_output"]
    for name, shape in shapes.items():
        name = name.replace("features.init_block.conv", stem).replace("features.", "")
        name = name.replace("body.conv", "quant_convbn").replace("identity_conv", "quant_identity_convbn")
        result[name.replace("output.", "quant_output.")] = shape
        module = name.rsplit(".", 2)[0]
        if name.endswith(".conv.weight"):
            convolutions.append(module)
            activations.append(module.replace("convbn", "act"))
    result["quant_output.fc_scaling_factor"] = (1000,)
    result["quant_output.weight_integer"] = shapes["output.weight"]
    result["quant_output.bias_integer"] = (1000,)
    return with_ranges(result, convolutions, activations)


def hawq_mobilenet(shapes):
    result, convolutions = {}, []
    for name, shape in shapes.items():
        name = name.replace("features.init_block", "init_block")
        result[name] = shape
        if name.endswith(".conv.weight"):
            convolutions.append(name[: -len(".conv.weight")])
    result["output.conv.weight"] = result["output.weight_integer"] = shapes["output.weight"]
    result["output.conv_scaling_factor"] = (1000,)
    return with_ranges(result, convolutions, ["quant_input", "quant_act_int32", "features.stage1.unit1.quant_act"])


def values(name, shape):
    """Numbers that look random, from the tensor's name and the element's index alone."""
    count = int(np.prod(shape)) if shape else 1
    x = (zlib.crc32(name.encode()) + np.arange(count, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    for _ in range(2):
        x ^= x >> np.uint64(16)
        x = (x * np.uint64(0x45D9F3B)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    u = x.astype(np.float64) / 4294967296.0
    if len(shape) >= 2:
        return ((2 * u - 1) * math.sqrt(6.0 / float(np.prod(shape[1:])))).astype(np.float32).reshape(shape)
    if name.endswith("running_mean") or name.endswith("bias"):
        return ((2 * u - 1) * 0.2).astype(np.float32).reshape(shape)
    return (0.75 + 0.5 * u).astype(np.float32).reshape(shape)  # gamma


def variance(name, shape):
    return values(name, shape) + np.float32(0.25)


def fill(model):
    state = {}
    for name, tensor in model.state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(0)
        else:
            make = variance if name.endswith("running_var") else values
            state[name] = torch.from_numpy(make(name, shape))
    model.load_state_dict(state)


class NarrowResNet(ResNet):
    def __init__(self, block, layers):
        super().__init__(block, layers)
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.fc = nn.Linear(64 * block.expansion, 10)

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        if planes == 64:
            self.inplanes = 8
        return super()._make_layer(block, planes // 8, blocks, stride, dilate)


def narrow_torchvision_mobilenet_v2():
    rows = [[1, 8, 1, 1], [6, 8, 2, 2], [6, 8, 3, 2], [6, 8, 4, 2], [6, 16, 3, 1], [6, 24, 3, 2], [6, 40, 1, 1]]
    model = torchvision.models.MobileNetV2(
        width_mult=0.125, inverted_residual_setting=[[t, c * 8, n, s] for t, c, n, s in rows], num_classes=10)
    model.features[18] = torchvision.ops.Conv2dNormActivation(
        40, 160, kernel_size=1, norm_layer=nn.BatchNorm2d, activation_layer=nn.ReLU6)
    model.classifier[1] = nn.Linear(160, 10)
    return model


def narrow_models():
    yield "torchvision_resnet18", NarrowResNet(BasicBlock, [2, 2, 2, 2])
    yield "torchvision_resnet50", NarrowResNet(Bottleneck, [3, 4, 6, 3])
    yield "torchvision_mobilenet_v2", narrow_torchvision_mobilenet_v2()
    yield "pytorchcv_resnet50", CvResNet(
        [[32] * 3, [64] * 4, [128] * 6, [256] * 3], 8, bottleneck=True, conv1_stride=False, num_classes=10)
    yield "pytorchcv_mobilenet_v1", MobileNet(
        [[8], [8], [16] * 2, [32] * 2, [64] * 6, [128] * 2],
        False, num_classes=10)
    yield "pytorchcv_mobilenet_v2", MobileNetV2(
        [[8], [8] * 2, [8] * 3, [8] * 4 + [16] * 3, [24] * 3 + [40]], 8, 160, remove_exp_conv=True, num_classes=10)
    yield "timm_mobilenet_v1", timm.models.efficientnet._gen_mobilenet_v1(
        "mobilenetv1_100", 0.125, num_classes=10)


def write_narrow(name, model):
    model.eval()
    fill(model)
    if hasattr(model, "output"):
        model.features.final_pool = nn.AdaptiveAvgPool2d(1)  # pytorchcv's is for 224 pixels
    for module in list(model.modules()):  # our networks have no upper clip in float-unclipped
        for child_name, child in list(module.named_children()):
            if isinstance(child, nn.ReLU6):
                setattr(module, child_name, nn.ReLU())
    pixels = np.random.default_rng(7).integers(0, 256, (4, 3, 64, 64), dtype=np.uint8)
    mean = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
    std = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)
    with torch.no_grad():
        logits = model(torch.from_numpy((pixels.astype(np.float32) / 255 - mean) / std)).numpy()
    print(name, sum(t.numel() for t in model.state_dict().values()), "logits", np.abs(logits).max(),
          "spread over the images", logits.std(axis=0).mean())
    write_names("narrow_" + name, shapes_of(model))
    save_file({"images": pixels, "logits": logits.reshape(4, 10)}, "narrow_" + name + ".safetensors")


def main():
    for depth in (18, 34, 50, 101, 152):
        write_names(f"torchvision_resnet{depth}", shapes_of(getattr(torchvision.models, f"resnet{depth}")()))
    write_names("nvidia_resnet50", nvidia(shapes_of(torchvision.models.resnet50())))
    write_names("torchvision_mobilenet_v2", shapes_of(torchvision.models.mobilenet_v2()))
    for ours, theirs in (("resnet34", "resnet34"), ("mobilenet_v1", "mobilenetv1_100"), ("mobilenet_v2", "mobilenetv2_100")):
        write_names("timm_" + ours, shapes_of(timm.create_model(theirs)))
    for ours, theirs in (("resnet18", "resnet18"), ("resnet50", "resnet50b"), ("mobilenet_v1", "mobilenet_w1"),
                         ("mobilenet_v2", "mobilenetv2b_w1"), ("mobilenet_v2_expanded", "mobilenetv2_w1")):
        write_names("pytorchcv_" + ours, shapes_of(get_model(theirs)))
    write_names("hawq_resnet18", hawq_resnet(shapes_of(get_model("resnet18")), "quant_init_block_convbn"))
    write_names("hawq_resnet50", hawq_resnet(shapes_of(get_model("resnet50b")), "quant_init_convbn"))
    write_names("hawq_mobilenet_v2", hawq_mobilenet(shapes_of(get_model("mobilenetv2b_w1"))))
    for name, model in narrow_models():
        write_narrow(name, model)


if __name__ == "__main__":
    main()
