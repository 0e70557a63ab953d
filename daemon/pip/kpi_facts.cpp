#include "daemon/pip/kpi_facts.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "daemon/pip/defect_places.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

constexpr std::string_view kReports =
    "SELECT f.spell_id, f.work_date, f.qty_good, f.qty_scrap, f.qty_rework, f.qty_target, o.code, "
    "f.row_hash, o.id, f.started_at, f.ended_at "
    "FROM production_fact f JOIN operation o ON o.id = f.operation_id "
    "WHERE f.gone_at IS NULL AND o.gone_at IS NULL AND o.kind = 'production' AND f.work_date >= $1 "
    "AND f.work_date < $2";
constexpr std::string_view kDefects =
    "SELECT d.responsible_spell_id, d.made_date, d.qty, o.code, d.row_hash, o.id FROM defect d "
    "JOIN operation o ON o.id = d.responsible_operation_id "
    "WHERE d.gone_at IS NULL AND o.gone_at IS NULL AND d.responsible_spell_id IS NOT NULL AND "
    "o.kind = 'production' AND d.made_date >= $1 AND d.made_date < $2";
constexpr std::string_view kAssignments =
    "SELECT a.spell_id, u.code, a.valid_from, a.valid_to FROM assignment a JOIN org_unit u ON u.id "
    "= a.org_unit_id JOIN employment_spell s ON s.id = a.spell_id "
    "WHERE a.gone_at IS NULL AND u.gone_at IS NULL AND s.gone_at IS NULL AND a.valid_from < $2 AND "
    "(a.valid_to IS NULL OR a.valid_to > $1)";

using PersonMonth = std::pair<std::int64_t, base::Date>;

// Source rows' hashes, put together so that their order does not matter.
class Lineage {
  public:
    void add(std::string_view row_hash) {
        for (std::size_t i = 0; i < sum_.size() && i < row_hash.size(); ++i) {
            sum_[i] = static_cast<char>(sum_[i] ^ row_hash[i]);
        }
        ++rows_;
    }
    std::string digest() const { return base::sha256(fmt::format("{}|{}", rows_, sum_)); }

  private:
    std::string sum_ = std::string(16, '\0');
    std::int64_t rows_ = 0;
};

struct Tally {
    std::int64_t made = 0;
    std::int64_t towards_target = 0;  // made in reports that have a target
    std::int64_t target = 0;
    std::int64_t defects = 0;
    std::int64_t unplaced = 0;
    Lineage lineage;
};

// By person, month and operation.
using Tallies = std::map<std::tuple<std::int64_t, base::Date, std::string>, Tally>;

struct Months {
    base::Date from;
    base::Date to;

    bool holds(base::Date day) const { return from <= day && day < to; }
};

void count_reports(store::sql::Connection& connection,
                   const Months& months,
                   DefectPlaces* places,
                   Tallies& tallies) {
    const auto rows =
        connection.query(kReports, {months.from - kShiftsAround, months.to + kShiftsAround});
    while (rows->next()) {
        const base::Date work_date = rows->date(1);
        const std::int64_t made = rows->integer(2) + rows->integer(3) + rows->integer(4);
        if (places != nullptr) {
            places->add_report({{rows->integer(0), rows->integer(8), work_date},
                                rows->optional_timestamp(9),
                                rows->optional_timestamp(10),
                                made});
        }
        if (!months.holds(work_date)) {
            continue;
        }
        Tally& tally = tallies[{rows->integer(0), month_of(work_date), rows->text(6)}];
        tally.made += made;
        if (const auto target = rows->optional_integer(5)) {
            tally.target += *target;
            tally.towards_target += made;
        }
        tally.lineage.add(rows->bytes(7));
    }
}

struct Defect {
    MakingDay made;
    std::int64_t pieces = 0;
    std::string operation;
    std::string row_hash;
};

std::vector<Defect> read_defects(store::sql::Connection& connection, const Months& months) {
    std::vector<Defect> defects;
    const auto rows =
        connection.query(kDefects, {months.from - kDefectsAround, months.to + kDefectsAround});
    while (rows->next()) {
        defects.push_back({{rows->integer(0), rows->integer(5), rows->date(1)},
                           rows->integer(2),
                           rows->text(3),
                           rows->bytes(4)});
    }
    return defects;
}

void count_defects(const std::vector<Defect>& defects,
                   const DefectPlaces& places,
                   const Months& months,
                   Tallies& tallies) {
    for (const Defect& defect : defects) {
        const auto place = places.find(defect.made);
        const base::Date day = place.value_or(defect.made.day);
        if (!months.holds(day)) {
            continue;
        }
        Tally& tally = tallies[{defect.made.spell_id, month_of(day), defect.operation}];
        (place ? tally.defects : tally.unplaced) += defect.pieces;
        tally.lineage.add(defect.row_hash);
    }
}

// The team of each person and month: where he was for at least half of its days.
class Teams {
  public:
    Teams(store::sql::Connection& connection, base::Date from, base::Date to) {
        const auto rows = connection.query(kAssignments, {from, to});
        while (rows->next()) {
            const base::Date begin = std::max(rows->date(2), from);
            const base::Date end = rows->is_null(3) ? to : std::min(rows->date(3), to);
            add(rows->integer(0), rows->text(1), begin, end);
        }
    }

    // Empty when there is none.
    std::string find(const PersonMonth& when) const {
        const auto found = days_.find(when);
        if (found == days_.end()) {
            return {};
        }
        const auto month_days = (add_months(when.second, 1) - when.second).count();
        for (const auto& [team, days] : found->second) {
            if (days * 2 >= month_days) {
                return team;
            }
        }
        return {};
    }

  private:
    void add(std::int64_t spell, const std::string& team, base::Date begin, base::Date end) {
        for (base::Date month = month_of(begin); month < end; month = add_months(month, 1)) {
            const auto days =
                (std::min(end, add_months(month, 1)) - std::max(begin, month)).count();
            days_[{spell, month}][team] += days;
        }
    }

    std::map<PersonMonth, std::map<std::string, std::int64_t>> days_;
};

model::KpiFact fact_of(std::string_view code,
                       const Tallies::value_type& entry,
                       const Teams& teams) {
    const auto& [spell, month, operation] = entry.first;
    const std::string team = teams.find({spell, month});
    model::KpiFact fact;
    fact.kpi_code = std::string(code);
    fact.kpi_version = find_kpi(code)->version;
    fact.spell_id = spell;
    fact.period = month;
    fact.operation = operation;
    fact.peer_group = team.empty() ? "" : team + "/" + operation;
    fact.lineage = entry.second.lineage.digest();
    return fact;
}

}  // namespace

std::vector<model::KpiFact> measure_defect_rate(store::sql::Connection& connection,
                                                const base::Zone& zone,
                                                base::Date from,
                                                base::Date to) {
    const Months months{from, to};
    Tallies tallies;
    DefectPlaces places(zone);
    const std::vector<Defect> defects = read_defects(connection, months);
    for (const Defect& defect : defects) {
        places.add_defect(defect.made, defect.pieces);
    }
    count_reports(connection, months, &places, tallies);
    count_defects(defects, places, months, tallies);
    const Teams teams(connection, from, to);
    std::vector<model::KpiFact> facts;
    for (const auto& entry : tallies) {
        model::KpiFact fact = fact_of(kDefectRate, entry, teams);
        fact.numerator = entry.second.defects;
        fact.unplaced = entry.second.unplaced;
        fact.denominator = entry.second.made;
        facts.push_back(std::move(fact));
    }
    return facts;
}

std::vector<model::KpiFact> measure_output(store::sql::Connection& connection,
                                           base::Date from,
                                           base::Date to) {
    Tallies tallies;
    count_reports(connection, {from, to}, nullptr, tallies);
    const Teams teams(connection, from, to);
    std::vector<model::KpiFact> facts;
    for (const auto& entry : tallies) {
        if (entry.second.target == 0) {
            continue;
        }
        model::KpiFact fact = fact_of(kOutput, entry, teams);
        fact.numerator = entry.second.towards_target;
        fact.denominator = entry.second.target;
        facts.push_back(std::move(fact));
    }
    return facts;
}

}  // namespace hrbridge::pip
