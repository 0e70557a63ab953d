#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/odbc/layout.h"
#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// A server that turns a column's text into the session's charset writes "?" for what that cannot
// hold or what was never text, without an error. Only where a "?" comes is the server asked, once a
// page, whether its own bytes have as many.
class LossyText {
  public:
    LossyText(Session& session, const Layout& layout);

    // The statement whose rows come next.
    void turn(Sql page);
    // The first column of `block` with a "?" that the source does not have; nullopt: none.
    std::optional<std::string> find(const base::RawBlock& block);

  private:
    bool is_settled(std::size_t column) const { return settled_.count(column) > 0; }
    bool has_mark(const base::RawColumn& column, std::size_t rows) const;
    // Leaves out the columns whose bytes come as they are.
    void settle_charsets();
    bool loses(std::size_t column);
    std::optional<std::string> ask(const std::string& expression);

    Session& session_;
    const Layout& layout_;
    Sql page_;
    bool charsets_known_ = false;
    std::set<std::size_t> safe_;     // columns
    std::set<std::size_t> settled_;  // of this page
};

}  // namespace hrbridge::odbc
