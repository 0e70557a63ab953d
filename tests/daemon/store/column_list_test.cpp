#include "daemon/store/column_list.h"

#include <gtest/gtest.h>

namespace hrbridge::store {
namespace {

TEST(ColumnList, NamesEachColumnOnceWithItsAlias) {
    EXPECT_EQ(column_list({"id", "name"}), "id, name");
    EXPECT_EQ(column_list({"id", "name"}, "t."), "t.id, t.name");
    EXPECT_EQ(column_list({}), "");
}

TEST(ColumnList, GivesTheNamesBack) {
    EXPECT_EQ(columns_of("id, name"), (std::vector<std::string>{"id", "name"}));
    EXPECT_EQ(columns_of("id,name"), (std::vector<std::string>{"id", "name"}));
    EXPECT_TRUE(columns_of("").empty());
}

}  // namespace
}  // namespace hrbridge::store
