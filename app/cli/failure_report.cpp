// SPDX-License-Identifier: Apache-2.0
#include "app/cli/failure_report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "app/cli/context.h"
#include "core/base/atomic_file.h"
#include "core/base/places.h"

namespace f8net {

std::string write_failure_report(const Context& context, const std::string& error) noexcept {
    try {
        std::string text = "F8Net " F8NET_VERSION " met something that it did not foresee.\n\n";
        text += "error: " + error + "\n";
        text += "while: " + (context.doing.empty() ? std::string("starting") : context.doing) + "\n";
        text += "command: f8net";
        for (const std::string& argument : context.arguments) text += " " + argument;
        utsname system{};
        if (::uname(&system) == 0) {
            text += std::string("\nsystem: ") + system.sysname + " " + system.release + " " + system.machine;
        }
        text += "\ncompiler: " __VERSION__ "\n";
        const std::string folder = cache_place() + "/reports";
        std::filesystem::create_directories(folder);
        const std::string path =
            folder + "/failure-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(::getpid()) + ".txt";
        write_text_file(path, text);
        return path;
    } catch (...) {
        return {};
    }
}

}  // namespace f8net
