#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/app/live.h"
#include "daemon/base/seal.h"
#include "daemon/store/repositories.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A daemon's inside with the terminal A1 at one gate, a listener for it and the shipped mapping of
// its punches, on a store of either kind with the employee E1.
class GateBench {
  public:
    static constexpr const char* kSource =
        "listen: {host: 127.0.0.1, port: 0}, terminals: {A1: {site: gate-1}}";

    explicit GateBench(const std::string& kind = "sqlite") : kind_(kind) {
        if (kind == "postgres") {
            database_ = PostgresServer::instance().create_database();
        }
        folder.write("rules/empty.txt", "");
        const std::string shipped = HRBRIDGE_SOURCE_DIR "/mappings/iclock/";
        std::string mapping = read_file(shipped + "punch.map.yaml");
        // Without the mapping that it needs, and run by the tests alone.
        for (const std::string line : {"needs: [erp/employment_spell]\n", "sync: {every: 1m}\n"}) {
            mapping.erase(mapping.find(line), line.size());
        }
        folder.write("mappings/punch.map.yaml", mapping);
        folder.write("mappings/codes/direction.csv", read_file(shipped + "codes/direction.csv"));
        std::filesystem::permissions(
            folder.write("keys", base::SealKeys::generate("k1").reveal()),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        configure(kSource);
        start();
        add_employee();
    }
    GateBench(const GateBench&) = delete;
    GateBench& operator=(const GateBench&) = delete;
    ~GateBench() {
        live.reset();
        services.reset();
        if (!database_.empty()) {
            PostgresServer::instance().drop_database(database_);
        }
    }

    void configure(const std::string& source) const {
        const std::string store = kind_ == "postgres"
                                      ? "{kind: postgres, connection: '" +
                                            PostgresServer::instance().connection(database_) + "'}"
                                      : "{kind: sqlite, path: hr.db}";
        folder.write("hrbridge.yaml",
                     "store: " + store +
                         "\nseal_keys: {file: keys}\ncontrol_socket: control.sock\n"
                         "web: {port: 0}\nsources:\n  gates: {kind: iclock, " +
                         source + "}\n");
    }

    void start() {
        live.reset();
        live = std::make_unique<app::Live>(
            app::Live::Parts{folder.file("hrbridge.yaml"), log, clock, metrics}, load());
        services = load();
    }

    std::unique_ptr<app::Services> load() {
        app::LoadedServices loaded =
            app::load_services(folder.file("hrbridge.yaml"), log, clock, metrics);
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        return std::move(loaded.services);
    }

    void add_employee() const {
        const auto connection = services->store->connect();
        const std::string loaded = ", row_hash, batch_id, known_from) VALUES (";
        connection->execute("INSERT INTO person (person_no, name" + loaded + "$1, $2, $3, 0, $4)",
                            {"P1", "张三", base::Bytes{"h"}, clock.now()});
        connection->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date" + loaded +
                "$1, (SELECT id FROM person), $2, $3, $4, 0, $5)",
            {"E1", "permanent", base::Date(), base::Bytes{"h"}, clock.now()});
    }

    int terminal_port() const { return live->terminal_port("127.0.0.1", 0); }
    HttpAnswer get(const std::string& target) const {
        return http_call(terminal_port(), {"GET", target});
    }
    HttpAnswer push(const std::string& body,
                    const std::string& serial = "A1",
                    const std::string& stamp = "9999") const {
        return http_call(terminal_port(),
                         {"POST",
                          "/iclock/cdata?SN=" + serial + "&table=ATTLOG&Stamp=" + stamp,
                          {{"Content-Type", "application/x-www-form-urlencoded"}},
                          body});
    }

    jobs::SyncReport sync(bool full = false) const {
        jobs::SyncOptions options;
        options.full = full;
        return services->make_runner().run(services->mappings.at(0), options, {});
    }

    std::int64_t count(const std::string& from) const {
        const auto connection = services->store->connect();
        const auto rows = connection->query("SELECT count(*) FROM " + from, {});
        rows->next();
        return rows->integer(0);
    }
    bool exposes(const std::string& line) const {
        return metrics.expose().find(line + "\n") != std::string::npos;
    }

    TempDir folder;
    ManualClock clock;
    MemoryLog log;
    monitoring::Metrics metrics;
    std::unique_ptr<app::Live> live;
    std::unique_ptr<app::Services> services;  // the test's own, on the same store

  private:
    std::string kind_;
    std::string database_;
};

}  // namespace hrbridge::test
