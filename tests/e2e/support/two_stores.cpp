#include "tests/e2e/support/two_stores.h"

#include <stdexcept>

#include "daemon/app/mapping_folder.h"
#include "daemon/store/repositories.h"

namespace hrbridge::e2e {
namespace {

std::vector<engine::Mapping> synced_mappings() {
    app::LoadedMappings loaded = app::load_mappings({HRBRIDGE_SOURCE_DIR "/mappings"});
    std::vector<engine::Mapping> out;
    for (engine::Mapping& mapping : loaded.mappings) {
        // What people and terminals send by themselves is not in the outside world of these tests.
        if (mapping.connection != "checkin" && mapping.connection != "gates") {
            out.push_back(std::move(mapping));
        }
    }
    return out;
}

std::int64_t count_writing_batches(store::sql::Connection& connection) {
    const auto rows =
        connection.query("SELECT count(*) FROM batch WHERE rows_inserted + rows_updated > 0", {});
    rows->next();
    return rows->integer(0);
}

}  // namespace

TwoStores& TwoStores::instance() {
    static TwoStores stores;
    return stores;
}

TwoStores::TwoStores()
    : key_text_(base::SealKeys::generate("e2e")),
      keys_(base::SealKeys::parse(key_text_).value()),
      mappings_(synced_mappings()),
      sqlite_("sqlite", outside_, key_text_),
      postgres_("postgres", outside_, key_text_) {}

StoreContent TwoStores::content(store::sql::Connection& connection, const std::string& only) const {
    return read_content(connection, keys_, mappings_, only);
}

Side TwoStores::sync(const Installation& installation,
                     const std::vector<std::string>& options,
                     bool evaluate) const {
    Side side;
    side.report = installation.sync(options);
    if (evaluate) {
        const test::Finished done = installation.run({"findings", "evaluate"});
        if (done.code != 0) {
            throw std::runtime_error("hrbridge findings evaluate: " + done.output);
        }
    }
    const auto connection = installation.store().connect();
    side.content = content(*connection);
    for (const auto& count : store::RejectRepository(*connection).counts()) {
        side.open_rejects[{count.mapping, count.rule}] += count.rows;
    }
    side.writing_batches = count_writing_batches(*connection);
    return side;
}

Stage TwoStores::sync_both(const std::vector<std::string>& options, bool evaluate) const {
    Stage stage;
    stage.sqlite = sync(sqlite_, options, evaluate);
    stage.postgres = sync(postgres_, options, evaluate);
    return stage;
}

const Stage& TwoStores::first() {
    if (!first_) {
        first_ = sync_both({}, true);
    }
    return *first_;
}

const Stage& TwoStores::again() {
    if (!again_) {
        first();
        again_ = sync_both({}, false);
    }
    return *again_;
}

const Stage& TwoStores::in_full() {
    if (!in_full_) {
        again();
        in_full_ = sync_both({"--full"}, false);
    }
    return *in_full_;
}

const Stage& TwoStores::changed() {
    if (!changed_) {
        in_full();
        change_sources(outside_);
        changed_ = sync_both({}, true);
    }
    return *changed_;
}

const Stage& TwoStores::latest() {
    for (const std::optional<Stage>* stage : {&changed_, &in_full_, &again_}) {
        if (*stage) {
            return **stage;
        }
    }
    return first();
}

}  // namespace hrbridge::e2e
