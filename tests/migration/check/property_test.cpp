#include <random>

#include "tests/migration/check/check_bench.h"
#include "tests/migration/check/naive.h"

namespace hrbridge::check {
namespace {

constexpr int kEntities = 60;

struct RandomSpell {
    std::string no;
    std::int64_t id = 0;
    int hired = 0;
    std::optional<int> ended;
    bool live = true;
};

// Random small entities, judged by the store and a second time without it.
class RandomEntities : public CheckBench {
  protected:
    void SetUp() override {
        CheckBench::SetUp();
        examples_ = 1'000;
    }

    int number(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
    bool chance(int percent) { return number(99) < percent; }
    std::optional<int> end(int from) {
        return chance(25) ? std::nullopt : std::optional(from - 2 + number(12));
    }
    static base::Value value(std::optional<int> number) {
        return number ? base::Value(day(*number)) : base::Value();
    }

    void make(int seed) {
        random_.seed(static_cast<unsigned>(seed));
        connection_->run_script(
            "DELETE FROM assignment; DELETE FROM employment_spell; DELETE FROM person; UPDATE "
            "org_unit SET parent_id = NULL; DELETE FROM org_unit;");
        spells_.clear();
        assignments_.clear();
        units_.clear();
        make_units();
        const int people = 2 + number(4);
        for (int i = 0; i < people; ++i) {
            make_spell(i);
        }
        const auto place = std::get<std::int64_t>(one("SELECT min(id) FROM org_unit"));
        const int rows = number(14);
        for (int i = 0; i < rows; ++i) {
            make_assignment(i, place);
        }
    }

    void make_units() {
        std::vector<std::int64_t> ids;
        const int units = 1 + number(7);
        for (int i = 0; i < units; ++i) {
            const std::string code = "U" + std::to_string(i);
            ids.push_back(unit(code));
            units_.push_back({code, i, i, std::nullopt, 0, std::nullopt, !chance(10)});
        }
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (chance(80)) {
                const int parent = number(units - 1);
                units_[i].parent = parent;
                connection_->execute("UPDATE org_unit SET parent_id = $1 WHERE id = $2",
                                     {ids[static_cast<std::size_t>(parent)], ids[i]});
            }
            if (!units_[i].live) {
                gone("org_unit", ids[i]);
            }
        }
    }

    void make_spell(int i) {
        RandomSpell made;
        made.no = "E" + std::to_string(i);
        made.hired = number(20);
        made.ended = end(made.hired + 8);
        made.live = !chance(10);
        made.id = spell(made.no, {{"hire_date", day(made.hired)}, {"end_date", value(made.ended)}});
        if (!made.live) {
            gone("employment_spell", made.id);
        }
        spells_.push_back(made);
    }

    void make_assignment(int place, std::int64_t unit_id) {
        naive::Row row;
        row.place = place;
        row.group = number(static_cast<int>(spells_.size()) - 1);
        row.from = number(25);
        row.to = end(row.from + 3);
        row.live = !chance(10);
        const RandomSpell& owner = spells_[static_cast<std::size_t>(row.group)];
        row.key = owner.no + "/" + base::to_string(day(row.from));
        const bool taken = std::any_of(assignments_.begin(),
                                       assignments_.end(),
                                       [&](const auto& each) { return each.key == row.key; });
        if (taken) {
            return;
        }
        base::Value manager;
        if (chance(70)) {
            row.parent = number(static_cast<int>(spells_.size()) - 1);
            manager = spells_[static_cast<std::size_t>(*row.parent)].id;
        }
        const auto id = assign(owner.id, unit_id, day(row.from), value(row.to), manager);
        if (!row.live) {
            gone("assignment", id);
        }
        assignments_.push_back(row);
    }

    // The rows that a rule names, which are as many as it counts.
    naive::Keys named(const std::string& rule) {
        const Verdict verdict = logic(rule);
        EXPECT_NE(verdict.outcome, Outcome::NotChecked) << rule << ": " << verdict.why.code;
        const auto keys = keys_of(verdict);
        EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end())) << rule;
        naive::Keys set(keys.begin(), keys.end());
        EXPECT_EQ(static_cast<std::int64_t>(set.size()), verdict.failed) << rule;
        EXPECT_EQ(verdict.outcome == Outcome::Fail, !set.empty()) << rule;
        found_ += set.size();
        return set;
    }

    naive::Keys outside_of_spells(bool to_counts) const {
        naive::Keys keys;
        for (const naive::Row& row : assignments_) {
            const RandomSpell& owner = spells_[static_cast<std::size_t>(row.group)];
            const naive::Row parent{"", 0, 0, std::nullopt, owner.hired, owner.ended, owner.live};
            if (row.live && !naive::holds(parent, row.from, to_counts)) {
                keys.insert(row.key);
            }
        }
        return keys;
    }
    naive::Keys of_gone_spells() const {
        naive::Keys keys;
        for (const naive::Row& row : assignments_) {
            if (row.live && !spells_[static_cast<std::size_t>(row.group)].live) {
                keys.insert(row.key);
            }
        }
        return keys;
    }
    naive::Keys of_equal_managers() const {
        naive::Keys keys;
        for (const naive::Row& a : assignments_) {
            for (const naive::Row& b : assignments_) {
                if (a.live && b.live && a.key != b.key && a.parent && a.parent == b.parent &&
                    a.to && a.to == b.to) {
                    keys.insert(a.key);
                }
            }
        }
        return keys;
    }
    naive::Rows live_units() const {
        naive::Rows rows;
        std::copy_if(units_.begin(), units_.end(), std::back_inserter(rows), [](const auto& row) {
            return row.live;
        });
        return rows;
    }
    naive::Rows live_assignments() const {
        naive::Rows rows;
        std::copy_if(assignments_.begin(),
                     assignments_.end(),
                     std::back_inserter(rows),
                     [](const auto& row) { return row.live; });
        return rows;
    }

    std::mt19937 random_;
    naive::Rows units_;
    naive::Rows assignments_;
    std::vector<RandomSpell> spells_;
    std::size_t found_ = 0;
};
INSTANTIATE_TEST_SUITE_P(All,
                         RandomEntities,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(RandomEntities, AreJudgedAsByASecondEvaluation) {
    const std::string valid = ", valid: [valid_from, valid_to]";
    const std::string managed = "entity: assignment, acyclic: spell_id -> manager_id";
    const std::string apart = "entity: assignment, no_overlap: [spell_id]" + valid;
    const std::string within =
        "entity: assignment, reference: spell_id, day: valid_from, within: [hire_date, end_date]";
    for (int seed = 0; seed < kEntities; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        make(seed);
        EXPECT_EQ(named("entity: org_unit, acyclic: code -> parent_id"),
                  naive::on_cycles(live_units()));
        EXPECT_EQ(named(managed), naive::on_cycles(live_assignments()));
        EXPECT_EQ(named(managed + valid), naive::on_cycles_of_a_day(assignments_, false));
        EXPECT_EQ(named(managed + valid + ", end_counts: true"),
                  naive::on_cycles_of_a_day(assignments_, true));
        EXPECT_EQ(named(apart), naive::overlapping(assignments_, false));
        EXPECT_EQ(named(apart + ", end_counts: true"), naive::overlapping(assignments_, true));
        EXPECT_EQ(named("entity: assignment, no_gap: [spell_id]" + valid),
                  naive::behind_gaps(live_assignments()));
        EXPECT_EQ(named(within), outside_of_spells(false));
        EXPECT_EQ(named(within + ", end_counts: true"), outside_of_spells(true));
        EXPECT_EQ(named("entity: assignment, reference: spell_id"), of_gone_spells());
        EXPECT_EQ(named("entity: assignment, unique: [manager_id, valid_to]"), of_equal_managers());
    }
    EXPECT_GT(found_, 1'000U) << "a test in which nothing is wrong proves nothing";
}

}  // namespace
}  // namespace hrbridge::check
