// SPDX-License-Identifier: Apache-2.0
#include "core/store/liveness.h"

#include <unistd.h>
#include <climits>
#include <fstream>
#include <sstream>

#include "core/store/run_store.h"

namespace f8net {

namespace {

struct ProcessStatus {
    char state = 0;  // 0: no such process
    int64_t start = 0;
};

ProcessStatus process_status(int64_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return {};
    // The program's name in parentheses may hold anything, so count fields after the last one: state is the third,
    // start the 22nd.
    const size_t close = line.rfind(')');
    if (close == std::string::npos) return {};
    std::istringstream fields(line.substr(close + 1));
    ProcessStatus status;
    fields >> status.state;
    std::string skipped;
    for (int field = 4; field < 22; ++field) fields >> skipped;
    fields >> status.start;
    return fields ? status : ProcessStatus{};
}

std::string host_name() {
    char name[HOST_NAME_MAX + 1] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// Containers share the kernel's boot id, and may share the host's name, but number their processes for themselves.
std::string boot_and_namespace() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    char link[64] = {};
    if (readlink("/proc/self/ns/pid", link, sizeof link - 1) > 0) boot += std::string(" ") + link;
    return boot;
}

}  // namespace

RunOwner this_process() {
    static const std::string boot = boot_and_namespace();
    RunOwner owner;
    owner.pid = getpid();
    owner.host = host_name();
    owner.boot_id = boot;
    owner.process_start = process_status(owner.pid).start;
    owner.heartbeat = now_seconds();
    return owner;
}

bool is_alive(const RunOwner& owner, double now) {
    if (owner.pid == 0) return false;
    static const RunOwner here = this_process();
    if (owner.host == here.host && owner.boot_id == here.boot_id) {
        const ProcessStatus status = process_status(owner.pid);
        return status.state != 0 && status.state != 'Z' && status.state != 'X' && status.start == owner.process_start;
    }
    return now - owner.heartbeat <= kHeartbeatLimitSeconds;
}

std::string to_string(const RunOwner& owner) {
    return "pid " + std::to_string(owner.pid) + " on " + owner.host;
}

}  // namespace f8net
