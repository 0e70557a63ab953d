#include <map>
#include <string_view>
#include <tuple>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kFacts =
    "SELECT kpi_code, kpi_version, spell_id, period, operation, peer_group, numerator, "
    "denominator, lineage, unplaced "
    "FROM kpi_fact WHERE kpi_code = $1 AND period >= $2 AND period < $3 "
    "ORDER BY spell_id, period, operation, kpi_version";
constexpr std::string_view kUpsert =
    "INSERT INTO kpi_fact (kpi_code, kpi_version, spell_id, period, operation, peer_group, "
    "numerator, "
    "denominator, lineage, known_from, unplaced) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (kpi_code, kpi_version, spell_id, period, operation) DO UPDATE SET "
    "peer_group = excluded.peer_group, numerator = excluded.numerator, "
    "denominator = excluded.denominator, lineage = excluded.lineage, "
    "known_from = excluded.known_from, unplaced = excluded.unplaced";
constexpr std::string_view kDelete =
    "DELETE FROM kpi_fact WHERE kpi_code = $1 AND kpi_version = $2 AND spell_id = $3 "
    "AND period = $4 AND operation = $5";

using FactKey = std::tuple<int, std::int64_t, base::Date, std::string>;

FactKey key_of(const model::KpiFact& fact) {
    return {fact.kpi_version, fact.spell_id, fact.period, fact.operation};
}

bool same(const model::KpiFact& a, const model::KpiFact& b) {
    return a.peer_group == b.peer_group && a.numerator == b.numerator &&
           a.denominator == b.denominator && a.unplaced == b.unplaced && a.lineage == b.lineage;
}

void upsert(sql::Connection& connection, const model::KpiFact& fact, base::Timestamp now) {
    connection.execute(kUpsert,
                       {fact.kpi_code,
                        std::int64_t{fact.kpi_version},
                        fact.spell_id,
                        fact.period,
                        fact.operation,
                        fact.peer_group,
                        fact.numerator,
                        fact.denominator,
                        base::Bytes{fact.lineage},
                        now,
                        fact.unplaced});
}

}  // namespace

std::map<base::Date, std::int64_t> FindingRepository::replace_facts(
    const std::string& kpi_code,
    base::Date from,
    base::Date to,
    const std::vector<model::KpiFact>& facts,
    base::Timestamp now) {
    LocalTransaction transaction(connection_);
    std::map<FactKey, model::KpiFact> stored;
    for (model::KpiFact& fact : this->facts(kpi_code, from, to)) {
        stored.emplace(key_of(fact), std::move(fact));
    }
    std::map<base::Date, std::int64_t> written;
    for (const model::KpiFact& fact : facts) {
        const auto found = stored.find(key_of(fact));
        if (found == stored.end() || !same(found->second, fact)) {
            upsert(connection_, fact, now);
            ++written[fact.period];
        }
        if (found != stored.end()) {
            stored.erase(found);
        }
    }
    for (const auto& [key, fact] : stored) {
        connection_.execute(kDelete,
                            {fact.kpi_code,
                             std::int64_t{fact.kpi_version},
                             fact.spell_id,
                             fact.period,
                             fact.operation});
        ++written[fact.period];
    }
    transaction.commit();
    return written;
}

std::vector<model::KpiFact> FindingRepository::facts(const std::string& kpi_code,
                                                     base::Date from,
                                                     base::Date to) {
    std::vector<model::KpiFact> facts;
    const auto rows = connection_.query(kFacts, {kpi_code, from, to});
    while (rows->next()) {
        facts.push_back({rows->text(0),
                         static_cast<int>(rows->integer(1)),
                         rows->integer(2),
                         rows->date(3),
                         rows->text(4),
                         rows->text(5),
                         rows->integer(6),
                         rows->integer(7),
                         rows->integer(9),
                         rows->bytes(8)});
    }
    return facts;
}

}  // namespace hrbridge::store
