#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/api.h"
#include "daemon/base/error.h"
#include "daemon/base/secret.h"

namespace hrbridge::odbc {

// One diagnostic record of a driver.
struct Diagnostic {
    std::string state;  // SQLSTATE, five characters
    int native = 0;     // the database's own code
    std::string text;

    // "40001/1213"
    std::string code() const;
};
using Diagnostics = std::vector<Diagnostic>;

// All records of a handle, in the driver's order; at most 32.
Diagnostics read_diagnostics(Api& api, SQLSMALLINT type, SQLHANDLE handle);

// What helps against these records. A record that names a lost connection, a time-out or a
// deadlock asks for a retry, unless another one says that a person must act.
base::Remedy remedy_of(const Diagnostics& records);

// Whether a record says that a value was cut.
bool tells_truncation(const Diagnostics& records);

// The error of a failed call. The text has `doing`, all records and what to do; passwords that a
// driver echoes are blotted out, and texts of data errors (SQLSTATE 22…) are left out because they
// quote values.
base::ConnectorError make_error(const std::string& system,
                                std::string_view doing,
                                const Diagnostics& records,
                                const base::Secret& password);

// `text` without the password, without what follows PWD= or PASSWORD=, at most 400 bytes.
std::string scrub(std::string_view text, const base::Secret& password);

}  // namespace hrbridge::odbc
