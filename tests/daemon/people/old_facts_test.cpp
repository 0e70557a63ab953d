#include "daemon/people/old_facts.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "daemon/store/content_sum.h"
#include "daemon/store/fact_term.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::people {
namespace {

using testing::ElementsAre;

// One employment with a day before the term, 2022-02-01, and two days of it.
class OldFacts : public store::BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        connection_->execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('E1', "
            "'Name', $1, 1, $2)",
            {hash(), clock_.now()});
        connection_->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) SELECT person_no, id, 'permanent', $1, row_hash, 1, known_from "
            "FROM person",
            {day("2019-03-17")});
        for (const char* date : {"2022-01-31", "2022-02-01", "2024-05-06"}) {
            connection_->execute(
                "INSERT INTO attendance_day (spell_id, work_date, day_class, worked_minutes, "
                "late_minutes, early_minutes, absent_minutes, row_hash, batch_id, known_from) "
                "SELECT id, $1, 'work', 480, 0, 0, 0, row_hash, 1, known_from FROM "
                "employment_spell",
                {day(date)});
        }
        const store::FactEntity* entity = store::find_fact_entity("attendance_day");
        const base::Date first = day("2022-02-01");
        const store::FactTerm term{entity, first, base::Timestamp(std::chrono::sys_days(first))};
        connection_->begin();
        store::set_fact_term(*connection_, *entity, term, 27, clock_.now());
        connection_->commit();
    }
    static base::Date day(const std::string& text) { return *base::parse_date(text); }
    static base::Bytes hash() { return base::Bytes{std::string(16, 'h')}; }

    store::EntityTable table() {
        for (const store::EntityTable& each : store::entity_tables(*connection_)) {
            if (each.name == "attendance_day") {
                return each;
            }
        }
        throw std::logic_error("there is no attendance_day");
    }
    std::int64_t delete_all(
        const std::function<void(store::sql::Connection&, const store::SealedContent&)>& tell) {
        store::sql::Transaction transaction(*connection_);
        const std::int64_t rows = delete_old_facts(*connection_, table(), {0, 1'000}, tell);
        transaction.commit();
        return rows;
    }
};

TEST_P(OldFacts, TheSumOfAPromotedEntityIsThatOfTheRowsThatStay) {
    store::write_content_sum(*connection_, store::compute_content_sum(*connection_, table()));
    std::vector<std::string> told;

    EXPECT_EQ(delete_all([&told](store::sql::Connection&, const store::SealedContent& content) {
                  told.push_back(content.entity);
              }),
              1);

    const auto kept = store::read_content_sum(*connection_, "attendance_day", false);
    EXPECT_EQ(kept->digest(), store::compute_content_sum(*connection_, table()).digest());
    EXPECT_THAT(told, ElementsAre("attendance_day"));
}

TEST_P(OldFacts, NothingIsDeletedOfAPromotedEntityThatNobodyCanTellTheLedgerOf) {
    store::write_content_sum(*connection_, store::compute_content_sum(*connection_, table()));

    EXPECT_THROW(delete_all({}), base::StoreError);

    EXPECT_EQ(count("attendance_day"), 3);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         OldFacts,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::people
