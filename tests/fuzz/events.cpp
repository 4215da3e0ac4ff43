// SPDX-License-Identifier: Apache-2.0
// Nearly every change of a record breaks its checksum; so bytes are also read as the content of one.
#include <sstream>

#include "core/base/error.h"
#include "core/exchange/record_file.h"
#include "core/exchange/run_readers.h"
#include "tests/fuzz/checking_sink.h"

namespace {

void read(const std::string& bytes) {
    std::istringstream stream(bytes);
    f8net::CheckingSink sink;
    const f8net::Work work;
    f8net::SeriesCollector collector("file", 1.7e9, sink, work);
    try {
        f8net::EventReader("run", collector).read(stream, "file");
        collector.finish();
    } catch (const f8net::DataError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    read(bytes);
    std::string record;
    f8net::append_record(record, bytes);
    read(record);
    return 0;
}
