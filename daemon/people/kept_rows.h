#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/barred_rows.h"
#include "daemon/store/sql.h"
#include "mappings/engine/mapping.h"

// What is kept as it came, before or beside the entities, and whose it is by the mappings.
namespace hrbridge::people {

// All outlive who looks.
struct LookFor {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    const std::vector<engine::Mapping>& mappings;
    std::shared_ptr<const store::ErasedPeople> whom;  // one person, or all who were erased
};

// A refused row that is kept, of one of the mappings.
struct KeptRow {
    std::int64_t id = 0;
    const engine::Mapping* mapping = nullptr;
    std::string key_digest;
    bool about = false;   // them; else it only names them
    std::string packed;   // as it is kept
    std::string without;  // the same without their numbers; of one that only names them
};

// Looks through all kept rows of refused ones, open or not, for those that have to do with them.
class KeptRowsLook {
  public:
    explicit KeptRowsLook(const LookFor& look) : look_(look) {}
    std::vector<KeptRow> run();
    std::int64_t unopened() const { return unopened_; }  // that no key opens
    std::int64_t unknown() const { return unknown_; }    // of mappings that are not there

  private:
    void look_at(const engine::Mapping& mapping, const store::EntityTable& table);
    std::optional<KeptRow> judge(const engine::Mapping& mapping,
                                 const store::EntityTable& table,
                                 std::string packed);
    void count_unknown();

    LookFor look_;
    std::vector<KeptRow> found_;
    std::int64_t unopened_ = 0;
    std::int64_t unknown_ = 0;
    // Of the mapping's last row; most have the same columns.
    std::vector<base::DescribedColumn> columns_;
    std::optional<jobs::BarredRows> rows_;
};

// {source, pin} under which terminals sent what is theirs: by the mappings of the source, or, where
// none reads it, because the pin is one of their numbers.
std::vector<std::pair<std::string, std::string>> pins_of(const LookFor& look);

}  // namespace hrbridge::people
