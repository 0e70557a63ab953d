#include <cstdlib>
#include <random>

#include "tests/migration/promotion/promotion_bench.h"

namespace hrbridge::promotion {
namespace {

using testing::Contains;
using testing::IsEmpty;

class VerifyingAPromotion : public PromotionBench {
  protected:
    void SetUp() override {
        PromotionBench::SetUp();
        sync_live("core");
        units_.put(Cells{"D0005", "Another name", "D0007"});
        units_.put(Cells{"D0500", "New", "D0005"});
        units_.remove("D0009");
        people_.put(Cells{"E0007", "李四", "110101199001011234"});
        promoted("core");
        units_.put(Cells{"D0020", "Written since", std::nullopt});
        sync("test/org_unit");
    }

    // A cell's value with one byte, digit or bit of it changed; nullopt where it is NULL.
    std::optional<base::Value> changed(const base::Value& value) {
        if (const auto* const number = std::get_if<std::int64_t>(&value)) {
            return *number ^ (std::int64_t{1} << (random_() % 20U));
        }
        if (const auto* const text = std::get_if<std::string>(&value); text && !text->empty()) {
            std::string other = *text;
            const std::size_t at = random_() % other.size();
            // Stays UTF-8.
            other[at] = static_cast<unsigned char>(other[at]) < 0x80
                            ? static_cast<char>(other[at] == 'q' ? 'z' : 'q')
                            : static_cast<char>(static_cast<unsigned char>(other[at]) ^ 1U);
            return other;
        }
        if (const auto* const bytes = std::get_if<base::Bytes>(&value);
            bytes && !bytes->data.empty()) {
            std::string other = bytes->data;
            const std::size_t at = random_() % other.size();
            other[at] = static_cast<char>(other[at] ^ static_cast<char>(1U << (random_() % 7U)));
            return base::Bytes{other};
        }
        if (const auto* const day = std::get_if<base::Date>(&value)) {
            return *day + std::chrono::days(1 + (random_() % 9U));
        }
        if (const auto* const time = std::get_if<base::Timestamp>(&value)) {
            return *time + std::chrono::microseconds(1 + (random_() % 255U));
        }
        if (const auto* const flag = std::get_if<bool>(&value)) {
            return !*flag;
        }
        return std::nullopt;
    }

    // One cell of one row of the table: changed, looked for, put back. False when it was NULL.
    bool plant(const std::string& table, const std::vector<std::string>& leave_out) {
        const auto columns = store::table_columns(*connection_, table);
        const std::string& column = columns[random_() % columns.size()].name;
        if (std::find(leave_out.begin(), leave_out.end(), column) != leave_out.end()) {
            return false;
        }
        const bool listed = table == "promotion_entity" || table == "promotion_mapping";
        const std::string id = table == "promotion_row" ? "row_id" : listed ? "place" : "id";
        const auto ids =
            rows(fmt::format("SELECT {0} FROM {1} GROUP BY {0} {2} ORDER BY {0}",
                             id,
                             table,
                             table.ends_with("_history") ? "HAVING count(*) = 1" : ""));
        const std::int64_t row = std::get<std::int64_t>(ids[random_() % ids.size()][0]);
        std::string where = fmt::format(" WHERE {} = {}", id, row);
        if (table == "promotion_row") {
            where += fmt::format(" AND place = (SELECT min(place) FROM {}{})", table, where);
        }
        const base::Value was = one(fmt::format("SELECT {} FROM {}{}", column, table, where));
        const auto other = changed(was);
        if (!other || *other == was) {
            return false;
        }
        const std::string set = fmt::format("UPDATE {} SET {} = $1{}", table, column, where);
        connection_->execute(set, {*other});
        EXPECT_FALSE(verified().empty()) << table << "." << column << " of row " << row;
        connection_->execute(set, {was});
        return true;
    }

    int changes() const {
        const char* const wanted = std::getenv("HRBRIDGE_CHANGES");
        return wanted == nullptr ? 60 : std::atoi(wanted);
    }

    std::mt19937 random_{20261127};
};

// Units keep their superseded versions, before the promotion, by it and since.
class VerifyingSupersededRows : public VerifyingAPromotion {
  protected:
    void SetUp() override {
        PromotionBench::SetUp();
        std::string map = rehearsal::kUnitMap;
        map.replace(map.find("write: upsert"), 13, "write: history");
        set_mappings(map);
        sync_live("core");
        units_.put(Cells{"D0001", "Before", std::nullopt});
        sync("test/org_unit");
        units_.put(Cells{"D0005", "Another name", "D0007"});
        units_.remove("D0009");
        promoted("core");
        units_.put(Cells{"D0020", "Written since", std::nullopt});
        sync("test/org_unit");
        units_.put(Cells{"D0020", "And again", std::nullopt});
        sync("test/org_unit");
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         VerifyingSupersededRows,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);
INSTANTIATE_TEST_SUITE_P(Stores,
                         VerifyingAPromotion,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(VerifyingAPromotion, FindsEveryChangedByteOfWhatWasPromotedAndSyncedSince) {
    // Which source row wrote a row is bookkeeping of the sync and no content; ids and references
    // are held by the database itself.
    const std::vector<std::string> leave_out{
        "id", "parent_id", "source_row", "source_time", "source_map"};
    for (int planted = 0; planted < changes();) {
        planted += plant(random_() % 2 == 0 ? "org_unit" : "person", leave_out) ? 1 : 0;
    }
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(VerifyingAPromotion, FindsEveryChangedByteOfWhatUndoesIt) {
    const std::vector<std::string> leave_out{"promotion_id", "id", "place", "row_id"};
    const std::vector<std::string> tables{"org_unit_before", "person_before", "promotion_row"};
    for (int planted = 0; planted < changes();) {
        planted += plant(tables[random_() % tables.size()], leave_out) ? 1 : 0;
    }
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(VerifyingAPromotion, FindsEveryChangedByteOfTheListThatARollbackReads) {
    const std::vector<std::string> leave_out{"promotion_id", "id", "place", "rehearsal_id"};
    const std::vector<std::string> tables{"promotion", "promotion_entity", "promotion_mapping"};
    for (int planted = 0; planted < changes();) {
        planted += plant(tables[random_() % tables.size()], leave_out) ? 1 : 0;
    }
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(VerifyingAPromotion, FindsAnEntityThatTheListLacksOrPutsElsewhere) {
    connection_->execute("UPDATE promotion_entity SET place = 3 WHERE place = 1", {});
    EXPECT_THAT(verified(), Contains("list_differs"));
    connection_->execute("DELETE FROM promotion_entity WHERE place = 3", {});
    EXPECT_THAT(verified(), Contains("list_differs"));
}

TEST_P(VerifyingSupersededRows, FindsEveryChangedByteAndTakesNoSyncForOne) {
    ASSERT_GE(number("SELECT count(*) FROM org_unit_history"), 5);
    ASSERT_THAT(verified(), IsEmpty());
    for (int planted = 0; planted < changes();) {
        planted += plant("org_unit_history", {"id"}) ? 1 : 0;
    }
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(VerifyingSupersededRows, FindsOneThatWasRemovedAlsoOnceASyncHasAddedOthers) {
    connection_->execute("DELETE FROM org_unit_history WHERE code = 'D0005'", {});
    units_.put(Cells{"D0021", "Later", std::nullopt});
    sync("test/org_unit");
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingSupersededRows, HoldAfterARollback) {
    units_.put(Cells{"D0005", "Another name", "D0007"});
    EXPECT_THAT(words(roll_back("core", {}).refused), IsEmpty());
    EXPECT_THAT(verified(), IsEmpty());
    connection_->execute("UPDATE org_unit_history SET name = 'x' WHERE code = 'D0001'", {});
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingAPromotion, FindsAReferenceThatWasBent) {
    connection_->execute(
        "UPDATE org_unit SET parent_id = (SELECT id FROM org_unit WHERE code = "
        "'D0008') WHERE code = 'D0005'",
        {});
    EXPECT_THAT(verified(), Contains("row_changed"));
}

TEST_P(VerifyingAPromotion, FindsRowsThatWereRemovedOrAdded) {
    connection_->execute("DELETE FROM person WHERE person_no = 'E0012'", {});
    EXPECT_THAT(verified(), Contains("content_differs"));
    connection_->execute(
        "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
        "VALUES ('E9999', 'n', $1, 1, $2)",
        {base::Bytes{"h"}, system_clock_.now()});
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingAPromotion, FindsAChangeAlsoOnceASyncHasWrittenOverIt) {
    connection_->execute("UPDATE org_unit SET name = 'By hand' WHERE code = 'D0006'", {});
    units_.put(Cells{"D0006", "Written since", std::nullopt});
    sync("test/org_unit");
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingAPromotion, FindsAChangeAlsoOnceAPromotionHasWrittenOverIt) {
    connection_->execute("UPDATE org_unit SET name = 'By hand' WHERE code = 'D0006'", {});
    promoted("core");
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingAPromotion, FindsARowThatWasGivenToALaterBatch) {
    connection_->execute(
        "UPDATE org_unit SET name = 'By hand', batch_id = (SELECT max(id) FROM "
        "batch) WHERE code = 'D0005'",
        {});
    EXPECT_THAT(verified(), Contains("content_differs"));
}

TEST_P(VerifyingAPromotion, FindsAListThatWasChanged) {
    connection_->execute("UPDATE promotion SET state = 'rolled_back'", {});
    EXPECT_THAT(verified(), Contains("state_changed"));
    connection_->execute("UPDATE promotion SET state = 'promoted', forgotten_at = $1",
                         {system_clock_.now()});
    EXPECT_THAT(verified(), Contains("forgotten_early"));
    connection_->execute("UPDATE promotion SET entry = NULL", {});
    EXPECT_THAT(verified(), Contains("promotion_missing"));
}

TEST_P(VerifyingAPromotion, FindsASumThatWasChangedOrIsGone) {
    connection_->execute("UPDATE content_sum SET rows_all = rows_all + 1 WHERE entity = 'person'",
                         {});
    EXPECT_THAT(verified(), Contains("sum_differs"));
    connection_->execute("DELETE FROM content_sum WHERE entity = 'person'", {});
    EXPECT_THAT(verified(), Contains("sum_missing"));
}

TEST_P(VerifyingAPromotion, NamesTheRowThatWasChanged) {
    const std::int64_t id = number("SELECT id FROM org_unit WHERE code = 'D0005'");
    connection_->execute("UPDATE org_unit SET name = 'By hand' WHERE code = 'D0005'", {});
    SumProof sum;
    ledger::VerifyOptions options;
    options.proofs = {&sum};
    const auto report = ledger::verify(*connection_, options);
    EXPECT_EQ(report.outcome(), ledger::Outcome::Fail);
    bool named = false;
    for (const ledger::Finding& finding : report.findings) {
        named = named || sum.text("en", finding.note) ==
                             fmt::format(
                                 "org_unit, row {}: changed since its promotion, by no "
                                 "batch",
                                 id);
    }
    EXPECT_TRUE(named);
}

}  // namespace
}  // namespace hrbridge::promotion
