// SPDX-License-Identifier: GPL-3.0-or-later
// fill_store FILE pictures|N [SECONDS [STEPS]]: a store of invented runs, for looking at and measuring the workbench.
// Stays for SECONDS so that the running run is seen running. With STEPS each of N runs logs ten metrics in so many
// steps.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/widgets/synthetic/synthetic_store.h"

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "fill_store FILE pictures|N [SECONDS [STEPS]]\n");
        return 2;
    }
    f8net::synthetic::Store store(argv[1]);
    if (std::string(argv[2]) == "pictures") {
        f8net::synthetic::fillForPictures(store);
    } else {
        f8net::synthetic::fillMany(store, std::atoi(argv[2]), argc > 4 ? std::atoi(argv[4]) : 0);
    }
    std::printf("filled\n");
    std::fflush(stdout);
    if (argc > 3) std::this_thread::sleep_for(std::chrono::seconds(std::atoi(argv[3])));
}
