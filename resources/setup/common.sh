# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What ./quickstart and ./run-tests share: places, timed steps, and the steps install, fetch, build. Sourced, not run.
# It expects the repository root as the current folder.

LIBTORCH_VERSION=2.11.0
CUDA_MAJOR=13
SETUP=resources/setup

if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/f8net
# The same variable, meaning and default as in resources/cmake/LibTorch.cmake.
LIBTORCH_DIR=${F8NET_LIBTORCH_DIR:-$CACHE/libtorch-$LIBTORCH_VERSION}
VENV=$CACHE/venv-tests
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 DEBIAN_FRONTEND=noninteractive

steps=()  # "seconds name" of what has run

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$2" >&2
  exit "$1"
}

# python: Debian's own, which has the pip and venv that install_packages brings.
python() { if [ -x /usr/bin/python3 ]; then /usr/bin/python3 "$@"; else python3 "$@"; fi; }

# step NAME COMMAND...: runs it, keeps how long it took; where it fails, ends with its exit code.
step() {
  local name=$1 start=$SECONDS code=0
  shift
  say "== $name"
  "$@" || code=$?
  steps+=("$((SECONDS - start)) $name")
  if [ $code -ne 0 ]; then
    say "== $name: failed (exit $code) after $((SECONDS - start)) s" >&2
    exit $code
  fi
  say "== $name: $((SECONDS - start)) s"
}

print_steps() {
  local entry
  say ""
  say "seconds  step"
  for entry in "${steps[@]}"; do printf '%7s  %s\n' "${entry%% *}" "${entry#* }"; done
}

# How many compilers at once: the cores, but 1.5 GB of memory for each (LibTorch's headers take that much).
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
  if [ "${memory:-0}" -lt "$cores" ]; then cores=$memory; fi
  if [ "$cores" -lt 1 ]; then cores=1; fi
  say "$cores"
}

# has_nvcc: whether a compiler for GPUs is installed that fits LibTorch (resources/cmake/Cuda.cmake asks the same).
has_nvcc() {
  local nvcc
  for nvcc in "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" "$(command -v nvcc)"; do
    if [ -x "$nvcc" ] && "$nvcc" --version | grep -q "release $CUDA_MAJOR\\."; then return 0; fi
  done
  return 1
}

# use_cuda: from now on fetch_libtorch fetches the GPU libraries, too, and nvcc where none is installed.
fetch_options=()
use_cuda() {
  fetch_options=(--cuda)
  if ! has_nvcc; then fetch_options+=(--nvcc); fi
}

fetch_libtorch() { python $SETUP/fetch_libtorch.py "$LIBTORCH_DIR" --version $LIBTORCH_VERSION "${fetch_options[@]}"; }

# build PRESET: configures where that is needed (ninja does it by itself when a CMakeLists.txt changed) and builds.
build() {
  local preset=$1 options=(-DF8NET_LIBTORCH_DIR:PATH="$LIBTORCH_DIR")
  case $preset in core-only | dev-tsan | fuzz) options=() ;; esac # without LibTorch
  if ! [ -e "build/$preset/build.ninja" ] ||
    { [ ${#options[@]} -gt 0 ] && ! grep -qxF "${options[0]#-D}" "build/$preset/CMakeCache.txt"; } ||
    # A compiler for GPUs may have come since.
    { [ ${#options[@]} -gt 0 ] && [ ${#fetch_options[@]} -gt 0 ] && grep -q '^F8NET_NVCC:.*NOTFOUND' "build/$preset/CMakeCache.txt"; }; then
    cmake --preset "$preset" "${options[@]}" || return
  fi
  cmake --build --preset "$preset" -j "$(jobs)"
}

# The Python packages of the checks, in an environment of their own; made again when the list changes.
make_venv() {
  local list=$SETUP/test-requirements.txt
  if cmp -s $list "$VENV/done.txt"; then
    say "already in $VENV"
    return
  fi
  rm -rf "$VENV"
  mkdir -p "$CACHE"
  python -m venv "$VENV" || return
  "$VENV/bin/python" -m pip install --quiet --only-binary=:all: -r $list || return
  cp $list "$VENV/done.txt"
}
