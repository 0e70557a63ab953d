#include "connectors/lost_column.h"

#include <gtest/gtest.h>

namespace hrbridge::connectors {
namespace {

bool is_lost(const std::string& code, const std::string& text) {
    return names_lost_column(base::ConnectorError("erp", code, base::Remedy::Stop, text));
}

TEST(LostColumn, IsToldByTheStateOfEveryDriver) {
    EXPECT_TRUE(is_lost("42S22/1054", "erp: running the query failed; Unknown column 'pay'"));
    EXPECT_TRUE(is_lost("S0022/207", "erp: preparing the query failed"));
    EXPECT_TRUE(is_lost("42703/1", "erp: running the query failed"));
    EXPECT_TRUE(is_lost("HY000/1", "erp: preparing the query failed; no such column: pay (1)"));
}

TEST(LostColumn, IsNoOtherRefusal) {
    EXPECT_FALSE(
        is_lost("42S02/1146", "erp: running the query failed; Table 'erp.p' doesn't exist"));
    EXPECT_FALSE(is_lost("42000/1064", "erp: an error near column 5"));
    EXPECT_FALSE(is_lost("08S01/2013", "erp: lost connection"));
}

}  // namespace
}  // namespace hrbridge::connectors
