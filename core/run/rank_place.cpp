// SPDX-License-Identifier: Apache-2.0
#include "core/run/rank_place.h"

#include <charconv>
#include <cstdlib>
#include <limits>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr int kMaxRanks = 65'536;
constexpr int kFirstPort = 20'000;  // below the ports that systems give to clients
constexpr int kNumPorts = 12'000;

class Reader {
public:
    explicit Reader(const EnvironmentLookup& environment) : environment_(environment) {}

    bool has(const std::string& name) const { return environment_(name).has_value(); }

    std::string text(const std::string& name, const std::string& way_out) const {
        const auto value = environment_(name);
        if (!value) throw ConfigError("the environment has no " + name + ": " + way_out);
        return *value;
    }

    std::optional<int64_t> number(const std::string& name, int64_t lowest, int64_t highest) const {
        const auto value = environment_(name);
        if (!value) return std::nullopt;
        int64_t number = 0;
        const char* const end = value->data() + value->size();
        const auto [rest, error] = std::from_chars(value->data(), end, number);
        if (error != std::errc() || rest != end || number < lowest || number > highest) {
            throw ConfigError("the environment variable " + name + " is '" + value->substr(0, 80) + "', expected " +
                              std::to_string(lowest) + " to " + std::to_string(highest));
        }
        return number;
    }

    int required(const std::string& name, int64_t lowest, int64_t highest, const std::string& way_out) const {
        (void)text(name, way_out);
        return static_cast<int>(*number(name, lowest, highest));
    }

private:
    const EnvironmentLookup& environment_;
};

RankPlace torchrun_place(const Reader& environment) {
    const std::string way_out =
        "torchrun and f8net launch set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT together; "
        "for a single process unset them all";
    RankPlace place;
    place.world = environment.required("WORLD_SIZE", 1, kMaxRanks, way_out);
    place.rank = environment.required("RANK", 0, place.world - 1, way_out);
    place.local_rank = static_cast<int>(environment.number("LOCAL_RANK", 0, kMaxRanks - 1).value_or(place.rank));
    place.local_world = static_cast<int>(environment.number("LOCAL_WORLD_SIZE", 1, place.world).value_or(0));
    if (place.is_alone()) return place;
    place.master_address = environment.text("MASTER_ADDR", way_out);
    place.master_port = environment.required("MASTER_PORT", 1, std::numeric_limits<uint16_t>::max(), way_out);
    if (environment.has("TORCHELASTIC_USE_AGENT_STORE") &&
        environment.text("TORCHELASTIC_USE_AGENT_STORE", way_out) == "True") {
        const auto restarts = environment.number("TORCHELASTIC_RESTART_COUNT", 0, 1'000'000).value_or(0);
        place.agent_store_prefix = "/worker/attempt_" + std::to_string(restarts);
    }
    return place;
}

RankPlace slurm_place(const Reader& environment) {
    const std::string way_out = "Slurm sets SLURM_PROCID, SLURM_NTASKS and SLURM_LOCALID for what srun starts";
    RankPlace place;
    place.world = environment.required("SLURM_NTASKS", 1, kMaxRanks, way_out);
    place.rank = environment.required("SLURM_PROCID", 0, place.world - 1, way_out);
    place.local_rank = static_cast<int>(environment.number("SLURM_LOCALID", 0, kMaxRanks - 1).value_or(0));
    if (place.is_alone()) return place;
    for (const char* name : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"}) {
        if (!place.master_address.empty() || !environment.has(name)) continue;
        place.master_address = first_slurm_host(environment.text(name, ""));
    }
    if (environment.has("MASTER_ADDR")) place.master_address = environment.text("MASTER_ADDR", "");
    if (place.master_address.empty()) {
        throw ConfigError(
            "no host for rank 0: the environment has neither MASTER_ADDR nor a SLURM_JOB_NODELIST that "
            "names a host; set MASTER_ADDR to the host of the first task");
    }
    const auto job = environment.number("SLURM_JOB_ID", 0, std::numeric_limits<int64_t>::max());
    const auto port = environment.number("MASTER_PORT", 1, std::numeric_limits<uint16_t>::max());
    if (!job && !port) {
        throw ConfigError(
            "no port for rank 0: the environment has neither MASTER_PORT nor SLURM_JOB_ID; set "
            "MASTER_PORT to a free port of " +
            place.master_address);
    }
    place.master_port = static_cast<int>(port ? *port : kFirstPort + *job % kNumPorts);
    return place;
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value || !*value) return std::nullopt;
    return value;
}

RankPlace rank_place(const EnvironmentLookup& environment, std::optional<int> local_rank) {
    const Reader reader(environment);
    RankPlace place;
    if (reader.has("RANK") || reader.has("WORLD_SIZE")) {
        place = torchrun_place(reader);
    } else if (reader.has("SLURM_PROCID")) {
        place = slurm_place(reader);
    }
    if (local_rank) place.local_rank = *local_rank;
    return place;
}

std::string first_slurm_host(const std::string& list) {
    const std::string first = list.substr(0, list.find_first_of(",["));
    const size_t bracket = list.find('[');
    if (bracket != first.size()) return first;
    const std::string number = list.substr(bracket + 1, list.find_first_of(",-]", bracket + 1) - bracket - 1);
    const size_t closing = list.find(']', bracket);
    if (closing == std::string::npos) return {};
    // What follows the brackets belongs to the name: "rack[1-2]node3".
    const std::string rest = list.substr(closing + 1, list.find(',', closing) - closing - 1);
    return first + number + rest;
}

}  // namespace f8net
