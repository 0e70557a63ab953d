#include "daemon/app/terminal_sources.h"

#include <map>

#include <fmt/format.h>

#include "daemon/app/config_reading.h"

namespace hrbridge::app {
namespace {

constexpr std::string_view kTokenCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
constexpr std::size_t kLeastToken = 8;
constexpr std::size_t kMostToken = 64;
constexpr std::int64_t kMostAheadMs = 86'400'000;

base::Zone read_zone(base::YamlReader& reader, const base::Zone& otherwise) {
    const auto name = reader.text("zone");
    if (!name) {
        return otherwise;
    }
    const auto zone = base::Zone::find(*name);
    if (!zone) {
        reader.fault("zone", fmt::format("'{}' is no time zone of this machine", *name));
    }
    return zone.value_or(otherwise);
}

std::vector<iclock::AddressRange> read_ranges(base::YamlReader& reader) {
    std::vector<iclock::AddressRange> ranges;
    for (const std::string& text : reader.texts("allow").value_or(std::vector<std::string>{})) {
        if (const auto range = iclock::AddressRange::parse(text)) {
            ranges.push_back(*range);
        } else {
            reader.fault(
                "allow",
                fmt::format("'{}' is no address or network, e.g. 10.1.0.5 or 10.1.0.0/16", text));
        }
    }
    return ranges;
}

void read_terminals(base::YamlReader& reader, base::Faults& faults, iclock::Options& out) {
    const std::vector<iclock::AddressRange> allow = read_ranges(reader);
    const base::YamlNode* node = reader.child("terminals");
    if (node == nullptr || !node->is_map() || node->entries.empty()) {
        reader.fault("terminals",
                     "must name each terminal by the serial number that its menu shows, e.g. "
                     "{CKUG194560123: {site: gate-1}}");
        return;
    }
    for (const auto& [serial, settings] : node->entries) {
        base::YamlReader one(settings.kind == base::YamlNode::Kind::Null ? nullptr : &settings,
                             fmt::format("{}.terminals.{}", reader.path(), serial),
                             faults);
        if (!iclock::is_serial(serial)) {
            reader.fault(
                "terminals",
                fmt::format("'{}' is no serial number: 1 to 32 letters and digits", serial));
        }
        iclock::Terminal terminal{
            serial, one.text("site").value_or(""), read_zone(one, out.zone), read_ranges(one)};
        if (!one.has("allow")) {
            terminal.allow = allow;
        }
        one.finish();
        out.terminals.push_back(std::move(terminal));
    }
}

void check_token(base::YamlReader& reader, const base::Secret& token) {
    const std::string_view text = token.reveal();
    if (!token.empty() && (text.size() < kLeastToken || text.size() > kMostToken ||
                           text.find_first_not_of(kTokenCharacters) != std::string_view::npos)) {
        reader.fault("token",
                     "must be 8 to 64 letters, digits, - and _: it is a part of the terminals' "
                     "address");
    }
}

TerminalAddress read_listen(base::YamlReader reader) {
    TerminalAddress address;
    address.host = reader.required_text("host");
    const auto port = reader.integer("port", 0, 65'535);
    if (!port && !reader.has("port")) {
        reader.fault("port", "is missing: the terminals' menu asks for it, e.g. 8081");
    }
    address.port = static_cast<int>(port.value_or(0));
    reader.finish();
    return address;
}

}  // namespace

TerminalSource read_terminal_source(base::YamlReader& reader,
                                    const Config& config,
                                    const SourceConfig& source,
                                    base::Faults& faults) {
    TerminalSource out{
        {source.name, base::Zone::find(config.zone).value_or(base::Zone::utc()), {}, 300, {}},
        std::nullopt};
    out.options.zone = read_zone(reader, out.options.zone);
    out.options.token = Reading{config.folder, faults}.secret(reader, "token");
    check_token(reader, out.options.token);
    if (const auto ahead = reader.duration_ms("ahead")) {
        if (*ahead < 1000 || *ahead > kMostAheadMs) {
            reader.fault("ahead", "must be between 1s and 24h");
        }
        out.options.ahead_s = *ahead / 1000;
    }
    if (reader.has("listen")) {
        out.listen = read_listen(reader.map("listen"));
    }
    read_terminals(reader, faults, out.options);
    return out;
}

std::vector<TerminalSource> terminal_sources(const Config& config, base::Faults& faults) {
    std::vector<TerminalSource> out;
    std::map<std::string, std::string> serials;  // to the source
    for (const SourceConfig& source : config.sources) {
        if (source.kind != "iclock") {
            continue;
        }
        base::Faults told;
        base::YamlReader reader(&source.node, "sources." + source.name, told);
        TerminalSource made = read_terminal_source(reader, config, source, told);
        for (const iclock::Terminal& terminal : made.options.terminals) {
            const auto [first, fresh] = serials.emplace(terminal.serial, source.name);
            if (!fresh) {
                base::YamlReader(&source.node, "sources." + source.name, faults)
                    .fault(
                        "terminals",
                        fmt::format(
                            "{} belongs to the source {} already", terminal.serial, first->second));
            }
        }
        const bool of_the_pages = made.listen && made.listen->port != 0 &&
                                  made.listen->port == config.web.port &&
                                  made.listen->host == config.web.host;
        if (of_the_pages) {
            base::YamlReader(&source.node, "sources." + source.name, faults)
                .fault("listen",
                       "is the address of `web`, which takes terminals too; leave it out");
        }
        out.push_back(std::move(made));
    }
    return out;
}

}  // namespace hrbridge::app
