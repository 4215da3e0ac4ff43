// SPDX-License-Identifier: Apache-2.0
// Feeds every file of a folder to a fuzz target, where libFuzzer does not: replay FOLDER.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "replay: name the corpus folder\n");
        return 2;
    }
    int num_files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        std::printf("%s (%zu bytes)\n", entry.path().filename().c_str(), bytes.size());
        std::fflush(stdout);  // names the file that crashes
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
        ++num_files;
    }
    if (num_files == 0) std::fprintf(stderr, "replay: nothing in %s\n", argv[1]);
    return num_files == 0 ? 1 : 0;
}
