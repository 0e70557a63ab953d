#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/value.h"

namespace hrbridge::spot_check {

enum class RowKind {
    Sample,
    Extra,  // must be checked whatever the draw says; counts for nothing
    Decoy,  // a row outside the sample of which one shown value was altered
};
std::string_view to_string(RowKind kind);  // "sample"

// A column of the source's row.
struct SourceCell {
    std::string column;
    std::optional<std::string> text;  // nullopt: NULL
    bool personal = false;            // also where nobody has said what it holds
};

// A field of the target.
struct SheetField {
    std::string name;
    base::Kind kind = base::Kind::Text;
    std::optional<std::string> target;  // as shown; nullopt: NULL
    bool personal = false;
    bool critical = false;             // identity, pay, dates: judged twice
    bool key = false;                  // of the natural key
    std::vector<std::string> columns;  // of the source that the mapping takes for it
};

// All that the sheet knows of one row. The store has it sealed as a whole, and sheets, pages and
// files show the same of each kind: nobody can tell a decoy who lacks the key.
struct RowContent {
    RowKind kind = RowKind::Sample;
    std::string planted;  // the altered field of a decoy
    std::int64_t stratum = 0;
    std::string entity;
    std::string mapping;
    std::string key;        // its parts joined by "/"
    std::string shown_key;  // personal parts masked
    std::vector<SheetField> fields;
    std::vector<SourceCell> source;  // empty: the source has no such row
    std::int64_t source_rows = 0;    // that come to this key; the newest is shown
    std::string changed;  // the source's own time of a change after the load; empty: none

    bool has_critical() const;
    const SheetField* find(std::string_view field) const;
    const SourceCell* cell(std::string_view column) const;
    // Columns that no field takes.
    std::vector<const SourceCell*> other_cells() const;
};

std::string to_json(const RowContent& content);
// A fault where the text is none.
base::Result<RowContent> content_from_json(const std::string& text);

// Of a field as ledger and reveals name it: "person.id_number", "person<vIDNo" for a column that no
// field takes.
std::string reveal_name(const RowContent& content, std::string_view field);

}  // namespace hrbridge::spot_check
