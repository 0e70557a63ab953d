#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/connector.h"
#include "connectors/http/json_text.h"

namespace hrbridge::http {

enum class PageBy { None, Number, Offset, Cursor, Link };
enum class TimeForm { Local, Rfc3339, Unix, UnixMs };

struct Paging {
    PageBy by = PageBy::None;
    std::string param;  // of page number, offset or cursor
    std::string size_param;
    std::int64_t size = 0;   // rows a page; 0: the server's own
    std::int64_t start = 1;  // first page number, or offset
    JsonPointer cursor_at;   // next cursor, in the answer
    JsonPointer total_at;    // rows of the whole dataset, in the answer; empty: it does not say
};

// What a mapping's `source:` map says to this connector.
struct Dataset {
    std::string path;
    std::vector<std::pair<std::string, std::string>>
        query;  // values may hold {window_from}, {window_to}
    TimeForm window_format = TimeForm::Local;
    JsonPointer rows;  // to the array of records
    Paging paging;
    std::vector<base::DescribedColumn> columns;  // in the order of the contract
    std::vector<JsonPointer> members;            // where each column's value stands
};

// Faults carry file and line.
Dataset read_dataset(const base::YamlNode& node, base::Faults& faults);

// The first request's target (path and query) without paging parameters. A parameter that needs
// the window's lower bound is left out when there is none.
std::string first_target(const Dataset& dataset, const connectors::ReadRequest& request);

}  // namespace hrbridge::http
