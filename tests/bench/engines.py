#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our integer engine, ONNX Runtime and OpenVINO on the same four networks, alternating: minima over bursts.

  engines.py PROGRAM [--threads 1] [--bursts 5] [--rounds 20] [--peers ort openvino] [NETWORK...]

PROGRAM is build/release/bin/bench/engines. Each measurement is a process of its own, since the waiting threads of one
engine disturb another's. Needs numpy, onnx, onnxruntime and, where it is named, openvino. Prints a table and, last, one
line of JSON. Only ratios of one run mean anything: other work on the machine changes all of them.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time


def ort(path, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})


def openvino(path, threads):
    import openvino
    core = openvino.Core()
    model = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                                                              "PERFORMANCE_HINT": "LATENCY"})
    request = model.create_infer_request()

    def run(x):
        request.set_input_tensor(openvino.Tensor(x))
        request.infer(share_inputs=True)
    return run


PEERS = {"ort": (ort, "qlinear"), "openvino": (openvino, "qdq")}


def time_peer(peer, path, threads, rounds):
    import numpy
    x = numpy.random.default_rng(0).integers(0, 256, (1, 3, 224, 224)).astype(numpy.uint8)
    begin = time.perf_counter()
    run = PEERS[peer][0](path, threads)
    load = time.perf_counter() - begin
    best = 1e9
    for i in range(rounds + 3):
        begin = time.perf_counter()
        run(x)
        if i >= 3:
            best = min(best, time.perf_counter() - begin)
    print(json.dumps({"ms": best * 1e3, "load_ms": load * 1e3}))


def run_json(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("networks", nargs="*", default=["resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--paths", nargs="+", default=["avx512vnni"])
    parser.add_argument("--peers", nargs="+", default=["ort", "openvino"], choices=list(PEERS))
    parser.add_argument("--time-peer", nargs=2, metavar=("PEER", "MODEL"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.time_peer:
        time_peer(*args.time_peer, args.threads, args.rounds)
        return
    import onnx
    import peer_models
    counts = ["--threads", str(args.threads), "--rounds", str(args.rounds)]
    best = collections.defaultdict(dict)  # network -> engine -> measurement
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        commands = {}
        for network in args.networks:
            engines = {path: [args.program, network, "--json", "--path", path] + counts for path in args.paths}
            for peer in args.peers:
                model = os.path.join(folder, f"{network}.{PEERS[peer][1]}.onnx")
                onnx.save(peer_models.build(network, PEERS[peer][1]), model)
                engines[peer] = [sys.executable, __file__, args.program, "--time-peer", peer, model] + counts
            commands[network] = engines
        for _ in range(args.bursts):
            for network, engines in commands.items():
                for engine, command in engines.items():
                    measured = run_json(command)
                    peaks.append(measured.get("peak_gmacs", 0))
                    old = best[network].get(engine)
                    best[network][engine] = measured if old is None else {
                        key: min(value, old[key]) if key.endswith("ms") else max(value, old[key])
                        for key, value in measured.items()}
    ours = args.paths[0]
    print(f"{'network':14}" + "".join(f"{engine:>14}" for engine in best[args.networks[0]]) +
          f"   {ours} is faster by")
    for network, engines in best.items():
        ratios = ", ".join(f"{engines[peer]['ms'] / engines[ours]['ms']:.2f} x {peer}" for peer in args.peers)
        share = engines[ours]["gmacs"] / max(peaks) / args.threads if max(peaks) else 0
        print(f"{network:14}" + "".join(f"{each['ms']:11.3f} ms" for each in engines.values()) +
              f"   {ratios}; {100 * share:.0f} % of the peak")
    print(json.dumps({"threads": args.threads, "peak_gmacs": max(peaks), "networks": best}))


if __name__ == "__main__":
    main()
