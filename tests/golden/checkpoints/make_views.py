#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the files of this folder that torch.save makes: needs torch and safetensors (made with torch 2.15.0).

views.pth, views_legacy.pth   one dictionary in the form since PyTorch 1.6 and in the one before
views_no_checksums.pth        the same with torch.serialization.set_crc32_options(False)
views_expected.safetensors    its tensors, whole and in row-major order
program.pt                    a TorchScript program, which is no checkpoint
whole_module.pth              a pickled module, which is no checkpoint
"""
import collections

import torch
from safetensors.torch import save_file


def state():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    tied = torch.tensor([1.5, -2.5, 3.5])
    return collections.OrderedDict(
        [
            ("whole", base.clone()),
            ("transposed", base.t()),
            ("columns", base[:, 1:6:2]),
            ("row", base[2]),
            ("broadcast", torch.tensor([1.0, 2.0]).expand(2, 2)),
            ("channels_last", torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)),
            ("tied.a", tied),
            ("tied.b", tied),
            ("half", torch.tensor([1.0, -2.0, 65504.0, 2.0**-24], dtype=torch.float16)),
            ("bfloat16", torch.tensor([1.0, -2.0, 3.0e38, 2.0**-130], dtype=torch.bfloat16)),
            ("double", torch.tensor([0.1], dtype=torch.float64)),
            ("count", torch.tensor(7)),
            ("int32", torch.tensor([[1, -2], [3, -4]], dtype=torch.int32)),
            ("int8", torch.tensor([-127, 127], dtype=torch.int8)),
            ("uint8", torch.tensor([0, 255], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False])),
            ("empty", torch.zeros(0, 4)),
            ("parameter", torch.nn.Parameter(torch.tensor([4.0, 5.0]))),
        ]
    )


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 1, 1)

    def forward(self, x):
        return self.conv(x)


def main():
    tensors = state()
    checkpoint = {"state_dict": tensors, "epoch": 3, "best": 0.75, "sizes": [1, 2, 3], "names": ["a", None]}
    torch.save(checkpoint, "views.pth")
    torch.save(checkpoint, "views_legacy.pth", _use_new_zipfile_serialization=False)
    torch.serialization.set_crc32_options(False)
    torch.save(checkpoint, "views_no_checksums.pth")
    torch.serialization.set_crc32_options(True)
    save_file({name: t.detach().clone().contiguous() for name, t in tensors.items()}, "views_expected.safetensors")
    torch.jit.save(torch.jit.script(Small()), "program.pt")
    torch.save(Small(), "whole_module.pth")


if __name__ == "__main__":
    main()
