#include "migration/rehearsal/side_digests.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <future>

#include "migration/rehearsal/content_root.h"

namespace hrbridge::rehearsal {
namespace {

// A reading of all columns takes about as long as two of the key and the row hash.
constexpr std::int64_t kWholeRow = 2;

struct Reading {
    std::int64_t weight = 0;
    std::function<void(store::sql::Connection&)> read;
};

// Each takes the next one that nobody has begun; one that fails ends them all.
class Readings {
  public:
    explicit Readings(std::vector<Reading> all) : all_(std::move(all)) {
        std::stable_sort(all_.begin(), all_.end(), [](const Reading& a, const Reading& b) {
            return a.weight > b.weight;
        });
    }

    void work(store::sql::Connection& connection) {
        for (std::size_t at = next_++; at < all_.size(); at = next_++) {
            try {
                all_[at].read(connection);
            } catch (...) {
                next_ = all_.size();
                throw;
            }
        }
    }

  private:
    std::vector<Reading> all_;
    std::atomic<std::size_t> next_ = 0;
};

std::int64_t rows_of(const std::map<std::string, std::int64_t>& rows, const std::string& table) {
    const auto found = rows.find(table);
    return found == rows.end() ? 0 : found->second;
}

}  // namespace

SideDigests side_digests(store::Store& side,
                         store::sql::Connection& connection,
                         const std::vector<store::EntityTable>& entities,
                         const StoredPart& part,
                         const std::map<std::string, std::int64_t>& rows) {
    const auto tables = stored_content(connection, "", part);
    std::vector<ledger::Digest> digests(tables.size());
    std::vector<std::string> names = part.entities;
    std::sort(names.begin(), names.end());
    std::vector<EntityContent> content(names.size());
    std::vector<Reading> all;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        all.push_back({kWholeRow * rows_of(rows, tables[i].name),
                       [&, i](auto& with) { digests[i] = table_digest(with, "", tables[i]); }});
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        all.push_back({rows_of(rows, names[i]), [&, i](auto& with) {
                           content[i] =
                               entity_content(with, entities, names[i], RowsLie::ByKeyAsARule);
                       }});
    }
    Readings readings(std::move(all));
    const auto second = side.connect();
    auto beside = std::async(std::launch::async, [&] { readings.work(*second); });
    readings.work(connection);
    beside.get();
    return {module_root(content), stored_digest(tables, digests)};
}

}  // namespace hrbridge::rehearsal
