#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/keyed_digest.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// Tells of a source's raw rows which are about people who were erased and which name such people,
// by what the mapping makes of the fields that lead to a person, or by the raw cell where it makes
// nothing of it. Made for the columns of one source; one thread.
class ErasedRows {
  public:
    struct Setting {
        const engine::Mapping& mapping;
        store::EntityTable table;  // the mapping's entity
        std::shared_ptr<const store::ErasedPeople> erased;
        const base::SealKeys& keys;
        base::Date today;
    };
    // A fault when the source lacks a column.
    static base::Result<ErasedRows> make(const Setting& setting,
                                         const std::vector<base::DescribedColumn>& columns);
    // The columns that it looks at; none when no field of the mapping leads to a person.
    static std::vector<std::string> columns_of(const engine::Mapping& mapping,
                                               const store::EntityTable& table);

    // Looks at the block's rows, for what follows.
    void judge(const base::RawBlock& block);
    bool is_about(std::size_t row) const { return about_[row] != 0; }
    std::int64_t about() const;
    bool found_any() const;
    // The keys that rows about them have in the store, where the key is one text that says nothing
    // of whom: another row of the store may have it, about somebody else. Not those that another
    // row of the block has too, about somebody else.
    const store::RetiredKeys& keys() const { return keys_; }
    // A packed copy of the judged block without the rows that are about them, and NULL in place of
    // the cells that name them: of fields that take one column which nothing else takes, since
    // another field of the row must stay what it is. Of a record that could not be taken apart and
    // has such a number, only what was wrong with it stays.
    base::RawBlock without(const base::RawBlock& block) const;

  private:
    struct Field {
        std::string label;  // "employment_spell.employee_no"
        bool subject;
        engine::Mapper mapper;
        std::vector<std::size_t> columns;  // of the raw block
        bool blanks;                       // its column may be NULL
        engine::MapOutcome mapped = {};
    };
    struct Cell {
        std::size_t row;
        std::size_t column;

        friend auto operator<=>(const Cell&, const Cell&) = default;
    };

    explicit ErasedRows(const Setting& setting);
    void look(Field& field, const base::RawBlock& block);
    void look_at_records(const base::RawBlock& block);
    void note(const Field& field, std::size_t row);
    bool is_erased(const std::string& label, std::string_view number);
    bool has_number(std::string_view record);
    void find_keys(const base::RawBlock& block);

    std::shared_ptr<const store::ErasedPeople> erased_;
    base::KeyedDigest digest_;
    std::vector<Field> fields_;
    std::optional<engine::Mapper> key_mapper_;
    std::optional<std::size_t> record_;  // the column of records that could not be taken apart
    std::vector<std::uint8_t> about_;    // by row
    std::vector<Cell> names_;
    std::set<std::size_t> broken_;  // rows of such records
    store::RetiredKeys keys_;
    engine::MapOutcome mapped_;
};

}  // namespace hrbridge::jobs
