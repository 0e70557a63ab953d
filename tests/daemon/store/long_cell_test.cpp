#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/column_type.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

constexpr const char* kTable = "CREATE TABLE papers (id {id}, name {text}, scan {bytes})";
constexpr std::size_t kMiB = std::size_t{1} << 20U;

// All bytes, and no two pieces alike.
std::string scan_of(std::size_t length) {
    std::string bytes(length, '\0');
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<char>((i * 7) + (i >> 16U));
    }
    return bytes;
}

class LongCellOf : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        connection_->run_script(render_types(kTable, connection_->dialect()));
        for (const char* name : {"one", "two"}) {
            connection_->execute("INSERT INTO papers (name) VALUES ($1)", {name});
        }
    }
    std::int64_t id_of(const std::string& name) {
        const auto rows = connection_->query("SELECT id FROM papers WHERE name = $1", {name});
        rows->next();
        return rows->integer(0);
    }
    void put(const std::string& name, const std::string& bytes) {
        connection_->put_long({"papers", "scan", id_of(name), bytes});
    }
    bool is(const std::string& name, const std::string& bytes) {
        const auto rows = connection_->query("SELECT scan FROM papers WHERE name = $1", {name});
        return rows->next() && !rows->is_null(0) && rows->bytes(0) == bytes;
    }
};

TEST_P(LongCellOf, AnyLengthIsStoredAsItIs) {
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, kMiB - 1, kMiB, kMiB + 1, (5 * kMiB) + 3}) {
        sql::Transaction transaction(*connection_);
        put("two", scan_of(length));
        transaction.commit();
        EXPECT_TRUE(is("two", scan_of(length))) << length;
    }
    EXPECT_FALSE(is("one", ""));
}

TEST_P(LongCellOf, OneTransactionMayBeSeveral) {
    sql::Transaction transaction(*connection_);
    put("one", scan_of(3 * kMiB));
    put("two", scan_of(2 * kMiB));
    put("one", scan_of(kMiB + 7));
    transaction.commit();
    EXPECT_TRUE(is("one", scan_of(kMiB + 7)));
    EXPECT_TRUE(is("two", scan_of(2 * kMiB)));
}

TEST_P(LongCellOf, ATransactionThatIsRolledBackLeavesNothing) {
    {
        const sql::Transaction transaction(*connection_);
        put("one", scan_of(3 * kMiB));
        EXPECT_TRUE(is("one", scan_of(3 * kMiB)));
    }
    const auto rows = connection_->query("SELECT count(*) FROM papers WHERE scan IS NULL", {});
    rows->next();
    EXPECT_EQ(rows->integer(0), 2);
}

TEST_P(LongCellOf, ARowThatIsNotThereIsAnError) {
    const sql::Transaction transaction(*connection_);
    EXPECT_THROW(connection_->put_long({"papers", "scan", 99, "bytes"}), std::logic_error);
}

TEST_P(LongCellOf, ItIsStoredInATransactionOnly) {
    EXPECT_THROW(put("one", scan_of(kMiB)), std::logic_error);
    EXPECT_FALSE(is("one", scan_of(kMiB)));
}

// What would come behind it would have SQLite make the whole row in memory.
TEST_P(LongCellOf, ItsColumnIsTheLastOfRefusedRows) {
    EXPECT_EQ(table_columns(*connection_, "reject").back().name, "long_row");
}

INSTANTIATE_TEST_SUITE_P(Stores, LongCellOf, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
