// Runs one sync to its end: kill_sync_child FOLDER STORE_KIND STORE.
// The folder holds source.db, keys and unit.map.yaml; the rows handed to the writer are noted in
// the file "progress" after each block.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "connectors/odbc/api.h"
#include "connectors/odbc/connector.h"
#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace hrbridge;

int run(const std::string& folder, const std::string& kind, const std::string& target) {
    const engine::LoadedMapping loaded = engine::load_mapping(folder + "/unit.map.yaml");
    const auto keys = base::SealKeys::parse(base::Secret(test::read_file(folder + "/keys")));
    if (!loaded.mapping || !keys) {
        std::fputs("mapping or keys are faulty\n", stderr);
        return 2;
    }
    store::StoreOptions store_options;
    store_options.kind = kind;
    (kind == "sqlite" ? store_options.path : store_options.connection) = target;
    const auto store = store::open_store(store_options);

    base::SystemClock clock;
    test::MemoryLog log;
    monitoring::Metrics metrics;
    odbc::DriverManager api;
    odbc::Options options;
    options.name = "erp";
    options.driver = test::odbc_driver("libsqlite3odbc.so");
    options.attributes = {{"Database", folder + "/source.db"}};
    options.dialect = "sqlite";
    odbc::OdbcConnector source(options, {}, {api, clock, log});

    const int progress = ::open((folder + "/progress").c_str(), O_WRONLY | O_CREAT, 0600);
    jobs::SyncOptions sync;
    sync.progress = [&](const jobs::Progress& done) {
        const std::int64_t rows = done.rows_read;
        if (::pwrite(progress, &rows, sizeof rows, 0) != sizeof rows) {
            std::fputs("progress was not noted\n", stderr);
        }
    };
    jobs::SyncRunner runner(
        {*store, [&](const std::string&) { return &source; }, &*keys, clock, log, metrics});
    const jobs::SyncReport report = runner.run(*loaded.mapping, sync, std::stop_token());
    for (const std::string& note : report.notes) {
        std::printf("%s\n", note.c_str());
    }
    std::printf("%s %s %s\n",
                to_string(report.outcome).c_str(),
                report.error.c_str(),
                jobs::to_text(report.faults).c_str());
    return report.outcome == jobs::SyncOutcome::Done ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        return 2;
    }
    try {
        return run(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
