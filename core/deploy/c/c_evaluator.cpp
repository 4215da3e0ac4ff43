// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_evaluator.h"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/c/c_source.h"
#include "core/inference/executor_base.h"

extern char** environ;

namespace f8net {
namespace {

/// Reads images from standard input and writes frames: {what, node, first, count}, then the numbers.
constexpr const char* kDriver = R"(#include <stdio.h>
#include <stdlib.h>

#include "net.h"

static void put(int32_t what, int32_t node, int32_t first, const void *data, int32_t count, size_t size)
{
    const int32_t header[4] = {what, node, first, count};
    if (fwrite(header, sizeof header, 1, stdout) != 1 || fwrite(data, size, (size_t)count, stdout) != (size_t)count)
        exit(3);
}

#ifdef F8NET_TRACE
void f8net_trace_sums(int32_t node, int32_t first, const int32_t *sums, int32_t count)
{
    put(1, node, first, sums, count, sizeof *sums);
}

void f8net_trace_codes_u8(int32_t node, const uint8_t *codes, int32_t count)
{
    put(2, node, 0, codes, count, 1);
}

void f8net_trace_codes_s8(int32_t node, const int8_t *codes, int32_t count)
{
    put(3, node, 0, codes, count, 1);
}
#endif

int main(void)
{
    static uint8_t pixels[(size_t)F8NET_HEIGHT * F8NET_WIDTH * F8NET_CHANNELS];
    static int32_t logits[F8NET_CLASSES];
    static char buffer[1 << 18];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    while (fread(pixels, sizeof pixels, 1, stdin) == 1) {
        f8net_infer(pixels, logits);
        put(0, 0, 0, logits, F8NET_CLASSES, sizeof *logits);
        fflush(stdout);
    }
    return 0;
}
)";

struct Frame {
    enum What : int32_t { kLogits, kSums, kUnsignedCodes, kSignedCodes };
    int32_t what, node, first, count;
};

/// The compiled program at work, behind a socket.
class Process {
public:
    explicit Process(const std::string& path) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw IoError("talk to", path, errno);
        socket_ = ends[0];
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::string word = path;
        std::array<char*, 2> words{word.data(), nullptr};
        const int failed = ::posix_spawn(&child_, path.c_str(), &actions, nullptr, words.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (failed != 0) {
            ::close(socket_);
            throw IoError("run (another TMPDIR may allow programs)", path, failed);
        }
    }
    ~Process() {
        ::close(socket_);
        if (child_ == 0) return;
        ::kill(child_, SIGKILL);
        wait();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void send(std::span<const uint8_t> bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) fail();
            bytes = bytes.subspan(static_cast<size_t>(sent));
        }
    }
    void receive(void* data, size_t size) {
        for (char* to = static_cast<char*>(data); size > 0;) {
            const ssize_t got = ::recv(socket_, to, size, 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) fail();
            to += got;
            size -= static_cast<size_t>(got);
        }
    }

private:
    int wait() {
        int status = 0;
        while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
        }
        child_ = 0;
        return status;
    }
    [[noreturn]] void fail() {
        const int status = wait();
        throw DataError("the program of the exported C source " +
                        (WIFSIGNALED(status) ? "was killed by signal " + std::to_string(WTERMSIG(status))
                                             : "ended with exit code " + std::to_string(WEXITSTATUS(status))) +
                        " before its logits");
    }

    int socket_ = -1;
    pid_t child_ = 0;
};

class CSourceEvaluator final : public ModeEvaluator {
public:
    CSourceEvaluator(const IntegerNetwork& network, const CSourceRunOptions& options)
        : network_(network),
          options_(options),
          compiler_(options.compiler.empty() ? find_c_compiler() : options.compiler),
          program_(make_c_program(network_)) {
        if (compiler_.empty()) throw MissingError("cannot check the C source: " + why_no_c_source());
        write_text_file(folder_.file("driver.c"), kDriver);
    }

    NumericMode mode() const override { return NumericMode::kIntegerOnly; }
    std::string path() const override { return "c"; }

    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override {
        const auto size = static_cast<size_t>(network_.input().output.size());
        if (pixels.size() != size * static_cast<size_t>(images)) {
            throw ShapeError("input", std::to_string(size * static_cast<size_t>(images)) + " bytes",
                             std::to_string(pixels.size()));
        }
        Logits logits;
        logits.images = images;
        logits.classes = network_.num_classes();
        logits.integers.resize(static_cast<size_t>(images * logits.classes));
        std::optional<TraceRecording> recording;
        if (trace != nullptr) recording.emplace(network_, images);
        for (int64_t image = 0; image < images; ++image) {
            const std::span<const uint8_t> one = pixels.subspan(static_cast<size_t>(image) * size, size);
            const std::span<int32_t> result =
                std::span(logits.integers)
                    .subspan(static_cast<size_t>(image * logits.classes), static_cast<size_t>(logits.classes));
            // The logits are those of what is exported. Where it keeps sums only as codes, another plan of the same
            // network is traced.
            if (trace != nullptr) run_one(traced(), one, image, &*recording, result);
            if (trace == nullptr || !program_.is_traceable) run_one(plain(), one, image, nullptr, result);
        }
        if (trace != nullptr) recording->report(*trace);
        logits.values.assign(logits.integers.begin(), logits.integers.end());
        logits.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
        return logits;
    }

private:
    Process& plain() {
        if (!plain_) plain_ = compile("plain", source_of_export(), {});
        return *plain_;
    }
    Process& traced() {
        if (!traced_) {
            traced_ = compile("traced",
                              program_.is_traceable ? source_of_export() : write_source(make_c_program(network_, true)),
                              {"-DF8NET_TRACE"});
        }
        return *traced_;
    }

    /// The folder with net.c and net.h.
    std::string source_of_export() const { return options_.folder.empty() ? write_source(program_) : options_.folder; }
    std::string write_source(const CProgram& program) const {
        write_text_file(folder_.file("net.h"), c_header(network_, c_memory(network_, program)));
        AtomicFile file(folder_.file("net.c"));
        CText text([&](std::string_view piece) { file.write(piece); });
        write_c_code(network_, program, CConstants::kDefined, text);
        file.commit();
        return folder_.path();
    }

    std::unique_ptr<Process> compile(const std::string& name, const std::string& source,
                                     const std::vector<std::string>& defines) const {
        std::vector<std::string> arguments = {"-std=c11", "-I", source};
        arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
        arguments.insert(arguments.end(), defines.begin(), defines.end());
        arguments.insert(arguments.end(), {source + "/net.c", folder_.file("driver.c"), "-o", folder_.file(name)});
        compile_c(compiler_, arguments, options_.need_going_on);
        return std::make_unique<Process>(folder_.file(name));
    }

    void run_one(Process& process, std::span<const uint8_t> pixels, int64_t image, TraceRecording* recording,
                 std::span<int32_t> logits) const {
        process.send(pixels);
        std::vector<std::vector<int32_t>> sums(network_.nodes.size());
        while (true) {
            Frame frame{};
            process.receive(&frame, sizeof frame);
            if (frame.what == Frame::kLogits) {
                process.receive(logits.data(), logits.size_bytes());
                break;
            }
            if (recording == nullptr || frame.node < 0 || static_cast<size_t>(frame.node) >= sums.size())
                throw DataError("the program of the exported C source wrote what is no frame");
            if (frame.what == Frame::kSums)
                receive_sums(process, frame, sums[static_cast<size_t>(frame.node)]);
            else
                recording->put_codes(frame.node, image, receive_codes(process, frame));
        }
        for (size_t node = 0; node < sums.size(); ++node) {
            if (!sums[node].empty()) recording->put_accumulators(static_cast<int>(node), image, sums[node]);
        }
    }

    /// Pixels of several nodes arrive in turn.
    void receive_sums(Process& process, const Frame& frame, std::vector<int32_t>& sums) const {
        sums.resize(static_cast<size_t>(network_.nodes[static_cast<size_t>(frame.node)].output.size()));
        need_range(frame, sums.size());
        process.receive(sums.data() + frame.first, static_cast<size_t>(frame.count) * sizeof(int32_t));
    }
    std::vector<int32_t> receive_codes(Process& process, const Frame& frame) const {
        const IntegerNode& node = network_.nodes[static_cast<size_t>(frame.node)];
        if (!node.has_weights()) throw DataError("the program of the exported C source wrote what is no frame");
        const int64_t size = network_.nodes[static_cast<size_t>(node.inputs[0])].output.size();
        need_range(frame, static_cast<size_t>(size));
        std::vector<uint8_t> bytes(static_cast<size_t>(frame.count));
        process.receive(bytes.data(), bytes.size());
        std::vector<int32_t> codes(bytes.begin(), bytes.end());
        if (frame.what == Frame::kSignedCodes) {
            for (int32_t& code : codes) code = static_cast<int8_t>(code);
        }
        return codes;
    }
    static void need_range(const Frame& frame, size_t size) {
        const bool is_inside =
            frame.first >= 0 && frame.count >= 0 && int64_t{frame.first} + frame.count <= static_cast<int64_t>(size);
        if (!is_inside) throw DataError("the program of the exported C source wrote beyond a layer");
    }

    const IntegerNetwork network_;
    const CSourceRunOptions options_;
    const std::vector<std::string> compiler_;
    const CProgram program_;
    const TemporaryFolder folder_;
    std::unique_ptr<Process> plain_, traced_;
};

}  // namespace

std::string why_no_c_source() {
    if (!find_c_compiler().empty()) return {};
    return "no C compiler: neither $CC nor cc, gcc or clang is in PATH (apt-get install gcc)";
}

std::unique_ptr<ModeEvaluator> make_c_source_evaluator(const IntegerNetwork& network,
                                                       const CSourceRunOptions& options) {
    return std::make_unique<CSourceEvaluator>(network, options);
}

}  // namespace f8net
