#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/backup/backup.h"
#include "daemon/backup/restore.h"
#include "daemon/backup/shelf.h"
#include "daemon/base/text.h"
#include "daemon/store/seal_check.h"
#include "daemon/store/store_restore.h"
#include "migration/ledger/ledger.h"
#include "migration/ledger/verify.h"
#include "tests/daemon/store/cause_codes.h"
#include "tests/support/wait_for.h"

namespace hrbridge::backup {

inline ledger::KeyRing ring_of(char fill) {
    return ledger::KeyRing(ledger::PrivateKey::from_seed(base::Secret(std::string(32, fill))));
}

// Brings whole batches of kRows cause codes, each with its checkpoint and an entry of the ledger,
// until it ends.
class Writer {
  public:
    static constexpr int kRows = 50;

    Writer(store::Store& store, test::ManualClock& clock, const ledger::KeyRing& keys)
        : thread_([this, &store, &clock, &keys](const std::stop_token& stop) {
              const auto connection = store.connect();
              const store::BatchPlan plan =
                  store::make_plan(*connection, "cause_code", clock.now());
              while (!stop.stop_requested()) {
                  bring(*connection, plan, clock);
                  clock.advance(std::chrono::microseconds(1'000'001));
                  store::sql::Transaction transaction(*connection);
                  ledger::Ledger(*connection, &keys)
                      .append({clock.now(),
                               "core_hr",
                               "impl01",
                               ledger::Batch{"test/cause_code",
                                             ledger::Digest::sha256_of("identity"),
                                             ledger::Digest::sha256_of("root"),
                                             kRows}});
                  transaction.commit();
                  ++batches_;
              }
          }) {}
    int batches() const { return batches_; }
    void wait_for(int batches) const {
        ASSERT_TRUE(test::wait_for([&] { return batches_ >= batches; }));
    }

  private:
    void bring(store::sql::Connection& connection,
               const store::BatchPlan& plan,
               const base::Clock& clock) {
        std::vector<store::Row> rows;
        for (int i = 0; i < kRows; ++i) {
            rows.push_back({fmt::format("C{:07}", ++rows_), "刀具磨损"});
        }
        const auto writer = store::make_batch_writer(connection, plan, nullptr, clock);
        const store::Block block(rows);
        writer->append(block.batch, block.raw);
        writer->commit(store::at(plan, std::to_string(rows_)));
    }

    int rows_ = 0;
    std::atomic<int> batches_ = 0;
    std::jthread thread_;
};

// Backups of a store and restores into another, on both kinds.
class BackupBench : public store::BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        shelf_ = folder_.file("shelf");
        target_ = std::make_unique<store::FreshStore>(GetParam());
    }
    void TearDown() override {
        target_.reset();
        BothStores::TearDown();
    }

    store::StoreOptions options_of(const store::FreshStore& store) const {
        store::StoreOptions options;
        options.kind = GetParam();
        options.path = store.path();
        if (is_postgres()) {
            options.connection = test::PostgresServer::instance().connection(store.database());
        }
        return options;
    }
    Backup back_up(const std::string& reason = kByCommand, const ledger::KeyRing* keys = nullptr) {
        clock_.advance(std::chrono::seconds(1));
        return make_backup(
            {options_of(*store_), keys == nullptr ? &keys_ : keys, clock_}, shelf_, reason, {});
    }
    RestoreWish wish(const fs::path& from) const {
        RestoreWish wish;
        wish.from = from;
        wish.actor = "impl01";
        wish.prove = [this](store::Store& restored, const Manifest& manifest) {
            return proves(restored, manifest);
        };
        return wish;
    }
    RestoreResult restore(const RestoreWish& wish, const ledger::KeyRing* keys) {
        return restore_backup({options_of(*target_), keys, &seal_keys_, clock_}, wish);
    }
    RestoreResult restore(const fs::path& from) { return restore(wish(from), &keys_); }

    bool proves(store::Store& restored, const Manifest& manifest) const {
        ledger::VerifyOptions options;
        options.trusted = keys_.public_keys();
        if (manifest.ledger) {
            options.printed = std::get<ledger::Head>(ledger::parse_line(manifest.ledger->line));
        }
        return ledger::verify(*restored.connect(), options).outcome() != ledger::Outcome::Fail;
    }

    void append_entry() {
        clock_.advance(std::chrono::microseconds(1'000'001));
        store::sql::Transaction transaction(*connection_);
        ledger::Ledger(*connection_, &keys_)
            .append({clock_.now(),
                     "core_hr",
                     "impl01",
                     ledger::Batch{"test/cause_code",
                                   ledger::Digest::sha256_of("identity"),
                                   ledger::Digest::sha256_of("root"),
                                   1}});
        transaction.commit();
    }
    // A store with a bit of everything that a backup tells of.
    void fill() {
        store::use_seal_key(*connection_, seal_keys_, clock_.now());
        const auto plan = store::make_plan(*connection_, "cause_code", clock_.now());
        store::load(*connection_, plan, {{"C1", "划伤"}, {"C2", "尺寸\t超差\\N"}}, clock_);
        append_entry();
        append_entry();
    }

    static std::vector<std::string> codes(const std::vector<ledger::Note>& notes) {
        std::vector<std::string> all;
        for (const ledger::Note& note : notes) {
            all.push_back(note.code);
        }
        return all;
    }
    std::vector<std::string> shelf() const {
        std::vector<std::string> names;
        for (const fs::directory_entry& entry : fs::directory_iterator(shelf_)) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
    static std::int64_t number(store::Store& store, const std::string& sql) {
        const auto connection = store.connect();
        const auto rows = connection->query(sql, {});
        EXPECT_TRUE(rows->next());
        return rows->integer(0);
    }
    static std::string word(store::Store& store, const std::string& sql) {
        const auto connection = store.connect();
        const auto rows = connection->query(sql, {});
        return rows->next() ? rows->text(0) : std::string();
    }

    test::TempDir folder_;
    fs::path shelf_;
    std::unique_ptr<store::FreshStore> target_;
    ledger::KeyRing keys_ = ring_of('k');
    base::SealKeys seal_keys_ =
        base::SealKeys::parse(base::Secret("k1:" + base::to_base64(std::string(32, 's')))).value();
};

}  // namespace hrbridge::backup
