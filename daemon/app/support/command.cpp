#include "daemon/app/support/command.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "daemon/app/new_file.h"
#include "daemon/app/support/facts.h"
#include "daemon/app/support/machine.h"
#include "daemon/base/clock.h"

namespace hrbridge::app {
namespace {

constexpr mode_t kOwnerAlone = 0600;

class Collected final : public Output {
  public:
    void line(std::string_view text) override { note(text); }
    void error(std::string_view text) override { note(text); }
    void progress(std::string_view) override {}
    void bytes(std::string_view chunk) override { packed += chunk; }

    std::string packed;
    std::string said;

  private:
    void note(std::string_view text) { said.append(text).append("\n"); }
};

// Of whoever has the store; why there are none is in "errors.txt".
support::Parts parts_of_store(const std::function<Exit(const std::string&, Output&)>& run) {
    Collected collected;
    try {
        run("", collected);
    } catch (const std::exception& error) {
        collected.error(error.what());
    }
    support::Parts parts;
    if (!collected.packed.empty()) {
        parts = support::unpacked(collected.packed);
    }
    if (!collected.said.empty()) {
        parts.files["errors.txt"] = collected.said;
    }
    return parts;
}

// "hrbridge-support-20261128T014000Z.zip"
std::string usual_name(base::Timestamp now) {
    std::string time;
    for (const char c :
         base::to_string(base::Timestamp(std::chrono::floor<std::chrono::seconds>(now)))) {
        if (c != '-' && c != ':') {
            time += c == ' ' ? 'T' : c;
        }
    }
    return fmt::format("hrbridge-support-{}.zip", time);
}

Exit refuse(Output& output, const std::string& file, int why) {
    output.error(why == EEXIST ? fmt::format("{} is there already; nothing was written", file)
                               : fmt::format("{} cannot be written: {}", file, std::strerror(why)));
    return why == EEXIST ? Exit::Usage : Exit::Failed;
}

}  // namespace

Exit run_support(const CommandContext& context) {
    context.output.bytes(support::packed(support::facts_of(context)));
    return Exit::Done;
}

Exit run_support_bundle(const CommandLine& line,
                        Output& output,
                        const std::function<Exit(const std::string& input, Output&)>& run) {
    const base::Timestamp now = base::SystemClock().now();
    const std::string file = line.option("out", usual_name(now));
    NewFile opened(file, kOwnerAlone);
    if (opened.why() != 0) {
        return refuse(output, file, opened.why());
    }
    support::Parts parts = parts_of_store(run);
    parts.add(support::machine_parts(line.config_file));
    if (parts.files.count("configuration.yaml") == 0) {
        support::add_configuration(line.config_file, parts);
    }
    support::remove_names(line.config_file, parts);
    if (!opened.keep(support::archive_of(parts, base::to_string(now)))) {
        return refuse(output, file, opened.why());
    }
    output.line(
        fmt::format("{}: {} files; look at them before you send it", file, parts.files.size()));
    for (const auto& [name, why] : parts.missing) {
        output.line(fmt::format("  without {}: {}", name, why));
    }
    if (parts.files.count("errors.txt") > 0) {
        output.line("  errors.txt says what went wrong while it was made");
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
