#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/erased_rows.h"
#include "daemon/people/erasure.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::people {

struct RowsOf {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    const std::vector<engine::Mapping>& mappings;
    const Person& person;
};

// Tells which of the pins under which terminals send is the person's: by the mappings of their
// source, or because it is one of his numbers.
class PinOwner {
  public:
    // `of` outlives it.
    explicit PinOwner(const RowsOf& of);
    // {source, pin} of what terminals sent, those that are his.
    std::vector<std::pair<std::string, std::string>> pins();

  private:
    struct Reader {
        std::string source;
        std::vector<base::DescribedColumn> columns;
        jobs::ErasedRows rows;
    };
    bool is_his(const std::string& source, const std::string& pin);

    const RowsOf& of_;
    std::vector<Reader> readers_;
};

// A refused row that is kept, of one of the mappings.
struct KeptRow {
    std::int64_t id = 0;
    const engine::Mapping* mapping = nullptr;
    std::string packed;
    std::string key_digest;
    bool about = false;              // the person; else it only names him
    std::vector<std::string> names;  // columns that do
};

// Looks through all kept rows of refused ones, open or not, and gives those that have to do with
// the person.
class KeptRowsLook {
  public:
    explicit KeptRowsLook(const RowsOf& of) : of_(of) {}
    std::vector<KeptRow> run();
    std::int64_t unopened() const { return unopened_; }

  private:
    void look(const engine::Mapping& mapping, const store::EntityTable& table);
    std::optional<KeptRow> judge(const engine::Mapping& mapping,
                                 const store::EntityTable& table,
                                 std::string packed);

    RowsOf of_;
    std::vector<KeptRow> found_;
    std::int64_t unopened_ = 0;
    // Of the mapping's last row; most have the same columns.
    std::vector<base::DescribedColumn> columns_;
    std::optional<jobs::ErasedRows> rows_;
};

// Deletes those about him, and takes his number from those that name him.
class KeptRowsErasure {
  public:
    KeptRowsErasure(store::sql::Connection& connection,
                    const base::SealKeys& keys,
                    const std::vector<engine::Mapping>& mappings,
                    const Person& person)
        : of_{connection, keys, mappings, person} {}
    void run(ErasureReport& report);

  private:
    void take_names_from(const KeptRow& row);
    std::int64_t rows_of_unknown_mappings();

    RowsOf of_;
};

}  // namespace hrbridge::people
