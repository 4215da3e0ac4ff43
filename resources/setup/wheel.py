# SPDX-License-Identifier: Apache-2.0
"""Takes single files out of a wheel on the package index, without downloading the whole of it.

pip is asked where a wheel lies (mirrors and settings of pip count; no host is written here); the zip directory and the
wanted members are then read by HTTP range requests. Where a server refuses ranges, pip downloads the whole wheel.
Every file is checked against the wheel's RECORD (sha256), and RECORD itself against the hash that the caller pins.

Errors: FetchError, whose message names the file, the place and the way out; `code` is the exit code that it stands for.
Threads: none. Needs only the standard library and pip (Debian 12: python3, python3-pip)."""
import base64
import hashlib
import io
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib

BLOCK_BYTES = 1 << 22
ATTEMPTS = 4
# The wheels are those of this platform whatever Python runs this script, so that one pinned hash holds for everybody.
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)] + [
    "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]


class FetchError(Exception):
    """code: 65 wrong data, 69 not to be had (network, pip), 74 input or output."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class RangeRefused(Exception):
    """The server answered without the range that was asked for."""


def _target(python_version):
    out = ["--only-binary=:all:", "--implementation", "cp", "--python-version", python_version,
           "--abi", "cp" + python_version.replace(".", "")]
    for platform in PLATFORMS:
        out += ["--platform", platform]
    return out


def _pip(arguments, requirement):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines or ["no message"]
        if "No module named pip" in done.stderr:
            raise FetchError(f"{sys.executable} has no pip: apt-get install python3-pip", 69)
        if any("No space left" in line for line in lines):
            raise FetchError(f"pip ran out of disk space at {requirement}: {errors[-1]}", 74)
        # Of a connection that fails pip only says "no matching distribution" in the end; the reason comes before.
        reason = re.search(r"connection broken by '(.*)': /", done.stderr)
        raise FetchError(f"pip cannot find or reach {requirement} (network? proxy?): {reason[1] if reason else errors[-1]}", 69)
    return done.stdout


def wheel_address(requirement, python_version):
    """The address of the wheel `name==version`, or None where pip does not show one that can be read without it."""
    name, version = requirement.split("==")
    listing = _pip(["index", "versions", "-vv", *_target(python_version), name], requirement)
    for link, found in re.findall(r"Found link (\S+\.whl)\S* .*version: (\S+)$", listing, re.MULTILINE):
        if found == version and "****" not in link:  # pip hides passwords
            return link
    return None


def download_whole(requirement, python_version, folder):
    """The whole wheel, by pip itself; returns its path."""
    os.makedirs(folder, exist_ok=True)
    _pip(["download", "--quiet", "--no-deps", "--no-cache-dir", "--dest", folder, *_target(python_version), requirement],
         requirement)
    wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
    if len(wheels) != 1:
        raise FetchError(f"pip download of {requirement} left {wheels} in {folder}, expected one wheel", 69)
    return os.path.join(folder, wheels[0])


def _tls():
    return ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)


class RangedFile(io.RawIOBase):
    """A file on a server, readable and seekable; blocks of 4 MiB are fetched as they are needed."""

    def __init__(self, url):
        super().__init__()
        self.url, self.at, self.blocks, self.fetched_bytes = url, 0, {}, 0
        self.tls = _tls() if url.startswith("https:") else None
        self.size = self._request(0, 0)[1]

    def _request(self, first, last):
        """The bytes first..last and the size of the whole file."""
        request = urllib.request.Request(self.url, headers={"Range": f"bytes={first}-{last}"})
        for attempt in range(ATTEMPTS):
            try:
                with urllib.request.urlopen(request, timeout=120, context=self.tls) as answer:
                    span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", ""))
                    if answer.status != 206 or not span or int(span[1]) != first or int(span[2]) != last:
                        raise RangeRefused(f"status {answer.status}")
                    data = answer.read()
                    if len(data) != last - first + 1:
                        raise OSError(f"{len(data)} of {last - first + 1} bytes")
                    return data, int(span[3])
            except urllib.error.HTTPError as error:
                if error.code in (400, 403, 405, 416, 501):
                    raise RangeRefused(f"status {error.code}") from error
                problem = error
            except OSError as error:  # URLError, time-outs and broken connections are OSErrors
                problem = error
            if attempt + 1 < ATTEMPTS:
                time.sleep(2**attempt)
        raise FetchError(f"{self.url}: {problem} ({ATTEMPTS} attempts); is the network up?", 69)

    def _block(self, index):
        if index not in self.blocks:
            first, last = index * BLOCK_BYTES, min(self.size, (index + 1) * BLOCK_BYTES) - 1
            self.blocks[index] = self._request(first, last)[0]
            self.fetched_bytes += last - first + 1
            if len(self.blocks) > 8:
                del self.blocks[next(iter(self.blocks))]
        return self.blocks[index]

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def readinto(self, buffer):
        wanted = max(0, min(len(buffer), self.size - self.at))
        done = 0
        while done < wanted:  # zipfile takes a short read for the end of the file
            index, offset = divmod(self.at, BLOCK_BYTES)
            part = self._block(index)[offset:offset + wanted - done]
            buffer[done:done + len(part)] = part
            done += len(part)
            self.at += len(part)
        return done


class Wheel:
    """An open wheel whose RECORD has the pinned hash (or any, where `record_sha256` is None: to learn it)."""

    def __init__(self, file, requirement, record_sha256):
        self.requirement = requirement
        try:
            self.zip = zipfile.ZipFile(file)
            record = next(name for name in self.zip.namelist() if name.endswith(".dist-info/RECORD"))
            text = self.zip.read(record)
        except (zipfile.BadZipFile, StopIteration) as error:
            raise FetchError(f"{requirement}: not a wheel: {error}", 65) from error
        self.record_sha256 = hashlib.sha256(text).hexdigest()
        if record_sha256 not in (None, self.record_sha256):
            raise FetchError(f"{requirement}: {record} has sha256 {self.record_sha256}, pinned is {record_sha256}; "
                             "nothing of this wheel was used", 65)
        rows = [line.rsplit(",", 2) for line in text.decode().splitlines() if line]
        self.hashes = {row[0].strip('"'): row[1] for row in rows if len(row) == 3}

    def members(self, patterns):
        """The members whose whole name matches one of the patterns, in the order in which they lie in the file."""
        wanted = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
        found = [info for info in self.zip.infolist() if wanted.fullmatch(info.filename) and not info.is_dir()]
        return sorted(found, key=lambda info: info.header_offset)

    def extract(self, info, folder):
        """Writes one member below `folder`, with the mode and the time that the wheel gives; returns its bytes."""
        parts = info.filename.split("/")
        if info.filename.startswith("/") or ".." in parts:
            raise FetchError(f"{self.requirement}: {info.filename} points out of the folder", 65)
        want = self.hashes.get(info.filename, "")
        path = os.path.join(folder, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        digest = hashlib.sha256()
        try:
            with self.zip.open(info) as source, open(path, "wb") as out:
                while chunk := source.read(1 << 20):
                    digest.update(chunk)
                    out.write(chunk)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise FetchError(f"{self.requirement}: {info.filename} is damaged: {error}", 65) from error
        have = "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
        if have != want:
            os.remove(path)
            raise FetchError(f"{self.requirement}: {info.filename} has {have}, RECORD says {want or 'nothing'}", 65)
        os.chmod(path, 0o755 if (info.external_attr >> 16) & 0o111 else 0o644)
        # The wheel's own time, so that fetching again makes no build out of date.
        when = time.mktime((*info.date_time, 0, 0, -1))
        os.utime(path, (when, when))
        return info.file_size


def with_wheel(requirement, record_sha256, python_version, work_folder, use):
    """Calls use(wheel) on the wheel, read by ranges or, where that is refused, downloaded as a whole (then `use` is
    called a second time and must be able to start over). Returns (its result, bytes fetched, bytes of the wheel)."""
    address = wheel_address(requirement, python_version)
    if address and address.startswith("file:"):
        path = urllib.request.url2pathname(urllib.parse.urlparse(address).path)
        with open(path, "rb") as file:
            return use(Wheel(file, requirement, record_sha256)), 0, os.path.getsize(path)
    if address:
        try:
            file = RangedFile(address)
            return use(Wheel(file, requirement, record_sha256)), file.fetched_bytes, file.size
        except RangeRefused as refusal:
            print(f"{requirement}: no range requests here ({refusal}), downloading the whole wheel", file=sys.stderr)
    path = download_whole(requirement, python_version, work_folder)
    with open(path, "rb") as file:
        result = use(Wheel(file, requirement, record_sha256))
    size = os.path.getsize(path)
    os.remove(path)
    return result, size, size
