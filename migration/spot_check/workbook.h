#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "migration/spot_check/desk.h"
#include "migration/spot_check/sheet.h"

// The sheet as a workbook, for those who work without the page, and what comes back of it.
namespace hrbridge::spot_check {

// A row of the workbook. Each field of each row of the sheet has one; what a checker fills in is
// empty.
struct SheetLine {
    std::int64_t place = 0;
    std::string field;               // "" for the columns that no field takes
    bool first = false;              // of its row: takes the verdict
    bool second = false;             // and a second entry
    bool takes_mark = false;         // may be marked as wrong
    std::vector<std::string> cells;  // place, entity, key, field, columns, source, target
};

// NULL is shown as "∅".
std::vector<SheetLine> lines_of(const std::vector<SheetRow>& rows, bool revealed);

// Writes a new file that only this user may read. A fault where it cannot be written, or is there.
base::Result<std::string> write_workbook(const std::string& file,
                                         const std::string& language,
                                         std::int64_t draw,
                                         const std::vector<SheetRow>& rows,
                                         bool revealed);

// A row of a workbook as it was read: its number in the file, from 1, and its cells as text.
struct ReadLine {
    std::uint64_t number = 0;
    std::vector<std::string> cells;
};

struct Returned {
    struct Entry {
        std::int64_t place = 0;
        RowVerdict verdict = RowVerdict::Right;
        std::vector<std::string> fields;
    };
    std::vector<Entry> entries;  // of rows with a verdict; rows without one are passed over
    base::Faults faults;         // each with the row's number in the file
};
// Holds what came back against the sheet: a line that is not of it, that comes twice or whose shown
// cells are others is a fault, and so are verdicts that cannot be read, a wrong row without a
// marked field and critical fields whose second entry does not say the same. Only a workbook
// without a fault may be taken.
Returned read_back(const std::vector<ReadLine>& lines,
                   std::int64_t draw,
                   const std::vector<SheetRow>& rows);

}  // namespace hrbridge::spot_check
