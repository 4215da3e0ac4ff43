// SPDX-License-Identifier: Apache-2.0
#include "core/training/ranks.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>

#include "core/run/rank_error.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{20};
constexpr milliseconds kConnectSlice{1000};  // so that a stop is seen while rank 0 is not there yet
constexpr milliseconds kAnswerTime{2000};
constexpr milliseconds kLastWords{5000};  // how long rank 0 stays for those who ask why

milliseconds to_milliseconds(double seconds) {
    return milliseconds(static_cast<int64_t>(seconds * 1000));
}

/// LibTorch's words without the C++ stack that it appends.
std::string first_line(const std::exception& error) {
    std::string text = error.what();
    if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error)) text = torch_error->what_without_backtrace();
    return text.substr(0, text.find('\n'));
}

/// Whether rank 0 listens there by now; where that cannot be told, LibTorch may try. Its client would complain of a
/// rank 0 that is a second late, with a stack trace.
bool may_be_there(const std::string& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return true;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        const int descriptor = ::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) continue;
        bool is_there = ::connect(descriptor, at->ai_addr, at->ai_addrlen) == 0;
        pollfd connecting{descriptor, POLLOUT, 0};
        if (!is_there && errno == EINPROGRESS && ::poll(&connecting, 1, static_cast<int>(kConnectSlice.count())) == 1) {
            int failure = 0;
            socklen_t size = sizeof failure;
            is_there = ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
        }
        ::close(descriptor);
        if (is_there) return true;
    }
    return false;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// The network interface that leads to the other ranks: the one the user names, loopback where rank 0 is there, else
/// the one that this host's name resolves to.
std::shared_ptr<gloo::transport::Device> gloo_device(const std::string& master_address) {
    if (const auto interface = environment_variable("GLOO_SOCKET_IFNAME")) {
        return c10d::ProcessGroupGloo::createDeviceForInterface(*interface);
    }
    if (is_loopback(master_address)) return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
    return c10d::ProcessGroupGloo::createDefaultDevice();
}

/// The answer to a question that a dead or stopped host may never give.
template <typename Answer>
std::optional<Answer> answer_in_time(std::function<Answer()> question) {
    auto task = std::make_shared<std::packaged_task<Answer()>>(std::move(question));
    std::future<Answer> answer = task->get_future();
    std::thread([task] { (*task)(); }).detach();
    if (answer.wait_for(kAnswerTime) != std::future_status::ready) return std::nullopt;
    try {
        return answer.get();
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

struct Ranks::Connection {
    c10::intrusive_ptr<c10d::Store> store;
    c10::intrusive_ptr<c10d::ProcessGroup> group;

    std::optional<std::string> value(const std::string& key) const {
        return answer_in_time<std::string>([held = store, key] {
            if (!held->check({key})) return std::string();
            const std::vector<uint8_t> bytes = held->get(key);
            return std::string(bytes.begin(), bytes.end());
        });
    }
};

Ranks::Ranks(const RankPlace& place, StopToken& stop)
    : place_(place), stop_(stop), connection_(std::make_unique<Connection>()) {}

Ranks::~Ranks() = default;

const c10::intrusive_ptr<c10d::ProcessGroup>& Ranks::group() const {
    return connection_->group;
}

namespace {

std::string place_key(const RankPlace& place, int rank) {
    return "rank/" + std::to_string(place.world) + "/" + std::to_string(rank);
}

}  // namespace

/// False where a stop was requested before rank 0 answered.
bool Ranks::open_store() {
    const auto end = Clock::now() + to_milliseconds(place_.timeout_seconds);
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(place_.master_port);
    options.isServer = is_first() && !place_.agent_store_prefix;
    options.waitWorkers = false;
    options.timeout = options.isServer ? to_milliseconds(place_.timeout_seconds) : kConnectSlice;
    const std::string where = place_.master_address + ":" + std::to_string(place_.master_port);
    while (!connection_->store) {
        try {
            if (!options.isServer && !may_be_there(place_.master_address, place_.master_port)) {
                if (stop_.stop_requested()) return false;
                if (Clock::now() < end) {
                    std::this_thread::sleep_for(kPollInterval);
                    continue;
                }
            }
            connection_->store = c10::make_intrusive<c10d::TCPStore>(place_.master_address, options);
        } catch (const c10::DistError& error) {
            if (options.isServer) {
                const bool is_taken = std::strstr(error.what(), "EADDRINUSE") != nullptr;
                throw IoError("rank 0 cannot listen at " + where + ": " +
                              (is_taken ? "the port is in use" : first_line(error)) +
                              "; set MASTER_PORT to a free port of this host, the same for all ranks");
            }
            if (stop_.stop_requested()) return false;
            if (Clock::now() >= end) {
                throw RankLostError(
                    "rank " + std::to_string(rank()) + " cannot reach rank 0 at " + where + " within " +
                    std::to_string(static_cast<int>(place_.timeout_seconds)) +
                    " s (training.rank_timeout_s): is rank 0 started, are MASTER_ADDR and MASTER_PORT the same for all "
                    "ranks, does a firewall close the port?");
            }
        }
    }
    connection_->store->setTimeout(to_milliseconds(place_.timeout_seconds));
    const std::string prefix = place_.agent_store_prefix.value_or("") + "/f8net";
    connection_->store = c10::make_intrusive<c10d::PrefixStore>(prefix, connection_->store);
    return true;
}

std::string Ranks::missing_ranks() {
    std::string missing;
    for (int r = 0; r < world(); ++r) {
        if (!connection_->store->check({place_key(place_, r)}))
            missing += (missing.empty() ? "" : ", ") + std::to_string(r);
    }
    return missing;
}

bool Ranks::join() {
    if (is_alone()) return true;
    return guarded([&] {
        if (!open_store()) return false;
        c10d::Store& store = *connection_->store;
        if (store.add(place_key(place_, rank()), 1) > 1) {
            throw ConfigError("rank " + std::to_string(rank()) + " of " + std::to_string(world()) +
                              " is there twice at " + place_.master_address + ":" + std::to_string(place_.master_port) +
                              ": two runs must not share a MASTER_PORT, and each rank is started once");
        }
        const auto end = Clock::now() + to_milliseconds(place_.timeout_seconds);
        while (true) {
            const std::string missing = missing_ranks();
            if (missing.empty()) return true;
            if (stop_.stop_requested()) return false;
            if (Clock::now() >= end) {
                throw RankLostError("of " + std::to_string(world()) + " ranks these did not come to " +
                                    place_.master_address + ":" + std::to_string(place_.master_port) + " within " +
                                    std::to_string(static_cast<int>(place_.timeout_seconds)) +
                                    " s (training.rank_timeout_s): " + missing +
                                    "; are they started (in a Slurm job by srun), with the same WORLD_SIZE?");
            }
            std::this_thread::sleep_for(kPollInterval);
        }
    });
}

void Ranks::connect(torch::Device device, double timeout_seconds) {
    if (is_alone()) return;
    place_.timeout_seconds = timeout_seconds;
    const milliseconds timeout = to_milliseconds(timeout_seconds);
    guarded([&] {
        connection_->store->setTimeout(timeout);
        const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
        options->devices.push_back(gloo_device(place_.master_address));
        const auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(connection_->store, rank(), world(), options);
        const auto group = c10::make_intrusive<c10d::ProcessGroup>(connection_->store, rank(), world());
        group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::GLOO,
                          c10::intrusive_ptr<c10d::Backend>(gloo));
        // Between GPUs Gloo goes through the hosts' memory, by what LibTorch's GPU libraries bring along.
        if (!device.is_cpu()) {
            group->setBackend(device.type(), c10d::ProcessGroup::BackendType::GLOO,
                              c10::intrusive_ptr<c10d::Backend>(gloo));
        }
        group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
        connection_->group = group;
    });
}

std::string Ranks::share(const std::string& text, int from) {
    if (is_alone()) return text;
    return guarded([&] {
        const std::string key = "words/" + std::to_string(words_shared_++);
        if (rank() == from) {
            connection_->store->set(key, std::vector<uint8_t>(text.begin(), text.end()));
            return text;
        }
        const std::vector<uint8_t> bytes = connection_->store->get(key);
        return std::string(bytes.begin(), bytes.end());
    });
}

std::vector<torch::Tensor> Ranks::gather_tensors(const torch::Tensor& mine) {
    if (is_alone()) return {mine};
    return guarded([&] {
        std::vector<torch::Tensor> inputs{mine};
        std::vector<std::vector<torch::Tensor>> outputs(1);
        for (int r = 0; r < world(); ++r) outputs.front().push_back(torch::empty_like(mine));
        group()->allgather(outputs, inputs)->wait();
        return outputs.front();
    });
}

std::vector<std::vector<double>> Ranks::gather(const std::vector<double>& mine) {
    if (is_alone()) return {mine};
    // Wishes travel with the numbers: what all ranks know together costs no exchange of its own.
    std::vector<double> sent = mine;
    sent.push_back(stop_.stop_requested() ? 1 : 0);
    sent.push_back(stop_.take_checkpoint_request() ? 1 : 0);
    std::vector<std::vector<double>> all;
    for (const torch::Tensor& received : gather_tensors(torch::tensor(sent, torch::kDouble))) {
        const double* values = received.const_data_ptr<double>();
        all.emplace_back(values, values + mine.size());
        stop_agreed_ = stop_agreed_ || values[mine.size()] != 0;
        checkpoint_agreed_ = checkpoint_agreed_ || values[mine.size() + 1] != 0;
    }
    return all;
}

bool Ranks::take_checkpoint_request() {
    if (is_alone()) return stop_.take_checkpoint_request();
    return std::exchange(checkpoint_agreed_, false);
}

void Ranks::fail(const std::exception& error) {
    // Diverging is seen by all ranks at once, and who lost the others has nobody to tell.
    const bool is_known = dynamic_cast<const RankLostError*>(&error) || dynamic_cast<const RankFailedError*>(&error) ||
                          dynamic_cast<const DivergedError*>(&error);
    if (is_alone() || is_known || !connection_->store) return;
    const auto* ours = dynamic_cast<const Error*>(&error);
    const auto code = static_cast<int>(ours ? ours->exit_code() : ExitCode::kInternal);
    const std::string text = nlohmann::json{{"rank", rank()}, {"code", code}, {"message", error.what()}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto knowing = answer_in_time<int64_t>([store = connection_->store, text] {
        store->compareSet("failure", {}, std::vector<uint8_t>(text.begin(), text.end()));
        return store->add("knowing", 1);
    });
    // Closed connections are what wakes the others.
    connection_->group.reset();
    if (!knowing || !is_first() || place_.agent_store_prefix) return;
    // The store goes with this process: it stays for those who ask.
    const auto end = Clock::now() + kLastWords;
    while (Clock::now() < end && connection_->store->add("knowing", 0) < world()) {
        std::this_thread::sleep_for(kPollInterval);
    }
}

void Ranks::throw_if_lost(const std::exception& error) {
    const bool is_network =
        dynamic_cast<const c10::DistError*>(&error) != nullptr || std::strstr(error.what(), "gloo/") != nullptr;
    if (is_alone() || !is_network) return;
    if (connection_->store) {
        const auto failure = connection_->value("failure");
        if (failure && !failure->empty()) {
            answer_in_time<int64_t>([store = connection_->store] { return store->add("knowing", 1); });
            const auto told = nlohmann::json::parse(*failure);
            throw RankFailedError(told.at("rank").get<int>(), static_cast<ExitCode>(told.at("code").get<int>()),
                                  told.at("message").get<std::string>());
        }
    }
    throw RankLostError("rank " + std::to_string(rank()) + " lost contact with another rank (" + first_line(error) +
                        "): that process was killed, its host is gone, or it was silent for longer than " +
                        std::to_string(static_cast<int>(place_.timeout_seconds)) +
                        " s (training.rank_timeout_s); the same command with --resume auto goes on from the last "
                        "checkpoint");
}

}  // namespace f8net
