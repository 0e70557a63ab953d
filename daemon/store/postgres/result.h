#pragma once

#include <memory>

#include <libpq-fe.h>

namespace hrbridge::store::postgres {

struct ResultCloser {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultCloser>;

}  // namespace hrbridge::store::postgres
