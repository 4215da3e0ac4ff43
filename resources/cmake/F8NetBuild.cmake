# SPDX-License-Identifier: Apache-2.0
# How every target of the project is built: language level, warnings, output folders, and the functions that declare
# a library, a test program and a benchmark in one line each.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# Kernels that gain from more ask for it file by file.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# ccache sees the same file in another checkout or build folder as the same file.
find_program(F8NET_CCACHE ccache)
if(F8NET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${F8NET_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(f8net_build INTERFACE)
target_include_directories(f8net_build INTERFACE ${CMAKE_SOURCE_DIR})
# No contraction to fused multiply-add: codes are computed in IEEE float32, operation by operation (method.md 3.2).
target_compile_options(f8net_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
                       # g++ 12 sees overlaps in std::string's own operator+ that are not there
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                       -ffp-contract=off
                       -fvisibility=hidden -fvisibility-inlines-hidden)
target_compile_definitions(f8net_build INTERFACE F8NET_VERSION="${PROJECT_VERSION}")
if(F8NET_SANITIZE)
  list(JOIN F8NET_SANITIZE "," sanitizers)
  target_compile_options(f8net_build INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(f8net_build INTERFACE -fsanitize=${sanitizers})
endif()
find_package(Threads REQUIRED)
target_link_libraries(f8net_build INTERFACE Threads::Threads)

# f8net_library(core_base SOURCES a.cpp b.cpp [DEPENDS public targets] [PRIVATE_DEPENDS targets])
# An empty SOURCES makes a header-only target.
function(f8net_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC f8net_build ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE f8net_build ${ARG_DEPENDS})
  endif()
endfunction()

# f8net_test(core_base_test SOURCES a_test.cpp DEPENDS core_base [LABELS unit] [MAIN target with its own main]
#            [PREFIX of the names in ctest])
# One program per folder; every TEST in it becomes a ctest entry.
function(f8net_test name)
  cmake_parse_arguments(ARG "" "MAIN;PREFIX;TIMEOUT" "SOURCES;DEPENDS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_MAIN)
    set(ARG_MAIN GTest::gmock_main)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE f8net_build ${ARG_DEPENDS} GTest::gmock ${ARG_MAIN})
  target_compile_definitions(${name} PRIVATE F8NET_SOURCE_DIR="${CMAKE_SOURCE_DIR}" F8NET_BINARY_DIR="${CMAKE_BINARY_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX "${ARG_PREFIX}" DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${ARG_ENVIRONMENT}")
endfunction()

# f8net_bench(engines SOURCES engines.cpp DEPENDS ...): a program under bin/bench, not a test.
function(f8net_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(bench_${name} ${ARG_SOURCES})
  target_link_libraries(bench_${name} PRIVATE f8net_build ${ARG_DEPENDS})
  set_target_properties(bench_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/bench OUTPUT_NAME ${name})
endfunction()
