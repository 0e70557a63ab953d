#include "connectors/odbc/connection_string.h"

#include <gtest/gtest.h>

#include "connectors/odbc/diagnostics.h"

namespace hrbridge::odbc {
namespace {

Options plain() {
    Options options;
    options.name = "erp";
    options.driver = "MariaDB Unicode";
    options.attributes = {{"Server", "127.0.0.1"}};
    options.user = "reader";
    options.password = base::Secret("pw");
    return options;
}

TEST(ConnectionString, NamesTheDriverAndTakesDefaultsThatAreNotGiven) {
    const base::Secret text =
        connection_string(plain(), {{"SERVER", "other"}, {"CHARSET", "utf8mb4"}});

    EXPECT_EQ(text.reveal(),
              "DRIVER={MariaDB Unicode};Server=127.0.0.1;CHARSET=utf8mb4;UID=reader;PWD=pw;");
}

TEST(ConnectionString, EscapesWhatWouldEndAValue) {
    EXPECT_EQ(escape_value("plain"), "plain");
    EXPECT_EQ(escape_value("a;UID=root"), "{a;UID=root}");
    EXPECT_EQ(escape_value("a}b{"), "{a}}b{}");
    EXPECT_EQ(escape_value(" blank"), "{ blank}");
}

TEST(ConnectionOptions, ThatAreGoodHaveNoFault) {
    EXPECT_TRUE(check_options(plain()).empty());
}

TEST(ConnectionOptions, NeedEitherADsnOrADriver) {
    Options both = plain();
    both.dsn = "erp";
    Options none = plain();
    none.driver.clear();

    EXPECT_EQ(check_options(both).size(), 1U);
    EXPECT_EQ(check_options(none).size(), 1U);
}

TEST(ConnectionOptions, AreFaultyWithAllTheirFaultsAtOnceAndWithoutTheirValues) {
    Options options = plain();
    options.driver = "MariaDB}";
    options.attributes = {
        {"Ser=ver", "x"}, {"PWD", "topsecret"}, {"Server", std::string(300, 'x')}};
    options.password = base::Secret(std::string("nul\0byte", 8));

    const base::Faults faults = check_options(options);

    EXPECT_EQ(faults.size(), 5U);
    for (const base::Fault& fault : faults) {
        EXPECT_EQ((fault.where + fault.what).find("topsecret"), std::string::npos);
        EXPECT_EQ((fault.where + fault.what).find("byte\""), std::string::npos);
    }
}

TEST(ConnectionOptions, AreBoundInSum) {
    Options options = plain();
    for (int at = 0; at < 5; ++at) {
        options.attributes.emplace_back("Attribute" + std::to_string(at), std::string(250, 'x'));
    }

    EXPECT_EQ(check_options(options).size(), 1U);
}

struct Case {
    const char* name;
    Diagnostics records;
    base::Remedy remedy;
};

class RemedyOf : public testing::TestWithParam<Case> {};

TEST_P(RemedyOf, FollowsTheRecords) {
    EXPECT_EQ(remedy_of(GetParam().records), GetParam().remedy);
}

INSTANTIATE_TEST_SUITE_P(
    Records,
    RemedyOf,
    testing::Values(Case{"LostConnection", {{"08S01", 0, ""}}, base::Remedy::Retry},
                    Case{"TimeOut", {{"HYT00", 0, ""}}, base::Remedy::Retry},
                    Case{"Serialization", {{"40001", 0, ""}}, base::Remedy::Retry},
                    Case{"PostgresDeadlock", {{"40P01", 1, ""}}, base::Remedy::Retry},
                    Case{"PostgresShutdown", {{"57P01", 1, ""}}, base::Remedy::Retry},
                    Case{"MysqlLockWait", {{"HY000", 1205, ""}}, base::Remedy::Retry},
                    Case{"MysqlGone", {{"HY000", 2006, ""}}, base::Remedy::Retry},
                    Case{"RefusedLogin", {{"28000", 1045, ""}}, base::Remedy::Stop},
                    Case{"RefusedLoginOfPostgres",
                         {{"08001", 101, "FATAL:  password authentication failed for user"}},
                         base::Remedy::Stop},
                    Case{"UnknownDsn", {{"IM002", 0, ""}}, base::Remedy::Stop},
                    Case{"MissingRight", {{"42000", 1142, ""}}, base::Remedy::Stop},
                    Case{"MissingDatabase", {{"3D000", 1, ""}}, base::Remedy::Stop},
                    Case{"RefusedLoginBehindALostConnection",
                         {{"08001", 0, ""}, {"28000", 0, ""}},
                         base::Remedy::Stop},
                    Case{"ConversionOfAValue", {{"22018", 0, ""}}, base::Remedy::Row},
                    Case{"Unknown", {{"HY000", 1, ""}}, base::Remedy::Stop},
                    Case{"Nothing", {}, base::Remedy::Stop}),
    [](const auto& instance) { return instance.param.name; });

TEST(ConnectorErrors, HoldAllRecordsAndTheFirstCode) {
    const auto error = make_error(
        "erp", "connecting", {{"08001", 5, "first"}, {"01000", 6, "second"}}, base::Secret("pw"));

    EXPECT_EQ(error.code(), "08001/5");
    const std::string text = error.what();
    EXPECT_NE(text.find("first"), std::string::npos);
    EXPECT_NE(text.find("second"), std::string::npos);
}

TEST(ConnectorErrors, HoldNoPasswordInAnyForm) {
    const base::Secret password("hunter2");

    EXPECT_EQ(scrub("login hunter2 failed", password), "login *** failed");
    EXPECT_EQ(scrub("DSN=x;Pwd=other;UID=y", password), "DSN=x;Pwd=***;UID=y");
    EXPECT_EQ(scrub("password={a;b};x", base::Secret()), "password=***};x");
}

}  // namespace
}  // namespace hrbridge::odbc
