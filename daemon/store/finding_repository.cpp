#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kFind =
    "SELECT id, inputs_hash, state, level, evidence FROM finding "
    "WHERE rule = $1 AND kpi_code = $2 AND spell_id = $3 AND period = $4";
constexpr std::string_view kInsert =
    "INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, state, evidence, "
    "inputs_hash, raised_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "RETURNING id";
constexpr std::string_view kUpdate =
    "UPDATE finding SET rule_version = $2, level = $3, state = $4, evidence = $5, inputs_hash = "
    "$6, "
    "updated_at = $7 WHERE id = $1";
constexpr std::string_view kSelect =
    "SELECT id, rule, rule_version, level, kpi_code, spell_id, period, state, evidence, "
    "inputs_hash, raised_at, updated_at, card, cards FROM finding ";
constexpr std::string_view kOpenCard =
    "SELECT card FROM finding WHERE rule = $1 AND kpi_code = $2 AND spell_id = $3 AND period < $4 "
    "AND level = 'warning' AND state = 'raised' AND card IS NOT NULL ORDER BY period DESC LIMIT 1";
constexpr std::string_view kAddNote =
    "INSERT INTO finding_note (finding_id, at, actor, note) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (finding_id, actor, note) DO NOTHING";
constexpr std::string_view kNotes =
    "SELECT finding_id, at, actor, note FROM finding_note WHERE finding_id = $1 ORDER BY id";
// The unit of the newest assignment. What was found about somebody who is gone stays readable; no
// message goes to him.
constexpr std::string_view kEmployee =
    "SELECT s.id, s.employee_no, p.name, "
    "(SELECT u.name FROM assignment a JOIN org_unit u ON u.id = a.org_unit_id "
    "WHERE a.gone_at IS NULL AND u.gone_at IS NULL AND a.spell_id = s.id "
    "ORDER BY a.valid_from DESC LIMIT 1), "
    "CASE WHEN s.gone_at IS NULL AND p.gone_at IS NULL THEN p.wecom_userid END "
    "FROM employment_spell s JOIN person p ON p.id = s.person_id WHERE s.id = $1";

std::string name_of(model::FindingLevel level) {
    return level == model::FindingLevel::Warning ? "warning" : "watch";
}

model::Finding read_finding(const sql::Rows& rows) {
    model::Finding finding;
    finding.id = rows.integer(0);
    finding.rule = rows.text(1);
    finding.rule_version = static_cast<int>(rows.integer(2));
    finding.level =
        rows.text(3) == "warning" ? model::FindingLevel::Warning : model::FindingLevel::Watch;
    finding.kpi_code = rows.text(4);
    finding.spell_id = rows.integer(5);
    finding.period = rows.date(6);
    finding.state = rows.text(7);
    finding.evidence = rows.text(8);
    finding.inputs_hash = rows.bytes(9);
    finding.raised_at = rows.timestamp(10);
    finding.updated_at = rows.timestamp(11);
    finding.card = rows.optional_text(12);
    finding.cards = rows.integer(13);
    return finding;
}

std::vector<model::Finding> read_all(sql::Rows& rows) {
    std::vector<model::Finding> findings;
    while (rows.next()) {
        findings.push_back(read_finding(rows));
    }
    return findings;
}

std::int64_t insert_finding(sql::Connection& connection, const model::Finding& finding) {
    const auto rows = connection.query(kInsert,
                                       {finding.rule,
                                        std::int64_t{finding.rule_version},
                                        name_of(finding.level),
                                        finding.kpi_code,
                                        finding.spell_id,
                                        finding.period,
                                        finding.state,
                                        finding.evidence,
                                        base::Bytes{finding.inputs_hash},
                                        finding.raised_at,
                                        finding.updated_at});
    rows->next();
    return rows->integer(0);
}

}  // namespace

FindingRepository::Saved FindingRepository::save(const model::Finding& finding) {
    LocalTransaction transaction(connection_);
    Saved saved;
    bool same = false;
    bool same_text = false;
    {
        const auto rows = connection_.query(
            kFind, {finding.rule, finding.kpi_code, finding.spell_id, finding.period});
        if (rows->next()) {
            saved.id = rows->integer(0);
            same = rows->bytes(1) == finding.inputs_hash && rows->text(2) == finding.state &&
                   rows->text(3) == name_of(finding.level);
            same_text = rows->text(4) == finding.evidence;
        }
    }
    if (saved.id == 0) {
        saved.id = insert_finding(connection_, finding);
    } else if (!same || !same_text) {
        connection_.execute(kUpdate,
                            {saved.id,
                             std::int64_t{finding.rule_version},
                             name_of(finding.level),
                             finding.state,
                             finding.evidence,
                             base::Bytes{finding.inputs_hash},
                             finding.updated_at});
    }
    saved.changed = !same;
    transaction.commit();
    return saved;
}

std::optional<model::Finding> FindingRepository::find(std::int64_t id) {
    const auto rows = connection_.query(std::string(kSelect) + "WHERE id = $1", {id});
    return rows->next() ? std::optional{read_finding(*rows)} : std::nullopt;
}

std::vector<model::Finding> FindingRepository::list(std::size_t limit) {
    return read_all(*connection_.query(
        std::string(kSelect) +
            "ORDER BY CASE WHEN state IN ('raised', 'watching') THEN 0 ELSE 1 END, "
            "CASE level WHEN 'warning' THEN 0 ELSE 1 END, "
            "period DESC, id LIMIT $1",
        {static_cast<std::int64_t>(limit)}));
}

std::int64_t FindingRepository::count() {
    const auto rows = connection_.query("SELECT count(*) FROM finding", {});
    rows->next();
    return rows->integer(0);
}

std::vector<model::Finding> FindingRepository::of_period(const std::string& kpi_code,
                                                         base::Date period) {
    return read_all(
        *connection_.query(std::string(kSelect) + "WHERE kpi_code = $1 AND period = $2 ORDER BY id",
                           {kpi_code, period}));
}

std::vector<model::Finding> FindingRepository::warnings(const std::string& kpi_code,
                                                        base::Date from,
                                                        base::Date to) {
    return read_all(*connection_.query(
        std::string(kSelect) + "WHERE kpi_code = $1 AND period >= $2 AND period < $3 AND level = "
                               "'warning' AND state <> 'retracted' ORDER BY period, id",
        {kpi_code, from, to}));
}

std::optional<std::string> FindingRepository::open_card(const model::Finding& finding) {
    const auto rows = connection_.query(
        kOpenCard, {finding.rule, finding.kpi_code, finding.spell_id, finding.period});
    return rows->next() ? std::optional(rows->text(0)) : std::nullopt;
}

void FindingRepository::set_card(std::int64_t id,
                                 const std::optional<std::string>& card,
                                 std::int64_t cards) {
    connection_.execute("UPDATE finding SET card = $2, cards = $3 WHERE id = $1",
                        {id, card ? base::Value{*card} : base::Value{}, cards});
}

std::vector<model::Finding> FindingRepository::of_card(const std::string& card) {
    return read_all(
        *connection_.query(std::string(kSelect) + "WHERE card = $1 ORDER BY period, id", {card}));
}

std::vector<model::Finding> FindingRepository::with_stale_card(const std::string& kpi_code) {
    return read_all(*connection_.query(
        std::string(kSelect) + "WHERE kpi_code = $1 AND card IS NOT NULL AND "
                               "(state = 'retracted' OR level = 'watch') ORDER BY period, id",
        {kpi_code}));
}

void FindingRepository::forget_card(const std::string& card) {
    connection_.execute("UPDATE finding SET card = NULL WHERE card = $1", {card});
}

std::optional<model::EmployeeLabel> FindingRepository::employee(std::int64_t spell_id) {
    const auto rows = connection_.query(kEmployee, {spell_id});
    if (!rows->next()) {
        return std::nullopt;
    }
    return model::EmployeeLabel{rows->integer(0),
                                rows->text(1),
                                rows->text(2),
                                rows->optional_text(3).value_or(""),
                                rows->optional_text(4).value_or("")};
}

bool FindingRepository::add_note(const model::FindingNote& note) {
    return connection_.execute(kAddNote, {note.finding_id, note.at, note.actor, note.note}) == 1;
}

std::vector<model::FindingNote> FindingRepository::notes(std::int64_t finding_id) {
    std::vector<model::FindingNote> notes;
    const auto rows = connection_.query(kNotes, {finding_id});
    while (rows->next()) {
        notes.push_back({rows->integer(0), rows->timestamp(1), rows->text(2), rows->text(3)});
    }
    return notes;
}

}  // namespace hrbridge::store
