#include "daemon/pip/drill_down.h"

#include <algorithm>
#include <map>

#include "daemon/pip/kpi.h"
#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

// Everyone whose facts make up the peer group in one month, the person himself too.
constexpr std::string_view kByCause =
    "SELECT COALESCE(c.code, ''), COALESCE(c.name, ''), COALESCE(c.controllable, ''), "
    "CASE WHEN d.responsible_spell_id = $1 THEN 1 ELSE 0 END AS own, CAST(SUM(d.qty) AS BIGINT) "
    "FROM defect d JOIN operation o ON o.id = d.responsible_operation_id LEFT JOIN cause_code c ON "
    "c.id = d.cause_code_id "
    "WHERE o.kind = 'production' AND o.code = $6 AND d.made_date >= $2 AND d.made_date < $3 AND "
    "d.responsible_spell_id IN "
    "(SELECT spell_id FROM kpi_fact WHERE kpi_code = $4 AND period = $2 AND peer_group = $5 AND "
    "operation = $6 AND denominator >= $7 AND numerator >= 0 AND numerator <= denominator) "
    "GROUP BY c.code, c.name, c.controllable, CASE WHEN d.responsible_spell_id = $1 THEN 1 ELSE 0 "
    "END";

using Causes = std::map<std::string, CauseShare>;

class Defects {
  public:
    Defects(store::sql::Connection& connection, std::int64_t spell_id, const Comparable& comparable)
        : connection_(connection),
          spell_id_(spell_id),
          pieces_min_(std::max<std::int64_t>(1, comparable.pieces_min)) {}

    void add(base::Date month, const OperationMonth& at, Causes& causes) const {
        std::map<std::string, std::int64_t> peer_bad;
        const auto rows = connection_.query(kByCause,
                                            {spell_id_,
                                             month,
                                             add_months(month, 1),
                                             std::string(kDefectRate),
                                             at.peer_group,
                                             at.operation,
                                             pieces_min_});
        while (rows->next()) {
            CauseShare& share = causes[rows->text(0)];
            share.code = rows->text(0);
            share.name = rows->text(1);
            share.controllable = rows->text(2);
            const std::int64_t pieces = rows->integer(4);
            if (rows->integer(3) == 1) {
                share.bad += pieces;
            } else {
                share.peer_bad += pieces;
                peer_bad[share.code] += pieces;
            }
        }
        for (const auto& [code, pieces] : peer_bad) {
            causes[code].expected += static_cast<double>(at.counts.n) *
                                     static_cast<double>(pieces) /
                                     static_cast<double>(at.counts.peer_n);
        }
    }

  private:
    store::sql::Connection& connection_;
    std::int64_t spell_id_;
    std::int64_t pieces_min_;
};

}  // namespace

std::vector<CauseShare> drill_down(store::sql::Connection& connection,
                                   std::int64_t spell_id,
                                   const std::vector<SubjectMonth>& months,
                                   const Comparable& comparable) {
    const Defects defects(connection, spell_id, comparable);
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
