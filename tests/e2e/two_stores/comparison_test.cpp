#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/support/two_stores.h"

// The comparison itself: what is altered in one store must show. Each alteration is made in a
// transaction that never commits.
namespace hrbridge::e2e {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Comparison : public testing::TestWithParam<std::string> {
  protected:
    // A table of this parameter's store with one alteration.
    StoreContent altered(const std::string& table,
                         const std::string& sql,
                         std::initializer_list<base::Value> values = {}) {
        TwoStores& stores = TwoStores::instance();
        stores.first();
        const Installation& installation =
            GetParam() == "sqlite" ? stores.sqlite() : stores.postgres();
        const auto connection = installation.store().connect();
        const store::sql::Transaction transaction(*connection);
        EXPECT_EQ(connection->execute(sql, values), 1) << sql;
        return stores.content(*connection, table);
    }
    // That table of the other store as it is.
    StoreContent untouched(const std::string& table) {
        TwoStores& stores = TwoStores::instance();
        stores.first();
        const Installation& installation =
            GetParam() == "sqlite" ? stores.postgres() : stores.sqlite();
        return stores.content(*installation.store().connect(), table);
    }
};

TEST_P(Comparison, FindsNothingWhereNothingWasAltered) {
    const StoreContent same = altered(
        "person", "UPDATE person SET name = name WHERE person_no = $1", {std::string("E000050")});
    EXPECT_THAT(differences(untouched("person"), same), IsEmpty());
    EXPECT_THAT(wrong_hashes(same), IsEmpty());
}

TEST_P(Comparison, ReportsAnAlteredCellWhoseHashWasLeft) {
    const StoreContent content = altered("person",
                                         "UPDATE person SET name = $1 WHERE person_no = $2",
                                         {std::string("别人"), std::string("E000050")});
    EXPECT_THAT(wrong_hashes(content), ElementsAre("person E000050"));
    EXPECT_THAT(differences(untouched("person"), content),
                ElementsAre(StartsWith("person: 1 computed hashes only on the left: E000050 "),
                            StartsWith("person: 1 computed hashes only on the right: E000050 "),
                            StartsWith("person: 1 rows only on the left: E000050 "),
                            AllOf(StartsWith("person: 1 rows only on the right: E000050 "),
                                  HasSubstr("name='别人'"))));
}

TEST_P(Comparison, ReportsAStoredHashThatIsNotItsRows) {
    const StoreContent content = altered("work_order",
                                         "UPDATE work_order SET row_hash = $1 WHERE order_no = "
                                         "(SELECT min(order_no) FROM work_order)",
                                         {base::Bytes{std::string(16, 'x')}});
    EXPECT_THAT(wrong_hashes(content), ElementsAre(StartsWith("work_order WO")));
    EXPECT_THAT(differences(untouched("work_order"), content),
                ElementsAre(StartsWith("work_order: 1 stored hashes only on the left: WO"),
                            StartsWith("work_order: 1 stored hashes only on the right: WO")));
}

TEST_P(Comparison, ReportsASealedFieldThatWasMovedToAnotherRow) {
    const StoreContent content = altered(
        "employment_spell",
        "UPDATE employment_spell SET base_salary = (SELECT o.base_salary FROM employment_spell o "
        "WHERE o.employee_no = 'E000051') WHERE employee_no = 'E000050'");
    EXPECT_THAT(wrong_hashes(content), ElementsAre("employment_spell E000050"));
    EXPECT_THAT(differences(untouched("employment_spell"), content),
                Contains(HasSubstr("cannot be opened")));
}

TEST_P(Comparison, ReportsAReferenceToAnotherParent) {
    const StoreContent content = altered(
        "assignment",
        "UPDATE assignment SET org_unit_id = (SELECT id FROM org_unit WHERE code = 'O01') WHERE "
        "spell_id = (SELECT id FROM employment_spell WHERE employee_no = 'E000050')");
    EXPECT_THAT(wrong_hashes(content), ElementsAre(StartsWith("assignment E000050/")));
    EXPECT_THAT(differences(untouched("assignment"), content),
                Contains(AllOf(StartsWith("assignment: 1 rows only on the right: E000050/"),
                               HasSubstr("org_unit_id='O01'"))));
}

TEST_P(Comparison, ReportsALostReject) {
    const StoreContent content = altered(
        "reject",
        "DELETE FROM reject WHERE id = (SELECT min(id) FROM reject WHERE mapping = 'erp/person')");
    EXPECT_THAT(differences(untouched("reject"), content),
                ElementsAre(StartsWith("reject: 1 rows only on the left: erp/person ")));
}

TEST_P(Comparison, ReportsARowTooMany) {
    const StoreContent content = altered(
        "kpi_fact",
        "INSERT INTO kpi_fact (kpi_code, kpi_version, spell_id, period, peer_group, numerator, "
        "denominator, lineage, known_from) SELECT kpi_code, kpi_version + 1, spell_id, period, "
        "peer_group, numerator, denominator, lineage, known_from FROM kpi_fact WHERE id = (SELECT "
        "min(id) FROM kpi_fact)");
    EXPECT_THAT(differences(untouched("kpi_fact"), content),
                ElementsAre(StartsWith("kpi_fact: 1 rows only on the right: E")));
}

TEST_P(Comparison, ReportsALostRow) {
    const StoreContent content =
        altered("punch", "DELETE FROM punch WHERE id = (SELECT min(id) FROM punch)");
    EXPECT_THAT(differences(untouched("punch"), content),
                ElementsAre(StartsWith("punch: 1 stored hashes only on the left: "),
                            StartsWith("punch: 1 computed hashes only on the left: "),
                            StartsWith("punch: 1 rows only on the left: ")));
}

INSTANTIATE_TEST_SUITE_P(Altered,
                         Comparison,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace hrbridge::e2e
