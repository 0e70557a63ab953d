#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/native/mariadb_describe.h"
#include "connectors/odbc/cursor.h"

struct st_mysql_res;

namespace hrbridge::native {

class MariaDbConnection;

// A statement whose rows stream as the text that the server writes. Values go to the server as
// parameters: by the binary protocol into variables of the session, which the statement, prepared
// in SQL, takes them from; so its result comes by the text protocol all the same.
class MariaDbCursor final : public odbc::Cursor {
  public:
    explicit MariaDbCursor(MariaDbConnection& connection) : connection_(&connection) {}
    MariaDbCursor(const MariaDbCursor&) = delete;
    MariaDbCursor& operator=(const MariaDbCursor&) = delete;
    // Ends the connection when rows are still to come.
    ~MariaDbCursor() override;

    void prepare(const odbc::Sql& sql) override;
    void execute() override;
    void run(std::string_view sql) override;
    int column_count() override;
    odbc::ResultColumn describe(int column) override;
    odbc::BaseColumn base_of(int column) override;
    std::unique_ptr<odbc::Fetcher> fetcher(const odbc::Layout& layout) override;
    void reset() noexcept override;
    void cancel() noexcept override;

    // Fetcher::fetch().
    bool fill(base::RawBlock& block, const odbc::BlockBounds& bounds);
    // Takes the rows that are still on the wire into memory.
    void keep_rest();

  private:
    void describe_prepared();
    void set_variables();
    void take_result();
    // False behind the last row.
    bool take_row(base::RawBlock& block, std::size_t& bytes);
    bool take_kept_row(base::RawBlock& block, std::size_t& bytes);
    void end_result() noexcept;

    MariaDbConnection* connection_;
    odbc::Sql sql_;
    std::vector<DescribedField> fields_;
    bool described_ = false;
    st_mysql_res* result_ = nullptr;  // rows that are still on the wire
    base::RawBlock rest_;             // or kept ones, from row kept_from_ on
    std::size_t kept_from_ = 0;
};

}  // namespace hrbridge::native
