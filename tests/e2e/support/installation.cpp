#include "tests/e2e/support/installation.h"

#include <filesystem>
#include <ostream>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/postgres_server.h"

namespace hrbridge::e2e {
namespace {

namespace fs = std::filesystem;
using test::PostgresServer;

std::int64_t total(const nlohmann::json& by_rule) {
    std::int64_t rows = 0;
    for (const auto& [rule, count] : by_rule.items()) {
        rows += count.get<std::int64_t>();
    }
    return rows;
}

SyncCounts counts_of(const nlohmann::json& run) {
    return {run["outcome"],
            run["read"],
            run["inserted"],
            run["updated"],
            total(run["rejected"]),
            total(run["held"]),
            run["released"],
            run["duplicates"]};
}

void copy_shipped_files(const fs::path& folder) {
    const fs::path shipped = fs::path(HRBRIDGE_SOURCE_DIR) / "mappings";
    for (const char* source : {"erp", "mes", "attendance", "terminal"}) {
        fs::create_directories(folder / "mappings" / source);
        fs::copy(shipped / source, folder / "mappings" / source, fs::copy_options::recursive);
    }
    fs::copy(shipped / "rules", folder / "rules", fs::copy_options::recursive);
}

}  // namespace

void PrintTo(const SyncCounts& counts, std::ostream* out) {
    *out << fmt::format(
        "{}: {} read, {} inserted, {} updated, {} rejected, {} held, {} released, {} duplicates",
        counts.outcome,
        counts.read,
        counts.inserted,
        counts.updated,
        counts.rejected,
        counts.held,
        counts.released,
        counts.duplicates);
}

Installation::Installation(const std::string& kind,
                           const Outside& outside,
                           const base::Secret& seal_keys)
    : kind_(kind) {
    store::StoreOptions options;
    options.kind = kind;
    options.path = kind == "sqlite" ? folder_.file("hr.db") : "";
    if (kind == "postgres") {
        database_ = PostgresServer::instance().create_database();
        options.connection = PostgresServer::instance().connection(database_);
    }
    const std::string keys = folder_.write("seal_keys", seal_keys.reveal());
    fs::permissions(keys, fs::perms::owner_read);
    outside.write_secrets(folder_);
    copy_shipped_files(folder_.path());
    folder_.write("hrbridge.yaml",
                  fmt::format("store: {}\nseal_keys: {{file: seal_keys}}\ncontrol_socket: "
                              "control.sock\nzone: Asia/Shanghai\n{}",
                              kind == "sqlite" ? "{kind: sqlite, path: hr.db}"
                                               : fmt::format("{{kind: postgres, connection: '{}'}}",
                                                             options.connection),
                              outside.sources_yaml()));
    const test::Finished made = run({"store", "upgrade"});
    if (made.code != 0) {
        throw std::runtime_error("hrbridge store upgrade: " + made.output);
    }
    store_ = store::open_store(options);
}

Installation::~Installation() {
    store_.reset();
    if (!database_.empty()) {
        PostgresServer::instance().drop_database(database_);
    }
}

test::Finished Installation::run(std::vector<std::string> arguments) const {
    std::vector<std::string> argv{HRBRIDGE_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.insert(argv.end(), {"--config", folder_.file("hrbridge.yaml")});
    return test::run({argv, {}, folder_.path().string(), "", ""});
}

SyncReport Installation::sync(const std::vector<std::string>& options, int code) const {
    std::vector<std::string> arguments{"sync", "all", "--once", "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const test::Finished done = run(arguments);
    // Log lines stand before the report.
    const auto begin = done.output.find("[\n");
    const auto runs = begin == std::string::npos
                          ? nlohmann::json()
                          : nlohmann::json::parse(done.output.substr(begin), nullptr, false);
    if (done.code != code || !runs.is_array()) {
        throw std::runtime_error(
            fmt::format("hrbridge sync into {} ended with {}:\n{}", kind_, done.code, done.output));
    }
    SyncReport report;
    for (const auto& run : runs) {
        report[run["mapping"]] = counts_of(run);
    }
    return report;
}

}  // namespace hrbridge::e2e
