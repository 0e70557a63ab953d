#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge {
namespace {

constexpr int kRows = 50'000;
constexpr int kBatchRows = 5'000;
constexpr int kMostBlockRows = 2'000;
constexpr int kKillsByDefault = 50;
constexpr std::chrono::duration<double> kLongestAfterARow{0.05};
constexpr int kUnknownKindEvery = 500;    // rejects
constexpr int kLaterParentEvery = 7;      // holds that are released in the run
constexpr int kLater = 300;               // rows from a child to its parent
constexpr int kMissingParentEvery = 997;  // holds that stay

constexpr const char* kMapping = R"(
map: test/org_unit
source:
  conn: erp
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT code, name, kind, parent, changed FROM dept WHERE {window} AND {page}
  key: [code]
  columns:
    code:    varchar(12)!
    name:    varchar(40)
    kind:    varchar(8)
    parent:  varchar(12)
    changed: varchar(30)
sync:
  window: {by: changed, overlap: 30m, hold_back: 0s}
  batch: {rows: 5000}
target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code:      {from: code,   do: [trim], type: text(32), match: 'D\d{6}', id: F01}
  name:      {from: name,   do: [trim], type: text(80), id: F02}
  kind:      {from: kind,   do: [trim], type: text(16), one_of: [team, plant], id: F03}
  parent_id: {from: parent, do: [trim, empty_to_null], ref: org_unit.code, type: text(32), opt: true, else: hold, id: F04}
)";

struct Unit {
    std::string code;
    std::string kind;
    std::optional<std::string> parent;
};

std::string code(int number) {
    return fmt::format("D{:06}", number);
}

bool is_rejected(int i) {
    return i % kUnknownKindEvery == 1;
}

Unit unit(int i) {
    Unit made{code(i), is_rejected(i) ? "shop" : "team", std::nullopt};
    if (i % kMissingParentEvery == 5) {
        made.parent = "D999999";
    } else if (i % kLaterParentEvery == 0 && i + kLater < kRows) {
        made.parent = code(i + kLater);
    }
    return made;
}

// Whether the unit ends in the store: it is good, and so are all above it.
bool arrives(int i) {
    while (true) {
        const Unit made = unit(i);
        if (is_rejected(i) || made.parent == "D999999") {
            return false;
        }
        if (!made.parent) {
            return true;
        }
        i += kLater;
    }
}

void make_source(const std::string& path) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    const auto run = [&](const std::string& sql) {
        ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
    };
    run("CREATE TABLE dept (code varchar(12) NOT NULL PRIMARY KEY, name varchar(40), kind "
        "varchar(8), parent varchar(12), changed varchar(30)); BEGIN");
    for (int i = 0; i < kRows; ++i) {
        const Unit made = unit(i);
        run(fmt::format(
            "INSERT INTO dept VALUES ('{}', 'Unit {}', '{}', {}, '2024-05-01 00:00:00')",
            made.code,
            i,
            made.kind,
            made.parent ? "'" + *made.parent + "'" : "NULL"));
    }
    run("COMMIT");
    sqlite3_close(database);
}

int setting(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
}

class KillSync : public testing::TestWithParam<std::string> {
  protected:
    KillSync() {
        folder_.write("unit.map.yaml", kMapping);
        folder_.write("keys", base::SealKeys::generate("k1").reveal());
        make_source(folder_.file("source.db"));
        new_store();
    }

    void new_store() {
        store_.reset();
        store::StoreOptions options;
        options.kind = GetParam();
        if (GetParam() == "sqlite") {
            target_ = folder_.file(fmt::format("hr{}.db", ++stores_));
            options.path = target_;
        } else {
            test::PostgresServer& server = test::PostgresServer::instance();
            target_ = server.connection(server.create_database());
            options.connection = target_;
        }
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
        std::filesystem::remove(folder_.file("progress"));
    }

    std::unique_ptr<test::Process> start() {
        test::ProcessOptions options;
        options.argv = {KILL_SYNC_CHILD, folder_.path().string(), GetParam(), target_};
        options.output = folder_.file("output");
        return std::make_unique<test::Process>(options);
    }

    std::int64_t count(const std::string& sql) {
        const auto connection = store_->connect();
        const auto rows = connection->query(sql, {});
        return rows->next() ? rows->integer(0) : -1;
    }

    // Rows of committed batches; those of replayed holds count nothing.
    std::int64_t committed() {
        return count("SELECT CAST(COALESCE(SUM(rows_read), 0) AS bigint) FROM batch");
    }

    std::int64_t noted_progress() const {
        std::int64_t rows = 0;
        if (!std::filesystem::exists(folder_.file("progress"))) {
            return rows;
        }
        const std::string file = test::read_file(folder_.file("progress"));
        if (file.size() == sizeof rows) {
            std::memcpy(&rows, file.data(), sizeof rows);
        }
        return rows;
    }

    // Starts a sync and kills it: at a random instant of `longest`, or, since reading is short and
    // releasing is long, some milliseconds after a random row. False when it was done before.
    bool kill_one(std::chrono::duration<double> longest) {
        const std::int64_t before = committed();
        std::filesystem::remove(folder_.file("progress"));
        const auto child = start();
        std::uniform_real_distribution<double> share(0.0, 1.0);
        if (share(random_) < 0.5) {
            std::this_thread::sleep_for(longest * share(random_));
        } else {
            wait_for_row(*child, static_cast<std::int64_t>(share(random_) * kRows) - before);
            std::this_thread::sleep_for(kLongestAfterARow * share(random_));
        }
        child->signal(SIGKILL);
        const bool killed = child->wait() != 0;
        if (killed) {
            note_phase();
        }
        const std::int64_t again = noted_progress() - (committed() - before);
        EXPECT_LE(again, kBatchRows + kMostBlockRows);
        most_again_ = std::max(most_again_, again);
        return killed;
    }

    void wait_for_row(test::Process& child, std::int64_t row) const {
        while (noted_progress() < row && !child.ended()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    bool reading_is_over() { return count("SELECT count(*) FROM checkpoint WHERE complete") == 1; }

    // Where the kills fell, so that the test can be seen to reach all phases.
    void note_phase() {
        const std::int64_t rows = committed();
        ++(reading_is_over() ? after_reading_ : rows == 0 ? before_first_batch_ : between_batches_);
    }

    void finish() {
        const auto child = start();
        ASSERT_EQ(child->wait(), 0) << test::read_file(folder_.file("output"));
    }

    void expect_whole() {
        std::int64_t units = 0;
        std::int64_t rejected = 0;
        std::int64_t children = 0;
        for (int i = 0; i < kRows; ++i) {
            const bool stored = arrives(i);
            units += stored ? 1 : 0;
            rejected += is_rejected(i) ? 1 : 0;
            children += stored && unit(i).parent ? 1 : 0;
        }
        EXPECT_EQ(count("SELECT count(*) FROM org_unit"), units);
        EXPECT_EQ(count("SELECT count(DISTINCT code) FROM org_unit"), units);
        EXPECT_EQ(count("SELECT count(*) FROM org_unit c JOIN org_unit p ON p.id = c.parent_id"),
                  children);
        EXPECT_EQ(count("SELECT count(*) FROM org_unit c JOIN org_unit p ON p.id = c.parent_id "
                        "WHERE CAST(substr(p.code, 2) AS integer) - "
                        "CAST(substr(c.code, 2) AS integer) <> 300"),
                  0);
        EXPECT_EQ(count("SELECT count(*) FROM reject WHERE kind = 'row' AND state = 'open'"),
                  rejected);
        EXPECT_EQ(count("SELECT count(*) FROM reject WHERE kind = 'hold' AND state = 'open'"),
                  kRows - units - rejected);
        EXPECT_EQ(count("SELECT CAST(SUM(rows_inserted) AS bigint) FROM batch"), units);
        EXPECT_EQ(count("SELECT CAST(SUM(rows_updated) AS bigint) FROM batch"), 0);
        EXPECT_EQ(committed(), kRows);
        EXPECT_EQ(count("SELECT count(*) FROM run WHERE outcome = 'running'"), 0);
        EXPECT_EQ(count("SELECT count(*) FROM checkpoint WHERE complete"), 1);
    }

    test::TempDir folder_;
    std::string target_;
    std::unique_ptr<store::Store> store_;
    int stores_ = 0;
    std::mt19937 random_{static_cast<std::uint32_t>(setting("HRBRIDGE_SEED", 1))};
    std::int64_t most_again_ = 0;
    int before_first_batch_ = 0;
    int between_batches_ = 0;
    int after_reading_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         KillSync,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(KillSync, LosesNothingDoublesNothingAndReadsAtMostOneBatchAgain) {
    const auto begin = std::chrono::steady_clock::now();
    finish();
    const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
    expect_whole();

    const int wanted = setting("HRBRIDGE_KILLS", kKillsByDefault);
    int kills = 0;
    new_store();
    while (kills < wanted) {
        const double left = 1.0 - static_cast<double>(committed()) / kRows;
        if (kill_one(whole * std::max(left, 0.1))) {
            ++kills;
            if (!reading_is_over()) {
                continue;
            }
            finish();
        }
        expect_whole();
        new_store();
    }
    finish();
    expect_whole();
    std::printf(
        "%d kills of a sync of %.1f s: %d before the first batch, %d between batches, %d while "
        "holds "
        "were released; at most %lld rows read again\n",
        kills,
        whole.count(),
        before_first_batch_,
        between_batches_,
        after_reading_,
        static_cast<long long>(most_again_));
}

}  // namespace
}  // namespace hrbridge
