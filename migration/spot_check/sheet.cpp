#include "migration/spot_check/sheet.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/error.h"
#include "daemon/store/local_transaction.h"

namespace hrbridge::spot_check {
namespace {

using base::Value;

constexpr std::array<std::string_view, 5> kVerdicts{
    "right", "wrong", "source_changed", "cannot_tell", "differs"};
constexpr std::string_view kRows =
    "SELECT place, content, shown_at, first FROM spot_row "
    "WHERE draw = $1 AND ($2 = 0 OR place = $2) ORDER BY place";
constexpr std::string_view kJudgements =
    "SELECT place, verdict, fields, account, way, judged_at, milliseconds FROM spot_judgement "
    "WHERE draw = $1 AND ($2 = 0 OR place = $2) ORDER BY id";
// The newest judgement of a row that is one.
constexpr std::string_view kOpen =
    "NOT EXISTS (SELECT 1 FROM spot_judgement j WHERE j.draw = r.draw AND j.place = r.place "
    "AND j.verdict <> 'differs' AND NOT EXISTS (SELECT 1 FROM spot_judgement n WHERE "
    "n.draw = j.draw AND n.place = j.place AND n.id > j.id))";
constexpr std::string_view kJudge =
    "INSERT INTO spot_judgement (draw, place, verdict, fields, account, way, judged_at, "
    "milliseconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kRevealed =
    "SELECT v.field FROM spot_reveal v WHERE v.draw = $1 AND v.place = $2 AND v.account = $3 "
    "AND NOT EXISTS (SELECT 1 FROM spot_judgement j WHERE j.draw = v.draw AND j.place = v.place "
    "AND j.judged_at >= v.revealed_at AND j.verdict <> 'differs')";

std::int64_t number(store::sql::Connection& live,
                    std::string_view select,
                    std::initializer_list<Value> values) {
    const auto rows = live.query(select, values);
    return rows->next() ? rows->optional_integer(0).value_or(0) : 0;
}

// The next judgement of a row, in their order.
void take(SheetRow& row, Judgement said) {
    row.judgement.reset();
    if (said.verdict == RowVerdict::Differs) {
        return;
    }
    const bool same =
        row.latest && row.latest->verdict == said.verdict && row.latest->fields == said.fields;
    row.overturned += row.latest && !same ? 1 : 0;
    row.judges.insert(said.account);
    if (row.counts_as_wrong(said)) {
        row.wrong_by.insert(said.account);
    }
    row.latest = said;
    row.judgement = std::move(said);
}

std::vector<std::string> fields_of(const std::string& text) {
    const auto list = nlohmann::json::parse(text, nullptr, false);
    return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace

std::string_view to_string(RowVerdict verdict) {
    return kVerdicts.at(static_cast<std::size_t>(verdict));
}

std::optional<RowVerdict> row_verdict_from(std::string_view name) {
    const auto found = std::find(kVerdicts.begin(), kVerdicts.end(), name);
    return found == kVerdicts.end()
               ? std::nullopt
               : std::optional(static_cast<RowVerdict>(found - kVerdicts.begin()));
}

bool SheetRow::counts_as_wrong(const Judgement& said) const {
    return said.verdict == RowVerdict::Wrong ||
           (said.verdict == RowVerdict::SourceChanged && content.changed.empty());
}

bool SheetRow::needs_another(RowVerdict verdict,
                             const std::vector<std::string>& fields,
                             const std::string& account) const {
    if (!latest || !counts_as_wrong(*latest) || !wrong_by.contains(account)) {
        return false;
    }
    const bool keeps =
        std::all_of(latest->fields.begin(), latest->fields.end(), [&](const std::string& field) {
            return std::find(fields.begin(), fields.end(), field) != fields.end();
        });
    return verdict != RowVerdict::Wrong || !keeps;
}

std::string Sheet::seal_place(std::int64_t place) const {
    return fmt::format("spot_row.content/{}/{}", draw_, place);
}

RowContent Sheet::opened(std::int64_t place, const std::string& sealed) const {
    const auto plain = keys_.open(sealed, seal_place(place));
    auto content = plain ? content_from_json(*plain) : base::Result<RowContent>(plain.fault());
    if (!content) {
        throw base::StoreError("spot_row", base::Remedy::Stop, content.fault().what);
    }
    return std::move(content).value();
}

void Sheet::add(const std::vector<RowContent>& added) {
    std::int64_t place = number(live_, "SELECT max(place) FROM spot_row WHERE draw = $1", {draw_});
    for (const RowContent& content : added) {
        ++place;
        live_.execute("INSERT INTO spot_row (draw, place, content) VALUES ($1, $2, $3)",
                      {draw_, place, base::Bytes{keys_.seal(to_json(content), seal_place(place))}});
    }
}

std::int64_t Sheet::rows() {
    return number(live_, "SELECT count(*) FROM spot_row WHERE draw = $1", {draw_});
}

std::int64_t Sheet::judged() {
    return rows() -
           number(live_,
                  fmt::format("SELECT count(*) FROM spot_row r WHERE r.draw = $1 AND {}", kOpen),
                  {draw_});
}

std::optional<std::int64_t> Sheet::next_open(std::int64_t after) {
    const auto rows =
        live_.query(fmt::format("SELECT min(r.place) FROM spot_row r WHERE r.draw = $1 "
                                "AND r.place > $2 AND {}",
                                kOpen),
                    {draw_, after});
    return rows->next() ? rows->optional_integer(0) : std::nullopt;
}

std::vector<SheetRow> Sheet::read(std::int64_t only) {
    std::vector<SheetRow> out;
    std::map<std::int64_t, std::size_t> at;
    {
        const auto rows = live_.query(kRows, {draw_, only});
        while (rows->next()) {
            SheetRow row;
            row.place = rows->integer(0);
            row.content = opened(row.place, rows->bytes(1));
            row.shown_at = rows->optional_timestamp(2);
            row.first = rows->optional_text(3).value_or("");
            at[row.place] = out.size();
            out.push_back(std::move(row));
        }
    }
    const auto rows = live_.query(kJudgements, {draw_, only});
    while (rows->next()) {
        const auto verdict = row_verdict_from(rows->text(1));
        const auto found = at.find(rows->integer(0));
        if (found == at.end() || !verdict) {
            continue;
        }
        Judgement said{*verdict,
                       fields_of(rows->text(2)),
                       rows->text(3),
                       rows->text(4),
                       rows->timestamp(5),
                       rows->optional_integer(6)};
        take(out[found->second], std::move(said));
    }
    return out;
}

std::optional<SheetRow> Sheet::find(std::int64_t place) {
    auto rows = place > 0 ? read(place) : std::vector<SheetRow>{};
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::vector<SheetRow> Sheet::all() {
    return read(0);
}

void Sheet::set_shown(std::int64_t place, base::Timestamp at) {
    live_.execute("UPDATE spot_row SET shown_at = $3 WHERE draw = $1 AND place = $2",
                  {draw_, place, at});
}

void Sheet::set_first(std::int64_t place, const std::string& account) {
    live_.execute("UPDATE spot_row SET first = $3 WHERE draw = $1 AND place = $2",
                  {draw_, place, account.empty() ? Value{base::Null{}} : Value{account}});
}

void Sheet::judge(std::int64_t place, const Judgement& judgement) {
    store::LocalTransaction transaction(live_);
    live_.execute(kJudge,
                  {draw_,
                   place,
                   std::string(to_string(judgement.verdict)),
                   nlohmann::json(judgement.fields).dump(),
                   judgement.account,
                   judgement.way,
                   judgement.at,
                   store::to_value(judgement.milliseconds)});
    live_.execute(
        "UPDATE spot_row SET first = NULL, shown_at = NULL WHERE draw = $1 AND place = $2",
        {draw_, place});
    transaction.commit();
}

void Sheet::reveal(std::int64_t place,
                   const std::string& field,
                   const std::string& account,
                   base::Timestamp at) {
    live_.execute(
        "INSERT INTO spot_reveal (draw, place, field, account, revealed_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        {draw_, place, field, account, at});
}

std::set<std::string> Sheet::revealed(std::int64_t place, const std::string& account) {
    std::set<std::string> fields;
    const auto rows = live_.query(kRevealed, {draw_, place, account});
    while (rows->next()) {
        fields.insert(rows->text(0));
    }
    return fields;
}

std::int64_t Sheet::reveals() {
    return number(live_, "SELECT count(*) FROM spot_reveal WHERE draw = $1", {draw_});
}

std::int64_t Sheet::differences() {
    return number(live_,
                  "SELECT count(*) FROM spot_judgement WHERE draw = $1 AND verdict = 'differs'",
                  {draw_});
}

}  // namespace hrbridge::spot_check
