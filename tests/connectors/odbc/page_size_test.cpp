#include "connectors/odbc/page_size.h"

#include <gtest/gtest.h>

namespace hrbridge::odbc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Dialect streaming() {
    Dialect dialect;
    dialect.holds_results = false;
    dialect.most_page_rows = 50'000;
    dialect.page_bytes = 16LL << 20;
    return dialect;
}

TEST(PageSize, HoldsWhatAClientLibraryKeepsToItsBytes) {
    PageSize pages(Dialect(), 300);
    pages.count(500, 500LL * 4096, seconds(100));

    EXPECT_EQ(pages.next(), 2048);
}

TEST(PageSize, IsBoundedForNarrowAndWideRows) {
    PageSize narrow(Dialect(), 300);
    narrow.count(500, 500, milliseconds(1));
    PageSize wide(Dialect(), 300);
    wide.count(2, 64LL << 20, milliseconds(1));

    EXPECT_EQ(narrow.next(), 20'000);
    EXPECT_EQ(wide.next(), 100);
}

TEST(PageSize, OfAStreamShrinksWhereRowsAreTakenSlowly) {
    PageSize pages(streaming(), 300);
    pages.count(100, 1000, milliseconds(0));
    pages.count(2000, 20'000, seconds(4));

    // 500 rows a second, for at most ten seconds.
    EXPECT_EQ(pages.next(), 5000);
}

TEST(PageSize, OfAStreamEndsWellWithinTheTimeOfAStatement) {
    PageSize pages(streaming(), 20);
    pages.count(100, 1000, milliseconds(0));
    pages.count(2000, 20'000, seconds(4));

    EXPECT_EQ(pages.next(), 1000);
}

TEST(PageSize, OfAStreamDoesNotBlameTheSourcesOwnWorkOnItsReader) {
    PageSize pages(streaming(), 300);
    pages.count(500, 5000, milliseconds(0));

    EXPECT_EQ(pages.next(), 50'000);
}

TEST(PageSize, CountsEachPageAnew) {
    PageSize pages(streaming(), 300);
    pages.count(100, 1000, milliseconds(0));
    pages.count(2000, 20'000, seconds(400));
    EXPECT_EQ(pages.next(), 100);

    pages.turn();
    EXPECT_EQ(pages.page_rows(), 0);
    pages.count(100, 1000, milliseconds(0));
    pages.count(50'000, 500'000, seconds(1));

    EXPECT_EQ(pages.next(), 50'000);
}

}  // namespace
}  // namespace hrbridge::odbc
