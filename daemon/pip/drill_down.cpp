#include "daemon/pip/drill_down.h"

#include <algorithm>
#include <map>

#include "daemon/pip/defect_places.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

// Everyone whose facts make up the peer group in one month, the person himself too.
constexpr std::string_view kGroup =
    "(SELECT spell_id FROM kpi_fact WHERE kpi_code = $3 AND period = $4 AND peer_group = $5 AND "
    "operation = $6 AND denominator >= $7 AND numerator >= 0 AND numerator <= denominator AND "
    "unplaced * $8 <= numerator)";
constexpr std::string_view kDefects =
    "SELECT d.responsible_spell_id, o.id, d.made_date, d.qty, COALESCE(c.code, ''), "
    "COALESCE(c.name, ''), COALESCE(c.controllable, '') "
    "FROM defect d JOIN operation o ON o.id = d.responsible_operation_id LEFT JOIN cause_code c ON "
    "c.id = d.cause_code_id AND c.gone_at IS NULL WHERE d.gone_at IS NULL AND o.gone_at IS NULL "
    "AND "
    "o.kind = 'production' AND o.code = $6 AND d.made_date >= $1 AND d.made_date < $2 AND "
    "d.responsible_spell_id IN ";
constexpr std::string_view kReports =
    "SELECT f.spell_id, o.id, f.work_date, f.started_at, f.ended_at, f.qty_good, f.qty_scrap, "
    "f.qty_rework FROM production_fact f JOIN operation o ON o.id = f.operation_id "
    "WHERE f.gone_at IS NULL AND o.gone_at IS NULL AND o.kind = 'production' AND o.code = $6 AND "
    "f.work_date >= $1 AND f.work_date < $2 AND "
    "f.spell_id IN ";

struct Defect {
    MakingDay made;
    std::int64_t pieces = 0;
    CauseShare cause;
};

using Causes = std::map<std::string, CauseShare>;

class Defects {
  public:
    Defects(store::sql::Connection& connection,
            const base::Zone& zone,
            std::int64_t spell_id,
            const Comparable& comparable)
        : connection_(connection),
          zone_(zone),
          spell_id_(spell_id),
          pieces_min_(std::max<std::int64_t>(1, comparable.pieces_min)) {}

    void add(base::Date month, const OperationMonth& at, Causes& causes) const {
        std::map<std::string, std::int64_t> peer_bad;
        for (const Defect& defect : placed(month, at)) {
            CauseShare& share = causes[defect.cause.code];
            share.code = defect.cause.code;
            share.name = defect.cause.name;
            share.controllable = defect.cause.controllable;
            if (defect.made.spell_id == spell_id_) {
                share.bad += defect.pieces;
            } else {
                share.peer_bad += defect.pieces;
                peer_bad[share.code] += defect.pieces;
            }
        }
        for (const auto& [code, pieces] : peer_bad) {
            causes[code].expected += static_cast<double>(at.counts.n) *
                                     static_cast<double>(pieces) /
                                     static_cast<double>(at.counts.peer_n);
        }
    }

  private:
    std::vector<base::Value> group(base::Date month,
                                   const OperationMonth& at,
                                   std::chrono::days around) const {
        return {month - around,
                add_months(month, 1) + around,
                std::string(kDefectRate),
                month,
                at.peer_group,
                at.operation,
                pieces_min_,
                kPlacedPerUnplaced};
    }

    // Those that belong to a report of the month.
    std::vector<Defect> placed(base::Date month, const OperationMonth& at) const {
        DefectPlaces places(zone_);
        std::vector<Defect> defects = read_defects(group(month, at, kDefectsAround), places);
        add_reports(group(month, at, kShiftsAround), places);
        std::erase_if(defects, [&](const Defect& defect) {
            const auto place = places.find(defect.made);
            return !place || month_of(*place) != month;
        });
        return defects;
    }

    std::vector<Defect> read_defects(const std::vector<base::Value>& of_group,
                                     DefectPlaces& places) const {
        std::vector<Defect> defects;
        const auto rows = connection_.query(std::string(kDefects) + std::string(kGroup), of_group);
        while (rows->next()) {
            Defect defect{
                {rows->integer(0), rows->integer(1), rows->date(2)}, rows->integer(3), {}};
            defect.cause.code = rows->text(4);
            defect.cause.name = rows->text(5);
            defect.cause.controllable = rows->text(6);
            places.add_defect(defect.made, defect.pieces);
            defects.push_back(std::move(defect));
        }
        return defects;
    }

    void add_reports(const std::vector<base::Value>& of_group, DefectPlaces& places) const {
        const auto rows = connection_.query(std::string(kReports) + std::string(kGroup), of_group);
        while (rows->next()) {
            places.add_report({{rows->integer(0), rows->integer(1), rows->date(2)},
                               rows->optional_timestamp(3),
                               rows->optional_timestamp(4),
                               rows->integer(5) + rows->integer(6) + rows->integer(7)});
        }
    }

    store::sql::Connection& connection_;
    const base::Zone& zone_;
    std::int64_t spell_id_;
    std::int64_t pieces_min_;
};

}  // namespace

std::vector<CauseShare> drill_down(store::sql::Connection& connection,
                                   const base::Zone& zone,
                                   std::int64_t spell_id,
                                   const std::vector<SubjectMonth>& months,
                                   const Comparable& comparable) {
    const Defects defects(connection, zone, spell_id, comparable);
    Causes causes;
    for (const SubjectMonth& month : months) {
        for (const OperationMonth& each : month.operations) {
            defects.add(month.month, each, causes);
        }
    }
    std::vector<CauseShare> shares;
    for (auto& [code, share] : causes) {
        share.excess = static_cast<double>(share.bad) - share.expected;
        shares.push_back(std::move(share));
    }
    std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) {
        return a.excess != b.excess ? a.excess > b.excess : a.code < b.code;
    });
    return shares;
}

}  // namespace hrbridge::pip
