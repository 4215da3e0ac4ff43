# SPDX-License-Identifier: Apache-2.0
# LibTorch as imported targets of our own: its CMake package demands the CUDA toolkit even for a CPU build.
# Makes  libtorch::cpu  (headers, libtorch_cpu, libc10). The files come from resources/setup/fetch_libtorch.py.
include_guard(GLOBAL)

# The same variables, meaning and default as in resources/setup/common.sh; a variable that is empty counts as not set.
set(default_cache "$ENV{XDG_CACHE_HOME}")
if(default_cache STREQUAL "")
  set(default_cache $ENV{HOME}/.cache)
endif()
set(default_libtorch "$ENV{F8NET_LIBTORCH_DIR}")
if(default_libtorch STREQUAL "")
  set(default_libtorch ${default_cache}/f8net/libtorch-${F8NET_LIBTORCH_VERSION})
endif()
set(F8NET_LIBTORCH_DIR ${default_libtorch} CACHE PATH "Folder with torch/ and nvidia/ as unpacked from the wheels")

if(NOT EXISTS ${F8NET_LIBTORCH_DIR}/torch/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch is not in ${F8NET_LIBTORCH_DIR}.\n"
          "Fetch it:  python3 resources/setup/fetch_libtorch.py ${F8NET_LIBTORCH_DIR}\n"
          "or build without it:  cmake --preset core-only")
endif()

add_library(libtorch_c10 SHARED IMPORTED)
set_target_properties(libtorch_c10 PROPERTIES IMPORTED_LOCATION ${F8NET_LIBTORCH_DIR}/torch/lib/libc10.so)
add_library(libtorch_cpu SHARED IMPORTED)
set_target_properties(libtorch_cpu PROPERTIES
  IMPORTED_LOCATION ${F8NET_LIBTORCH_DIR}/torch/lib/libtorch_cpu.so
  # libtorch_cpu finds libcudart and libcupti through its own RPATH, relative to where it lies; the linker need not look.
  # (Where they lie CMake writes into what it builds, and not into what it installs.)
  INTERFACE_LINK_OPTIONS "-Wl,--unresolved-symbols=ignore-in-shared-libs"
  INTERFACE_LINK_LIBRARIES libtorch_c10)
set_target_properties(libtorch_cpu PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
  "${F8NET_LIBTORCH_DIR}/torch/include;${F8NET_LIBTORCH_DIR}/torch/include/torch/csrc/api/include")

# One precompiled <torch/torch.h> for all targets that use LibTorch (50 s once, then 7 s a file instead of 20).
file(WRITE ${CMAKE_BINARY_DIR}/libtorch_pch.cpp "")
add_library(libtorch_pch OBJECT ${CMAKE_BINARY_DIR}/libtorch_pch.cpp)
target_link_libraries(libtorch_pch PUBLIC f8net_build libtorch_cpu)
target_precompile_headers(libtorch_pch PRIVATE <torch/torch.h>)

# f8net_torch_library(core_modules SOURCES ... DEPENDS ...): as f8net_library, with LibTorch and its precompiled header.
function(f8net_torch_library name)
  f8net_library(${name} ${ARGN})
  f8net_use_torch(${name})
endfunction()

function(f8net_use_torch name)
  # Tests and modules link it for themselves (f8net_use_torch(name PRIVATE)); libraries hand it on.
  set(visibility PUBLIC)
  if("PRIVATE" IN_LIST ARGN)
    set(visibility PRIVATE)
  endif()
  target_link_libraries(${name} ${visibility} libtorch_cpu)
  # Programs too are compiled as the header was: -fPIC, where CMake would take -fPIE.
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${name} REUSE_FROM libtorch_pch)
endfunction()

# f8net_use_c10d(ranks.cpp ...): sources that talk to LibTorch's distributed part. Its Gloo header includes <gloo/...> of
# libgloo-dev (headers alone: the code is in libtorch_cpu), and only where this is defined.
function(f8net_use_c10d)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_DEFINITIONS USE_C10D_GLOO)
endfunction()
