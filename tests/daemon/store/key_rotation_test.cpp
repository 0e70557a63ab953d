#include "daemon/store/key_rotation.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/seal_place.h"
#include "tests/daemon/store/sealed_rows.h"

namespace hrbridge::store {
namespace {

using testing::Each;
using testing::Field;

base::SealKeys file(const std::vector<std::string>& ids) {
    std::string lines;
    for (const std::string& id : ids) {
        lines += id + ":" + base::to_base64(std::string(32, id.back())) + "\n";
    }
    return base::SealKeys::parse(base::Secret(lines)).value();
}

constexpr int kPeople = 7;

class KeyRotation : public SealedRows {
  protected:
    void keep_all(const base::SealKeys& keys) {
        keep_people(keys, kPeople);
        keep_reject(&keys);
        keep_callback(keys);
    }

    std::map<std::string, RotatedColumn> rotate(const base::SealKeys& keys) {
        std::map<std::string, RotatedColumn> out;
        const Rotation rotation{
            keys,
            [this](sql::Connection&, const SealedContent& content) { told_.push_back(content); },
            still_allowed_,
            {},
            3};
        for (RotatedColumn& each : rotate_keys(*connection_, rotation)) {
            out[each.table + "." + each.column] = each;
        }
        return out;
    }

    // Whether each value opens with these keys.
    bool all_open(const base::SealKeys& keys) {
        bool good = true;
        {
            const auto people = connection_->query("SELECT person_no, id_number FROM person", {});
            int found = 0;
            while (people->next()) {
                const auto plain =
                    keys.open(people->bytes(1), seal_place("person", "id_number", people->text(0)));
                good = good && plain && *plain == people->text(0);
                ++found;
            }
            good = good && found == kPeople;
        }
        const auto rejects = connection_->query(
            "SELECT coalesce(long_row, packed_row), mapping, key_digest FROM reject", {});
        int found = 0;
        for (; rejects->next(); ++found) {
            good =
                good &&
                open_packed_row(rejects->bytes(0), rejects->text(1), rejects->bytes(2), &keys).ok();
        }
        return good && found > 0;
    }

    // Of `person`, so that it can be rolled back.
    void promote() {
        connection_->run_script(
            "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
            "started_at) SELECT 'm', 1, 'p', 'x', 'x', 'promoted', 'a', known_from FROM person "
            "LIMIT 1");
        connection_->run_script(
            "INSERT INTO promotion (module, rehearsal_id, state, actor, promoted_at, "
            "rollback_until, last_batch, root_before) SELECT 'm', (SELECT max(id) FROM rehearsal), "
            "'promoted', 'a', known_from, known_from, 0, row_hash FROM person LIMIT 1");
        connection_->run_script(
            "INSERT INTO promotion_entity SELECT max(id), 1, 'person', 0, 0, 0, 0, 0 FROM "
            "promotion");
    }

    std::vector<SealedContent> told_;
    std::function<void(sql::Connection&)> still_allowed_;
};
INSTANTIATE_TEST_SUITE_P(Stores, KeyRotation, testing::Values("sqlite", "postgres"), store_name);

TEST_P(KeyRotation, SealsAllThatOldKeysSealedByTheCurrentOneSoThatTheyCanGo) {
    keep_all(file({"k1"}));

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("person.id_number").resealed, kPeople);
    EXPECT_EQ(done.at("reject.packed_row").resealed, 1);
    EXPECT_EQ(done.at("callback_inbox.body").resealed, 1);
    for (const auto& [name, column] : done) {
        EXPECT_EQ(column.left, 0) << name;
    }
    EXPECT_TRUE(all_open(file({"k2"})));
    EXPECT_FALSE(all_open(file({"k1"})));
}

TEST_P(KeyRotation, SealsLongRefusedRowsToo) {
    const base::SealKeys former = file({"k1"});
    keep_all(former);
    keep_reject(&former, std::string(std::size_t{2} << 20U, 'x'));

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("reject.packed_row").resealed, 1);
    EXPECT_EQ(done.at("reject.long_row").resealed, 1);
    EXPECT_EQ(done.at("reject.packed_row").left, 0);
    EXPECT_TRUE(all_open(file({"k2"})));
}

TEST_P(KeyRotation, FindsNothingToDoASecondTime) {
    keep_all(file({"k1"}));
    rotate(file({"k2", "k1"}));
    for (const auto& [name, column] : rotate(file({"k2", "k1"}))) {
        EXPECT_EQ(column.resealed, 0) << name;
    }
}

TEST_P(KeyRotation, LeavesWhatNoKeyOpensAndSaysHowMuch) {
    keep_all(file({"k1"}));
    connection_->execute("UPDATE person SET person_no = 'moved' WHERE person_no = 'P4'", {});

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("person.id_number").resealed, kPeople - 1);
    EXPECT_EQ(done.at("person.id_number").left, 1);
    EXPECT_EQ(done.at("person.id_number").kept, Kept::Unreadable);
}

TEST_P(KeyRotation, LeavesARowThatIsNotSealedAsItIs) {
    keep_reject(nullptr);
    const auto done = rotate(file({"k2", "k1"}));
    EXPECT_EQ(done.at("reject.packed_row").resealed, 0);
    EXPECT_EQ(done.at("reject.packed_row").left, 0);
}

TEST_P(KeyRotation, MovesTheSumOfAPromotedEntityOnAndTellsTheLedger) {
    keep_all(file({"k1"}));
    const auto tables = entity_tables(*connection_);
    const auto& person = *std::find_if(
        tables.begin(), tables.end(), [](const auto& each) { return each.name == "person"; });
    write_content_sum(*connection_, compute_content_sum(*connection_, person));
    const std::string before = read_content_sum(*connection_, "person", false)->digest();

    rotate(file({"k2", "k1"}));

    const auto kept = read_content_sum(*connection_, "person", false);
    EXPECT_NE(kept->digest(), before);
    EXPECT_EQ(kept->digest(), compute_content_sum(*connection_, person, kept->columns).digest());
    ASSERT_EQ(told_.size(), 3U);  // seven rows, three at a time
    EXPECT_EQ(told_.back().root, kept->digest());
    EXPECT_EQ(told_.back().rows, kPeople);
    EXPECT_THAT(told_, Each(Field(&SealedContent::entity, "person")));
}

TEST_P(KeyRotation, SealsSupersededVersionsAnewAndMovesTheirSumOn) {
    keep_people(file({"k1"}), kPeople);
    connection_->execute(
        "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
        "batch_id, known_from) SELECT 'E1', id, 'permanent', $1, row_hash, batch_id, known_from "
        "FROM person WHERE person_no = 'P1'",
        {base::Date(std::chrono::year(2024) / 1 / 2)});
    for (const char* const pay : {"100.00", "200.00"}) {
        const std::string sealed =
            file({"k1"}).seal(pay, seal_place("employment_spell", "base_salary", "E1"));
        connection_->execute(
            "INSERT INTO employment_spell_history (id, employee_no, person_id, kind, hire_date, "
            "base_salary, row_hash, batch_id, known_from, known_to) SELECT id, employee_no, "
            "person_id, kind, hire_date, $1, row_hash, batch_id, known_from, known_from FROM "
            "employment_spell",
            {base::Bytes{sealed}});
    }
    const auto tables = entity_tables(*connection_);
    const auto& spell = *std::find_if(tables.begin(), tables.end(), [](const auto& each) {
        return each.name == "employment_spell";
    });
    const ContentSum live = compute_content_sum(*connection_, spell);
    write_content_sum(*connection_, live);
    write_content_sum(*connection_, compute_history_sum(*connection_, spell, live.columns));

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("employment_spell_history.base_salary").resealed, 2);
    EXPECT_EQ(done.at("employment_spell_history.base_salary").left, 0);
    EXPECT_EQ(read_content_sum(*connection_, history_of("employment_spell"), false)->digest(),
              compute_history_sum(*connection_, spell, live.columns).digest());
    EXPECT_THAT(told_, Each(Field(&SealedContent::entity, "employment_spell_history")));
    EXPECT_EQ(told_.size(), 1U);
}

TEST_P(KeyRotation, LeavesAnEntityWhosePromotionCanBeRolledBack) {
    keep_all(file({"k1"}));
    promote();

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("person.id_number").kept, Kept::Rollback);
    EXPECT_EQ(done.at("person.id_number").left, kPeople);
    EXPECT_EQ(done.at("reject.packed_row").resealed, 1);
    connection_->execute("UPDATE promotion SET state = 'rolled_back'", {});
    EXPECT_EQ(rotate(file({"k2", "k1"})).at("person.id_number").resealed, kPeople);
}

TEST_P(KeyRotation, StopsAtAnEntityThatIsPromotedBetweenTwoOfItsSteps) {
    keep_people(file({"k1"}), kPeople);
    int steps = 0;
    still_allowed_ = [&](sql::Connection&) {
        if (++steps == 2) {
            promote();
        }
    };

    const auto done = rotate(file({"k2", "k1"}));

    EXPECT_EQ(done.at("person.id_number").resealed, 3);
    EXPECT_EQ(done.at("person.id_number").left, kPeople - 3);
    EXPECT_EQ(done.at("person.id_number").kept, Kept::Rollback);
}

TEST_P(KeyRotation, EndsWithoutAnotherRowWhenItMayNoLongerWrite) {
    keep_people(file({"k1"}), kPeople);
    int steps = 0;
    still_allowed_ = [&](sql::Connection&) {
        if (++steps == 2) {
            throw base::LeaseHeld("taken over");
        }
    };
    EXPECT_THROW(rotate(file({"k2", "k1"})), base::LeaseHeld);

    still_allowed_ = {};
    EXPECT_EQ(rotate(file({"k2", "k1"})).at("person.id_number").resealed, kPeople - 3);
}

}  // namespace
}  // namespace hrbridge::store
