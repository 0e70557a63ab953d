#include "migration/check/verdict_store.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "daemon/base/error.h"

namespace hrbridge::check {
namespace {

using nlohmann::json;

std::string packed(const Note& note) {
    return json{{"code", note.code}, {"values", note.values}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
}

[[noreturn]] void refuse() {
    throw base::StoreError("verdict",
                           base::Remedy::Stop,
                           "the details of a verdict were changed from outside; check again");
}

json unpacked(const std::string& text) {
    auto document = json::parse(text, nullptr, false);
    if (!document.is_object()) {
        refuse();
    }
    return document;
}

Note note_of(const std::string& text) {
    const json document = unpacked(text);
    try {
        return {document.at("code").get<std::string>(),
                document.at("values").get<std::map<std::string, std::string>>()};
    } catch (const json::exception&) {
        refuse();
    }
}

std::map<std::string, std::int64_t> figures_of(const std::string& text) {
    try {
        return unpacked(text).get<std::map<std::string, std::int64_t>>();
    } catch (const json::exception&) {
        refuse();
    }
}

void add(store::sql::Connection& connection, const Verdict& verdict, base::Timestamp judged_at) {
    std::int64_t id = 0;
    {
        const auto rows = connection.query(
            "INSERT INTO verdict (check_name, subject, rule, outcome, why, say, examined, failed, "
            "figures, next_step, evidence, judged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
            "$10, $11, $12) RETURNING id",
            {verdict.check,
             verdict.subject,
             verdict.rule,
             std::string(ledger::to_string(verdict.outcome)),
             packed(verdict.why),
             verdict.say,
             verdict.examined,
             verdict.failed,
             json(verdict.figures).dump(),
             packed(verdict.next),
             base::Bytes{std::string(digest(verdict).view())},
             judged_at});
        rows->next();
        id = rows->integer(0);
    }
    std::int64_t place = 0;
    for (const Located& row : verdict.where) {
        connection.execute(
            "INSERT INTO verdict_row (verdict_id, place, entity, row_key, field, shown, note) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            {id,
             ++place,
             row.entity,
             row.key,
             row.field,
             row.value ? base::Value(*row.value) : base::Value(),
             packed(row.note)});
    }
}

std::vector<Located> rows_of(store::sql::Connection& connection, std::int64_t verdict) {
    std::vector<Located> out;
    const auto rows = connection.query(
        "SELECT entity, row_key, field, shown, note FROM verdict_row WHERE verdict_id = $1 ORDER "
        "BY place",
        {verdict});
    while (rows->next()) {
        out.push_back({rows->text(0),
                       rows->text(1),
                       rows->text(2),
                       rows->optional_text(3),
                       note_of(rows->text(4))});
    }
    return out;
}

}  // namespace

void keep_verdicts(store::sql::Connection& connection,
                   const std::string& check,
                   const std::vector<Verdict>& verdicts,
                   base::Timestamp judged_at) {
    connection.execute(
        "DELETE FROM verdict_row WHERE verdict_id IN (SELECT id FROM verdict WHERE check_name = "
        "$1)",
        {check});
    connection.execute("DELETE FROM verdict WHERE check_name = $1", {check});
    for (const Verdict& verdict : verdicts) {
        add(connection, verdict, judged_at);
    }
}

std::vector<KeptVerdict> kept_verdicts(store::sql::Connection& connection) {
    std::vector<std::pair<std::int64_t, KeptVerdict>> kept;
    {
        const auto rows = connection.query(
            "SELECT id, check_name, subject, rule, outcome, why, say, examined, failed, figures, "
            "next_step, evidence, judged_at FROM verdict ORDER BY check_name, subject, rule",
            {});
        while (rows->next()) {
            KeptVerdict each;
            const auto outcome = ledger::outcome_from(rows->text(4));
            const auto evidence = ledger::Digest::from_bytes(rows->bytes(11));
            if (!outcome || !evidence) {
                refuse();
            }
            each.verdict = {rows->text(1),
                            rows->text(2),
                            rows->text(3),
                            *outcome,
                            note_of(rows->text(5)),
                            rows->text(6),
                            rows->integer(7),
                            rows->integer(8),
                            figures_of(rows->text(9)),
                            {},
                            note_of(rows->text(10))};
            each.evidence = *evidence;
            each.judged_at = rows->timestamp(12);
            kept.emplace_back(rows->integer(0), std::move(each));
        }
    }
    std::vector<KeptVerdict> out;
    for (auto& [id, each] : kept) {
        each.verdict.where = rows_of(connection, id);
        out.push_back(std::move(each));
    }
    return out;
}

}  // namespace hrbridge::check
