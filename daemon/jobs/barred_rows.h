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
#include "daemon/store/fact_term.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// Tells of a source's raw rows which must not come into the store: those about people who were
// erased, and those of days that are kept no longer; and which name erased people. It goes by what
// the mapping makes of the fields that lead to a person or say the day; where it makes nothing of a
// number, by the raw cell, and a row whose day it cannot tell is left to be refused. Made for the
// columns of one source; one thread.
class BarredRows {
  public:
    struct Setting {
        const engine::Mapping& mapping;
        store::EntityTable table;  // the mapping's entity
        std::shared_ptr<const store::ErasedPeople> erased;
        const base::SealKeys& keys;
        base::Date today;
        std::optional<store::FactTerm> term = std::nullopt;  // nullopt: of any age

        bool bars_nothing() const;
    };
    // A fault when the source lacks a column.
    static base::Result<BarredRows> make(const Setting& setting,
                                         const std::vector<base::DescribedColumn>& columns);
    // The columns that lead to a person; none when no field of the mapping does.
    static std::vector<std::string> columns_of(const engine::Mapping& mapping,
                                               const store::EntityTable& table);
    // All that it looks at; none when it bars nothing, or goes by constants alone.
    static std::vector<std::string> columns_of(const Setting& setting);

    // Of which blocks keys() and kept_keys() are told.
    enum class Keys { None, WhereBarred, All };
    // Looks at the block's rows, for what follows.
    void judge(const base::RawBlock& block, Keys wanted = Keys::WhereBarred);
    bool is_barred(std::size_t row) const { return barred_[row] != Why::No; }
    std::int64_t barred() const;
    // Those of them that are of a day before the term.
    std::int64_t too_old() const;
    bool found_any() const;
    // The keys that barred rows have in the store, where the key is one text that says nothing of
    // whom: another row of the store may have it, about somebody else or of another day. Of two
    // rows of one key the newer one decides, or the later one where they have no time.
    const store::RetiredKeys& keys() const { return keys_; }
    // The keys of the rows that are not barred, likewise.
    const store::RetiredKeys& kept_keys() const { return kept_keys_; }
    static void note_barred(const std::string& key,
                            std::optional<std::int64_t> time,
                            store::RetiredKeys& keys);
    static void note_kept(const std::string& key,
                          std::optional<std::int64_t> time,
                          store::RetiredKeys& keys);
    // A packed copy of the judged block without the barred rows, and NULL in place of the cells
    // that name erased people: of fields that take one column which nothing else takes, since
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

    // Why a row is barred.
    enum class Why : std::uint8_t { No, Erased, TooOld };
    struct Day {
        engine::Mapper mapper;
        std::int64_t first_kept;
        engine::MapOutcome mapped = {};
    };

    explicit BarredRows(const Setting& setting);
    void look_at_days(const base::RawBlock& block);
    void look(Field& field, const base::RawBlock& block);
    void look_at_records(const base::RawBlock& block);
    void note(const Field& field, std::size_t row);
    bool is_erased(const std::string& label, std::string_view number);
    bool has_number(std::string_view record);
    void find_keys(const base::RawBlock& block);

    std::shared_ptr<const store::ErasedPeople> erased_;
    base::KeyedDigest digest_;
    std::vector<Field> fields_;
    std::optional<Day> day_;
    std::optional<engine::Mapper> key_mapper_;
    std::optional<std::size_t> record_;  // the column of records that could not be taken apart
    std::vector<Why> barred_;            // by row
    std::vector<Cell> names_;
    std::set<std::size_t> broken_;  // rows of such records
    store::RetiredKeys keys_;
    store::RetiredKeys kept_keys_;
    engine::MapOutcome mapped_;
};

}  // namespace hrbridge::jobs
