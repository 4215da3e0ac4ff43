// SPDX-License-Identifier: Apache-2.0
#include "app/cli/program.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>

#include "app/cli/command.h"
#include "app/cli/failure_report.h"
#include "app/cli/help_formatter.h"
#include "app/cli/usage_error.h"
#include "core/base/places.h"

namespace f8net {

namespace {

constexpr const char* kExamples =
    "f8net train configs/fashion-mnist/quickstart.yaml      train, then compare all ways of computing\n"
    "f8net runs list                                        what was trained\n"
    "f8net evaluate quickstart --mode all                   accuracy in every mode, and do the integers agree\n"
    "f8net inspect quickstart                               formats, statistics and headroom of each layer\n"
    "f8net export quickstart --to onnx -o net.onnx          an 8-bit network for ONNX Runtime\n"
    "f8net gui                                              the workbench";

void add_common_options(CLI::App& root, CommonOptions& options) {
    root.add_option("--store", options.store, "Run store; default: runs.db in the user's data folder")
        ->envname("F8NET_STORE")
        ->option_text("FILE");
    root.add_flag("--json", options.json, "One JSON document on standard output, nothing else there");
    root.add_flag("-q,--quiet", options.quiet, "No messages, no progress");
    root.add_flag("-v,--verbose", options.verbosity, "More messages");
    root.add_option_function<std::string>(
            "--color",
            [&options](const std::string& text) {
                options.color = text == "always"  ? ColorMode::kAlways
                                : text == "never" ? ColorMode::kNever
                                                  : ColorMode::kAuto;
            },
            "auto, always or never; default: auto")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->envname("F8NET_COLOR")
        ->option_text("WHEN");
    root.add_option("--threads", options.threads, "Threads of computation; default: one per processor")
        ->check(CLI::Range(1, 4096))
        ->envname("F8NET_THREADS")
        ->option_text("N");
    root.add_option("--device", options.device, "cpu, cuda, cuda:N or auto")
        ->envname("F8NET_DEVICE")
        ->option_text("DEVICE");
    root.add_option("--set", options.settings, "Any key of the configuration (f8net config keys); repeatable")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE");
    root.set_help_flag("-h,--help", "This help");
    root.set_version_flag("--version", std::string("f8net ") + F8NET_VERSION, "The version");
}

/// A script's empty variable ("--store $NOTHING" in quotes) means no value, and no option takes that: the default in
/// its place would do something else than was asked for.
void require_values(const CLI::App& command) {
    for (const CLI::App* at = &command; at; at = at->get_parent()) {
        for (const CLI::Option* option : at->get_options()) {
            const std::vector<std::string>& given = option->results();
            if (option->nonpositional() && std::find(given.begin(), given.end(), "") != given.end()) {
                throw ConfigError(option->get_name() + " is empty; leave it out, or say which (see " +
                                  command_name(command) + " --help)");
            }
        }
    }
}

ExitCode report_unexpected(Context& context, const std::string& what) {
    const std::string path = write_failure_report(context, what);
    context.console.error(std::string("unexpected failure") +
                          (context.doing.empty() ? std::string() : " while " + context.doing) + ": " + what +
                          (path.empty() ? "; no report could be written" : "; the report is " + path));
    return ExitCode::kInternal;
}

ExitCode report(Context& context, const Error& error) {
    if (error.exit_code() == ExitCode::kInternal) return report_unexpected(context, error.what());
    context.console.error(error.what());
    return error.exit_code();
}

/// Whatever a command throws, as an exit code and one line.
ExitCode run_guarded(Context& context, const CommandBody& body) {
    try {
        return body(context);
    } catch (const Error& error) {
        return report(context, error);
    } catch (const std::filesystem::filesystem_error& error) {
        return report(context,
                      IoError(std::string("cannot use ") + error.path1().string() + ": " + error.code().message()));
    } catch (const std::bad_alloc&) {
        return report(context, IoError("out of memory; fewer threads or a smaller batch need less"));
    } catch (const std::exception& error) {
        return report_unexpected(context, error.what());
    } catch (...) {
        return report_unexpected(context, "an exception of unknown type");
    }
}

}  // namespace

int run_program(int argc, char** argv) {
    // A file that must not grow is an error that a write returns, which cleans up; not a signal that ends everything.
    ::signal(SIGXFSZ, SIG_IGN);
    Context context;
    context.arguments.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
    CLI::App root("F8Net: networks whose every multiplication is 8 bit x 8 bit and every rescaling a shift.", "f8net");
    root.footer(kExamples);
    root.formatter(std::make_shared<HelpFormatter>());
    root.require_subcommand(0, 1);
    root.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_common_options(root, context.options);
    CommandRegistry registry(root);
    add_all_commands(registry);

    try {
        root.parse(argc, argv);
    } catch (const CLI::Success& asked) {  // --help, --version
        const int code = root.exit(asked);
        if (std::cout.flush()) return code;
        context.console.error(IoError("write", "standard output", errno).what());
        return static_cast<int>(ExitCode::kIo);
    } catch (const CLI::ParseError& error) {
        context.console.configure(context.options.color, false, 0, false);
        context.console.error(usage_message(root, error));
        return static_cast<int>(ExitCode::kUsage);
    }
    CommonOptions& options = context.options;
    context.console.configure(options.color, options.quiet, options.verbosity, options.json);
    if (options.store.empty()) options.store = default_store_path();

    const CLI::App& command = parsed_command(root);
    const CommandBody* body = registry.body(&command);
    if (!body) {
        context.console.error(missing_command_message(command));
        return static_cast<int>(ExitCode::kUsage);
    }
    context.doing = command_name(command);
    const auto checked = [&](Context& with) {
        require_values(command);
        return (*body)(with);
    };
    return static_cast<int>(run_guarded(context, checked));
}

}  // namespace f8net
