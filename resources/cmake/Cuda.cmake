# SPDX-License-Identifier: Apache-2.0
# Kernels for NVIDIA GPUs, compiled by nvcc alone: CMake's own language CUDA wants a whole toolkit to link against.
# Makes  F8NET_NVCC (empty where there is no nvcc of the version that LibTorch is built with: then there is no
# libf8net_cuda.so, and everything else is as ever),  f8net_cuda_module(),  f8net_cuda_torch_module().
include_guard(GLOBAL)

set(F8NET_CUDA_MAJOR 13)  # kernels and LibTorch share one libcudart.so.13
set(F8NET_CUDA_ARCHITECTURES 90 CACHE STRING
    "GPUs to make machine code for, as in 80;90;120. The others, from 7.5 on, translate it when it is loaded")

# The one that fetch_libtorch.py --cuda brings, one that is named, one that is installed.
find_program(F8NET_NVCC nvcc NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH
             HINTS ${F8NET_LIBTORCH_DIR}/nvidia/cu${F8NET_CUDA_MAJOR}/bin $ENV{CUDA_HOME}/bin
             PATHS /usr/local/cuda/bin /usr/local/cuda-${F8NET_CUDA_MAJOR}.0/bin
             DOC "nvcc, for the kernels of GPUs")
if(F8NET_NVCC)
  execute_process(COMMAND ${F8NET_NVCC} --version OUTPUT_VARIABLE nvcc_words ERROR_VARIABLE nvcc_words)
  string(REGEX MATCH "release ([0-9]+)\\.([0-9]+)" nvcc_version "${nvcc_words}")
  set(F8NET_CUDA_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
  if("${CMAKE_MATCH_1}" STREQUAL F8NET_CUDA_MAJOR)
    message(STATUS "nvcc ${F8NET_CUDA_VERSION}: ${F8NET_NVCC}")
  else()
    message(STATUS "${F8NET_NVCC} is not of CUDA ${F8NET_CUDA_MAJOR} (${nvcc_version}): kernels for GPUs are not built; "
                   "./quickstart --cuda fetches one that fits")
    set(F8NET_NVCC F8NET_NVCC-NOTFOUND CACHE FILEPATH "nvcc, for the kernels of GPUs" FORCE)  # looked for again next time
  endif()
else()
  message(STATUS "no nvcc: kernels for GPUs are not built")
endif()

# f8net_cuda_module(f8net_cuda SOURCES a.cu ...): lib/libf8net_cuda.so. It needs nothing but CUDA's runtime library,
# which LibTorch needs on a CPU too.
function(f8net_cuda_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  # One pass of the compiler for all GPUs: PTX of the oldest, machine code from it.
  list(TRANSFORM F8NET_CUDA_ARCHITECTURES PREPEND "sm_" OUTPUT_VARIABLE machines)
  list(JOIN machines "," codes)
  list(JOIN machines ", " words)
  set(launcher)
  if(F8NET_CCACHE)
    set(launcher ${CMAKE_CXX_COMPILER_LAUNCHER})
  endif()
  set(objects)
  foreach(source ${ARG_SOURCES})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${launcher} ${F8NET_NVCC} -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object} -MD -MF ${object}.d
              -ccbin ${CMAKE_CXX_COMPILER} -std=c++20 -O3
              # IEEE arithmetic, operation by operation, as everywhere (core/fixedpoint/arithmetic.h)
              -fmad=false -prec-div=true -prec-sqrt=true -ftz=false
              "-gencode=arch=compute_75,code=[${codes},compute_75]"
              -Werror all-warnings
              "-Xcompiler=-fPIC,-fvisibility=hidden,-ffp-contract=off,-Wall,-Wextra,-Wshadow,-Werror"
              "-DF8NET_CUDA_BUILT_FOR=\"CUDA ${F8NET_CUDA_VERSION}, ${words} and PTX for 7.5\""
              -I${CMAKE_SOURCE_DIR}
      DEPENDS ${source} DEPFILE ${object}.d
      COMMENT "Building CUDA object core/cuda/${source}.o" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  add_library(${name} MODULE ${objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PRIVATE ${F8NET_LIBTORCH_DIR}/nvidia/cu${F8NET_CUDA_MAJOR}/lib/libcudart.so.${F8NET_CUDA_MAJOR})
  # LibTorch, with the same runtime library, is in the process before this module.
  set_target_properties(${name} PROPERTIES SKIP_BUILD_RPATH FALSE)
endfunction()

# f8net_cuda_torch_module(f8net_cuda_graph SOURCES a.cpp ...): lib/libf8net_cuda_graph.so, which calls LibTorch's GPU
# libraries. Those need not be here to build it (4 GB): it is linked against empty libraries of their names, and what it
# calls is found in the real ones, which are in the process before it.
function(f8net_cuda_torch_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  get_filename_component(toolkit ${F8NET_NVCC} REALPATH)
  get_filename_component(toolkit ${toolkit} DIRECTORY)
  set(headers ${toolkit}/../include)
  if(NOT EXISTS ${headers}/cuda.h)
    message(STATUS "no cuda.h in ${headers}: lib${name}.so is not built, steps on a GPU are not captured as a graph")
    return()
  endif()
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp "")
  foreach(library torch_cuda c10_cuda)
    add_library(f8net_empty_${library} SHARED ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
    set_target_properties(f8net_empty_${library} PROPERTIES OUTPUT_NAME ${library}
                          LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/empty)
  endforeach()
  add_library(${name} MODULE ${ARG_SOURCES})
  target_include_directories(${name} SYSTEM PRIVATE ${headers})
  target_link_libraries(${name} PRIVATE f8net_build libtorch_cpu
                        -Wl,--push-state,--no-as-needed f8net_empty_torch_cuda f8net_empty_c10_cuda -Wl,--pop-state
                        ${F8NET_LIBTORCH_DIR}/nvidia/cu${F8NET_CUDA_MAJOR}/lib/libcudart.so.${F8NET_CUDA_MAJOR}
                        -Wl,--unresolved-symbols=ignore-all)
  # No path to the empty ones may remain.
  set_target_properties(${name} PROPERTIES SKIP_BUILD_RPATH TRUE)
endfunction()
