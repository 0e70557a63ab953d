#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"
#include "tests/connectors/odbc/fake_driver.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::odbc {
namespace {

class DriverQuirks : public testing::Test {
  protected:
    DriverQuirks() {
        options_.name = "erp";
        options_.driver = "Fake";
        options_.user = "reader";
        options_.password = base::Secret("s3cret}word");
        driver_.columns = {{"id"}, {"name"}};
    }

    Reading read(std::size_t block_rows = 2000) {
        OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
        const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
        return read_all(*connector.open(mapping.request("", block_rows)));
    }

    FakeDriver driver_;
    Options options_;
    connectors::SourceGuard guard_;
    test::ManualClock clock_;
    test::MemoryLog log_;
};

TEST_F(DriverQuirks, ACutValueIsAnErrorWhenTheDriverTells) {
    driver_.rows = {{"1", std::string(200, 'x')}};

    EXPECT_EQ(error_of([&] { read(); }).code(), "01004");
}

TEST_F(DriverQuirks, ACutValueIsAnErrorWhenOnlyItsLengthTells) {
    driver_.rows = {{"1", std::string(200, 'x')}};
    driver_.tells_truncation = false;

    const auto error = error_of([&] { read(); });

    EXPECT_EQ(error.code(), "01004");
    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("column name"), std::string::npos);
}

TEST_F(DriverQuirks, ACutValueIsAnErrorWhenTheDriverKnowsNoLength) {
    driver_.rows = {{"1", std::string(200, 'x')}};
    driver_.tells_truncation = false;
    driver_.hides_length = true;

    EXPECT_EQ(error_of([&] { read(); }).code(), "01004");
}

TEST_F(DriverQuirks, ANegativeLengthIsAnErrorAndNotAbsent) {
    driver_.rows = {{"1", "x"}};
    driver_.wrong_length = base::RawColumn::kAbsent;

    EXPECT_EQ(error_of([&] { read(); }).code(), "HY090");
}

TEST_F(DriverQuirks, AColumnOfUnknownSizeIsReadInPiecesAndNotAsEmpty) {
    driver_.columns[1].size = 0;  // varchar(max)
    const std::string text(100'000, 'x');
    driver_.rows = {{"1", text}, {"2", ""}, {"3", std::nullopt}};

    EXPECT_EQ(read().rows, (Rows{{"1", text}, {"2", ""}, {"3", std::nullopt}}));
}

TEST_F(DriverQuirks, PiecesAreJoinedWhenTheDriverTellsNeitherCutNorLength) {
    driver_.columns[1].size = 0;
    driver_.tells_truncation = false;
    const std::string text(100'000, 'x');
    driver_.rows = {{"1", text}};

    EXPECT_EQ(read().rows, (Rows{{"1", text}}));
}

TEST_F(DriverQuirks, PiecesAreJoinedWhenTheDriverKnowsNoTotal) {
    driver_.columns[1].size = 0;
    driver_.hides_length = true;
    const std::string text(100'000, 'x');
    driver_.rows = {{"1", text}};

    EXPECT_EQ(read().rows, (Rows{{"1", text}}));
}

TEST_F(DriverQuirks, BehindALongColumnAllAreReadInOrderWhenTheDriverWantsIt) {
    driver_.columns = {{"id"}, {"note", SQL_LONGVARCHAR, 0, "text"}, {"name"}};
    driver_.getdata = 0;
    driver_.rows = {{"1", "long", "short"}};

    EXPECT_EQ(read().rows, (Rows{{"1", "long", "short"}}));
    EXPECT_TRUE(std::is_sorted(driver_.got_by_piece.begin(), driver_.got_by_piece.end()));
    EXPECT_EQ(driver_.got_by_piece.back(), 3);
}

TEST_F(DriverQuirks, ARowThatTheDriverCannotConvertIsNotTakenAndTheErrorSaysWhatToDo) {
    driver_.rows = {{"1", "a"}, {"2", "b"}, {"3", "c"}};
    driver_.unconvertible_row = 1;

    const auto error = error_of([&] { read(); });

    EXPECT_EQ(error.remedy(), base::Remedy::Row);
    EXPECT_NE(std::string(error.what()).find("row 2 of a block of 3"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("to text in the mapping's query"), std::string::npos);
}

TEST_F(DriverQuirks, ALostConnectionInMidReadingAsksForARetry) {
    driver_.rows = {{"1", "a"}, {"2", "b"}, {"3", "c"}};
    driver_.rows_until_disconnect = 2;

    const auto error = error_of([&] { read(2); });

    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_EQ(error.code(), "08S01/7");
    EXPECT_EQ(driver_.open_handles, 0U);
}

TEST_F(DriverQuirks, APasswordThatTheDriverEchoesIsBlottedOut) {
    driver_.connect_code = SQL_ERROR;
    driver_.state = "28000";

    const auto error = error_of([&] { read(); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(driver_.echo.find("PWD={s3cret}}word}"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("s3cret"), std::string::npos) << error.what();
}

TEST_F(DriverQuirks, AValueThatADataErrorQuotesIsNotRepeated) {
    driver_.connect_code = SQL_ERROR;
    driver_.state = "22P02";
    driver_.text = "invalid input syntax for integer: \"Zhang San\"";

    const auto error = error_of([&] { read(); });

    EXPECT_EQ(error.remedy(), base::Remedy::Row);
    EXPECT_EQ(std::string(error.what()).find("Zhang"), std::string::npos);
}

TEST_F(DriverQuirks, BlocksAreNarrowWhereRowsAreWide) {
    driver_.columns = {{"id"}, {"wide", SQL_VARCHAR, 4000, "varchar"}};
    for (int row = 0; row < 100; ++row) {
        driver_.rows.push_back({std::to_string(row), "x"});
    }
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.block_bytes = 200'000;

    const Reading reading = read_all(*connector.open(request));

    EXPECT_EQ(reading.rows.size(), 100U);
    EXPECT_EQ(reading.rows_until.front(), 12U);  // 200,000 / (16,001 + 81 + 2 lengths)
}

TEST_F(DriverQuirks, ASourceIsReadNoFasterThanItsGuardSays) {
    for (int row = 0; row < 100; ++row) {
        driver_.rows.push_back({std::to_string(row), "x"});
    }
    guard_.rows_per_second = 10;

    const Reading reading = read();

    EXPECT_EQ(reading.rows.size(), 100U);
    EXPECT_EQ(clock_.monotonic(), std::chrono::seconds(10));
}

TEST_F(DriverQuirks, AStopIsHeededBetweenBlocks) {
    driver_.rows = {{"1", "a"}, {"2", "b"}};
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    const auto source = connector.open(mapping.request("", 1));
    std::stop_source stop;
    base::RawBlock block;
    ASSERT_TRUE(source->read(block, stop.get_token()));

    stop.request_stop();

    EXPECT_THROW(source->read(block, stop.get_token()), base::Stopped);
}

TEST_F(DriverQuirks, NoMoreSessionsAreOpenThanTheGuardAllows) {
    guard_.session_wait = std::chrono::milliseconds(0);
    driver_.rows = {{"1", "a"}};
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    auto first = connector.open(mapping.request());

    EXPECT_THROW(connector.open(mapping.request()), connectors::PutOff);
    EXPECT_THROW(connector.now({}), connectors::PutOff);
    EXPECT_THROW(connector.check(), connectors::PutOff);
    EXPECT_THROW(connector.list_tables(), connectors::PutOff);
    EXPECT_THROW(connector.describe_table("t"), connectors::PutOff);
    EXPECT_THROW(connector.key_columns("t"), connectors::PutOff);
    EXPECT_THROW(connector.quoted({"id"}), connectors::PutOff);
    first.reset();

    EXPECT_NO_THROW(connector.open(mapping.request()));
}

TEST_F(DriverQuirks, ReadingsTogetherAreNoFasterThanTheirSourcesGuardSays) {
    for (int row = 0; row < 100; ++row) {
        driver_.rows.push_back({std::to_string(row), "x"});
    }
    guard_.rows_per_second = 10;
    guard_.sessions = 2;
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    const auto first = connector.open(mapping.request());
    const auto second = connector.open(mapping.request());

    // They share the driver's rows, too.
    base::RawBlock block;
    std::size_t rows = 0;
    while (first->read(block, {})) {
        rows += block.rows;
        rows += second->read(block, {}) ? block.rows : 0;
    }

    EXPECT_EQ(rows, 100U);
    EXPECT_EQ(clock_.monotonic(), std::chrono::seconds(10));
}

TEST_F(DriverQuirks, WhatStandsAgainstAskingAfterAWaitEndsTheReading) {
    for (int row = 0; row < 100; ++row) {
        driver_.rows.push_back({std::to_string(row), "x"});
    }
    guard_.rows_per_second = 10;
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.may_ask = [this] {
        if (clock_.monotonic() >= std::chrono::seconds(3)) {
            throw connectors::PutOff("the hour is over");
        }
    };
    const auto source = connector.open(request);

    base::RawBlock block;
    std::size_t rows = 0;
    EXPECT_THROW(
        while (source->read(block, {})) { rows += block.rows; }, connectors::PutOff);

    EXPECT_EQ(rows, 30U);
}

TEST_F(DriverQuirks, AReadingsOwnRateHoldsBesideItsSources) {
    for (int row = 0; row < 100; ++row) {
        driver_.rows.push_back({std::to_string(row), "x"});
    }
    guard_.rows_per_second = 10;
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.rows_per_second = 5;

    read_all(*connector.open(request));

    EXPECT_EQ(clock_.monotonic(), std::chrono::seconds(20));
}

TEST_F(DriverQuirks, AnUnknownDatabasesDriverIsToldHowLongAStatementMayTake) {
    driver_.rows = {{"1", "a"}};
    guard_.query_seconds = 7;

    read();

    EXPECT_EQ(driver_.query_timeout, 7U);
}

TEST_F(DriverQuirks, AStatementThatItsDriverDoesNotEndIsCancelled) {
    driver_.rows = {{"1", "a"}};
    driver_.hangs = true;
    guard_.query_seconds = 1;

    const auto error = error_of([&] { read(); });

    EXPECT_EQ(error.code(), "HYT00");
    EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    EXPECT_NE(std::string(error.what()).find("guard.query_seconds, 1"), std::string::npos);
}

TEST_F(DriverQuirks, AnUnknownDatabaseHasNoClockUntilItIsTold) {
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});

    EXPECT_EQ(error_of([&] { connector.now({}); }).remedy(), base::Remedy::Stop);
}

TEST_F(DriverQuirks, TheClockIsReadAsUtc) {
    options_.now_query = "SELECT utc";
    driver_.columns = {{"now", SQL_VARCHAR, 40, "varchar"}};
    driver_.rows = {{"2024-05-06 07:08:09.123456"}};
    OdbcConnector connector(options_, guard_, {driver_, clock_, log_});

    EXPECT_EQ(base::to_string(connector.now({})), "2024-05-06 07:08:09.123456Z");
}

}  // namespace
}  // namespace hrbridge::odbc
