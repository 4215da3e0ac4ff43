# SPDX-License-Identifier: Apache-2.0
# f8net_fuzz(NAME DEPENDS targets... [MAX_BYTES 65536]): tests/fuzz/NAME.cpp, which defines LLVMFuzzerTestOneInput, with
# its corpus in tests/fuzz/corpus/NAME. Made with libFuzzer where F8NET_FUZZ is on: F8NET_FUZZ_SECONDS (30) of search,
# what it finds is kept in the build folder and goes on from there. Else with a main that replays the corpus.
include_guard(GLOBAL)

function(f8net_fuzz name)
  cmake_parse_arguments(ARG "" "MAX_BYTES" "DEPENDS" ${ARGN})
  if(NOT ARG_MAX_BYTES)
    set(ARG_MAX_BYTES 65536)
  endif()
  set(target fuzz_${name})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  add_executable(${target} ${name}.cpp)
  target_link_libraries(${target} PRIVATE f8net_build ${ARG_DEPENDS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/fuzz OUTPUT_NAME ${name})
  if(F8NET_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set(found ${CMAKE_BINARY_DIR}/fuzz/${name})
    file(MAKE_DIRECTORY ${found}/corpus)
    add_test(NAME Fuzz.${name} COMMAND sh -c
      "exec $<TARGET_FILE:${target}> -max_total_time=\${F8NET_FUZZ_SECONDS:-30} -max_len=${ARG_MAX_BYTES} -timeout=10 \
-rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 -artifact_prefix=${found}/ ${found}/corpus ${corpus}")
    set_tests_properties(Fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 3600)
  else()
    target_sources(${target} PRIVATE replay_main.cpp)
    add_test(NAME FuzzCorpus.${name} COMMAND ${target} ${corpus})
    set_tests_properties(FuzzCorpus.${name} PROPERTIES LABELS unit TIMEOUT 60)
  endif()
endfunction()
