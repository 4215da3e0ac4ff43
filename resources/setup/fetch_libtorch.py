#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches LibTorch out of the wheels of the package index into OUTDIR (torch/ and nvidia/ side by side).

Examples:
  fetch_libtorch.py ~/.cache/f8net/libtorch-2.11.0           what a CPU needs: 147 MB fetched, 497 MB on disk
  fetch_libtorch.py ~/.cache/f8net/libtorch-2.11.0 --cuda    the GPU libraries too: 2 GB more, 4 GB on disk
  fetch_libtorch.py OUTDIR --cuda --nvcc                     and the compiler of GPU kernels: 110 MB more
  fetch_libtorch.py OUTDIR --cuda --dry-run                  only say what would be fetched

Which files of which wheels: libtorch_pins.json beside this script, with the sha256 of each wheel's RECORD; RECORD has the
sha256 of each file. The files are written to OUTDIR.part and renamed at the end, with a stamp that makes the next run skip.
Exit codes: 0 done, 2 usage, 65 wrong hash or damaged file, 69 no network or no pip, 74 disk full or not writable."""
import argparse
import errno
import fcntl
import json
import os
import platform
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wheel import FetchError, with_wheel  # noqa: E402

PINS_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libtorch_pins.json")
STAMP = "f8net-fetched.json"


def load_pins(path, version):
    with open(path, encoding="utf-8") as file:
        versions = json.load(file)
    if version not in versions:
        raise FetchError(f"{path} has no version {version}, only {', '.join(versions)}; --print-pins helps to add one", 2)
    return versions[version]


def wanted_wheels(pins, parts):
    """One entry a wheel: the files of all wanted parts together, so that a wheel is opened once."""
    wheels = {}
    for part in parts:
        for entry in pins["parts"][part]:
            wheel = wheels.setdefault(entry["wheel"], {"record_sha256": entry["record_sha256"], "files": []})
            wheel["files"] += entry["files"]
    return wheels


def fingerprint(wheels):
    return [[name, wheel["record_sha256"], wheel["files"]] for name, wheel in sorted(wheels.items())]


def is_complete(outdir, wheels):
    """True if OUTDIR has the stamp of a finished fetch of (at least) these wheels and files."""
    try:
        with open(os.path.join(outdir, STAMP), encoding="utf-8") as file:
            have = {name: (record, files) for name, record, files in json.load(file)["wheels"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all(name in have and have[name][0] == wheel["record_sha256"] and set(wheel["files"]) <= set(have[name][1])
               for name, wheel in wheels.items())


def megabytes(count):
    return f"{count / 1e6:.1f} MB"


def need_space(folder, count):
    free = shutil.disk_usage(folder).free
    if free < count:
        raise FetchError(f"{folder}: {free} bytes ({megabytes(free)}) are free, {count} ({megabytes(count)}) are needed", 74)


def fetch_into(folder, wheels, python_version, dry_run):
    for name, entry in wheels.items():
        start = time.monotonic()

        def take(wheel, entry=entry, name=name):
            members = wheel.members(entry["files"])
            if not members:
                raise FetchError(f"{name}: nothing in the wheel matches {entry['files']}", 65)
            size = sum(info.file_size for info in members)
            if not dry_run:
                need_space(folder, size)
                for info in members:
                    wheel.extract(info, folder)
            return len(members), size

        (count, size), fetched, total = with_wheel(name, entry["record_sha256"], python_version,
                                                   os.path.join(folder, ".whole"), take)
        print(f"{name}: {count} files, {megabytes(size)} {'wanted' if dry_run else 'on disk'}, {megabytes(fetched)} of "
              f"{megabytes(total)} fetched, {time.monotonic() - start:.1f} s", flush=True)
    shutil.rmtree(os.path.join(folder, ".whole"), ignore_errors=True)


def replace_folder(new, old):
    """Puts `new` where `old` is. An interruption in between leaves no OUTDIR, and the next run fetches again."""
    aside = old + ".old"
    shutil.rmtree(aside, ignore_errors=True)
    if os.path.exists(old):
        os.rename(old, aside)
    os.rename(new, old)
    shutil.rmtree(aside, ignore_errors=True)


def fetch(outdir, version, parts, pins_file=PINS_FILE):
    """Makes OUTDIR hold the parts ("cpu", "cuda", "nvcc"). Returns False if it already did."""
    pins = load_pins(pins_file, version)
    wheels = wanted_wheels(pins, parts)
    outdir = os.path.abspath(outdir)
    part = outdir + ".part"
    os.makedirs(os.path.dirname(outdir), exist_ok=True)
    with open(outdir + ".lock", "w", encoding="utf-8") as lock:  # two set-ups at once: the second waits and skips
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_complete(outdir, wheels):
            return False
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        fetch_into(part, wheels, pins["python"], dry_run=False)
        with open(os.path.join(part, STAMP), "w", encoding="utf-8") as file:
            json.dump({"version": version, "parts": parts, "wheels": fingerprint(wheels)}, file, indent=1)
        os.sync()
        replace_folder(part, outdir)
    return True


def print_pins(version, parts, pins_file):
    """For a new version: copy its entry in the pins file, change the wheels' versions, and put in what this prints."""
    pins = load_pins(pins_file, version)
    for name in wanted_wheels(pins, parts):
        print(json.dumps({"wheel": name, "record_sha256": with_wheel(
            name, None, pins["python"], os.path.join(os.getcwd(), ".whole"), lambda wheel: wheel.record_sha256)[0]}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", metavar="OUTDIR")
    parser.add_argument("--version", default="2.11.0", help="LibTorch version (default %(default)s)")
    parser.add_argument("--cuda", action="store_true", help="also the libraries that a GPU needs, 2 GB")
    parser.add_argument("--nvcc", action="store_true", help="also nvcc, where no CUDA toolkit is installed")
    parser.add_argument("--dry-run", action="store_true", help="only read the wheels' directories and print what would be taken")
    parser.add_argument("--print-pins", action="store_true", help="print the sha256 of each wheel's RECORD (to add a version)")
    parser.add_argument("--pins", default=PINS_FILE, help=argparse.SUPPRESS)
    args = parser.parse_args()
    parts = ["cpu"] + ["cuda"] * args.cuda + ["nvcc"] * args.nvcc
    try:
        if platform.machine() not in ("x86_64", "AMD64"):
            raise FetchError(f"LibTorch is pinned for x86_64 only, this is {platform.machine()}; "
                             "build without it: cmake --preset core-only", 69)
        if args.print_pins:
            print_pins(args.version, parts, args.pins)
        elif args.dry_run:
            pins = load_pins(args.pins, args.version)
            fetch_into(os.path.abspath(args.outdir), wanted_wheels(pins, parts), pins["python"], dry_run=True)
        elif fetch(args.outdir, args.version, parts, args.pins):
            print(f"LibTorch {args.version} is in {args.outdir}")
        else:
            print(f"LibTorch {args.version} is already in {args.outdir}")
    except FetchError as error:
        print(f"fetch_libtorch: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        place = error.filename or args.outdir
        free = ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = f" ({shutil.disk_usage(os.path.dirname(os.path.abspath(args.outdir))).free} bytes free)"
        print(f"fetch_libtorch: {place}: {error.strerror or error}{free}", file=sys.stderr)
        return 74
    except KeyboardInterrupt:
        print("fetch_libtorch: interrupted; the next run starts over", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
