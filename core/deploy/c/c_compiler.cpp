// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_compiler.h"

#include <elf.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/c/c_source.h"

extern char** environ;

namespace f8net {
namespace {

namespace fs = std::filesystem;

bool is_in_path(const std::string& program) {
    if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    }
    return false;
}

/// Bytes of the executable sections of an ELF object.
template <typename Header, typename Section>
int64_t executable_bytes(const std::string& object) {
    Header header;
    if (object.size() < sizeof header) return 0;
    std::memcpy(&header, object.data(), sizeof header);
    int64_t bytes = 0;
    for (size_t i = 0; i < header.e_shnum; ++i) {
        const size_t at = header.e_shoff + i * sizeof(Section);
        if (at + sizeof(Section) > object.size()) return 0;
        Section section;
        std::memcpy(&section, object.data() + at, sizeof section);
        if ((section.sh_flags & SHF_EXECINSTR) != 0) bytes += static_cast<int64_t>(section.sh_size);
    }
    return bytes;
}

std::optional<int64_t> executable_bytes(const std::string& object) {
    if (object.size() < EI_NIDENT || object.compare(0, SELFMAG, ELFMAG) != 0) return std::nullopt;
    const int64_t bytes = object[EI_CLASS] == ELFCLASS64 ? executable_bytes<Elf64_Ehdr, Elf64_Shdr>(object)
                                                         : executable_bytes<Elf32_Ehdr, Elf32_Shdr>(object);
    return bytes > 0 ? std::optional<int64_t>(bytes) : std::nullopt;
}

/// The terminal's Ctrl-C reaches ours. One of its own can be ended whole: the compiler runs others.
enum class Group { kOurs, kOwn };

/// Its output goes to `log`, its temporary files to `folder`.
pid_t start(std::vector<std::string>& words, const std::string& folder, const std::string& log, Group group) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::string place = "TMPDIR=" + folder;
    std::vector<char*> environment{place.data()};
    for (char** each = environ; *each != nullptr; ++each) {
        if (std::string_view(*each).substr(0, 7) != "TMPDIR=") environment.push_back(*each);
    }
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    if (group == Group::kOwn) ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, pointers.front(), &actions, &attributes, pointers.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw MissingError("cannot run the C compiler " + words.front() + ": " + std::strerror(failed));
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int wait_while(pid_t child, const NeedGoingOn& need_going_on) {
    constexpr std::chrono::milliseconds kPause{10};
    int status = 0;
    try {
        while (::waitpid(child, &status, WNOHANG) == 0) {
            need_going_on();
            std::this_thread::sleep_for(kPause);
        }
    } catch (...) {
        ::kill(-child, SIGKILL);
        wait_for(child);
        throw;
    }
    return status;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::error_code error;
    const fs::path place = fs::temp_directory_path(error);
    path_ = ((error ? fs::path("/tmp") : place) / "f8net-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) throw IoError("make a temporary folder", path_, errno);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> find_c_compiler() {
    if (const char* variable = std::getenv("CC"); variable != nullptr && *variable != 0) {
        std::vector<std::string> words;  // "ccache gcc", "gcc -m32"
        std::istringstream text(variable);
        for (std::string word; text >> word;) words.push_back(word);
        if (!words.empty() && is_in_path(words.front())) return words;
        return {};
    }
    for (const char* name : {"cc", "gcc", "clang"}) {
        if (is_in_path(name)) return {name};
    }
    return {};
}

void compile_c(const std::vector<std::string>& compiler, const std::vector<std::string>& arguments,
               const NeedGoingOn& need_going_on) {
    std::vector<std::string> words = compiler;
    words.insert(words.end(), arguments.begin(), arguments.end());
    const TemporaryFolder folder;
    const std::string log = folder.file("log");
    const pid_t child = start(words, folder.path(), log, need_going_on ? Group::kOwn : Group::kOurs);
    const int status = need_going_on ? wait_while(child, need_going_on) : wait_for(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    constexpr size_t kMost = 2000;
    const std::string said = read_text_file(log).substr(0, kMost);
    throw DataError("the C compiler " + words.front() + " did not compile the exported source: " +
                    (said.empty() ? "it ended with status " + std::to_string(status) : said));
}

std::optional<int64_t> c_code_bytes(const IntegerNetwork& network, const NeedGoingOn& need_going_on) {
    const std::vector<std::string> compiler = find_c_compiler();
    if (compiler.empty()) return std::nullopt;
    const CProgram program = make_c_program(network);
    const TemporaryFolder folder;
    write_text_file(folder.file("net.h"), c_header(network, c_memory(network, program)));
    std::string code;
    CText text([&](std::string_view piece) { code += piece; });
    write_c_code(network, program, CConstants::kDeclared, text);
    write_text_file(folder.file("net.c"), code);
    try {
        compile_c(compiler,
                  {"-std=c11", "-Os", "-DF8NET_PORTABLE", "-c", folder.file("net.c"), "-o", folder.file("net.o")},
                  need_going_on);
    } catch (const DataError&) {  // a figure less, not an export less
        return std::nullopt;
    } catch (const MissingError&) {
        return std::nullopt;
    }
    return executable_bytes(read_text_file(folder.file("net.o")));
}

}  // namespace f8net
