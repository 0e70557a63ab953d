#include "migration/promotion/last_promotion.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "migration/ledger/body_json.h"
#include "migration/promotion/record.h"

namespace hrbridge::promotion {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, module, rehearsal_id, state, promoted_at, last_batch, entry, forgotten_at FROM "
    "promotion ";
constexpr std::string_view kEntities =
    "SELECT place, entity FROM promotion_entity WHERE promotion_id = $1 ORDER BY place";
constexpr std::string_view kMappings =
    "SELECT mapping, entity, run_id, batch_id FROM promotion_mapping WHERE promotion_id = $1 ORDER "
    "BY place";
constexpr std::string_view kTold =
    "SELECT seq, kind, subject, at, body FROM ledger_entry WHERE kind IN ('promotion', 'rollback') "
    "ORDER BY seq";

std::vector<Promoted> read(store::sql::Connection& live,
                           std::string_view which,
                           std::initializer_list<base::Value> values) {
    std::vector<Promoted> all;
    {
        const auto rows = live.query(std::string(kSelect).append(which), values);
        while (rows->next()) {
            Promoted each;
            each.id = rows->integer(0);
            each.module = rows->text(1);
            each.rehearsal_id = rows->integer(2);
            each.state = rows->text(3);
            each.at = rows->timestamp(4);
            each.last_batch = rows->integer(5);
            each.entry = rows->optional_integer(6).value_or(0);
            each.forgotten = !rows->is_null(7);
            all.push_back(std::move(each));
        }
    }
    for (Promoted& each : all) {
        const auto entities = live.query(kEntities, {each.id});
        while (entities->next()) {
            each.entities.push_back({entities->integer(0), entities->text(1)});
        }
        const auto mappings = live.query(kMappings, {each.id});
        while (mappings->next()) {
            each.mappings.push_back(
                {mappings->text(0), mappings->text(1), mappings->integer(2), mappings->integer(3)});
        }
    }
    return all;
}

ledger::Body body_of(ledger::Kind kind, std::int64_t entry, const std::string& text) {
    ledger::Note why;
    auto body = ledger::parse_body(kind, text, why);
    if (!body) {
        throw base::StoreError(
            "promotion",
            base::Remedy::Stop,
            fmt::format("entry {} of the ledger cannot be read: run hrbridge store verify", entry));
    }
    return std::move(*body);
}

std::optional<Promoted> first_of(std::vector<Promoted> all) {
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

}  // namespace

const Promoted::Entity* Promoted::find(const std::string& entity) const {
    const auto found = std::find_if(
        entities.begin(), entities.end(), [&](const Entity& each) { return each.name == entity; });
    return found == entities.end() ? nullptr : &*found;
}

std::optional<Promoted> last_promotion(store::sql::Connection& live, const std::string& module) {
    return first_of(read(live, "WHERE module = $1 ORDER BY id DESC LIMIT 1", {module}));
}

std::optional<Promoted> promotion_of_entry(store::sql::Connection& live, std::int64_t entry) {
    return first_of(read(live, "WHERE entry = $1", {entry}));
}

std::vector<Promoted> standing_promotions(store::sql::Connection& live) {
    return read(live, "WHERE state = 'promoted' ORDER BY id DESC", {});
}

std::vector<Told> told_promotions(store::sql::Connection& live) {
    std::vector<Told> all;
    const auto rows = live.query(kTold, {});
    while (rows->next()) {
        const std::int64_t entry = rows->integer(0);
        if (rows->text(1) == to_string(ledger::Kind::Promotion)) {
            const auto body = body_of(ledger::Kind::Promotion, entry, rows->text(4));
            all.push_back({entry,
                           rows->text(2),
                           rows->timestamp(3),
                           std::get<ledger::Promotion>(body),
                           false});
            continue;
        }
        const auto body = body_of(ledger::Kind::Rollback, entry, rows->text(4));
        for (Told& each : all) {
            each.undone |= each.entry == std::get<ledger::Rollback>(body).promotion;
        }
    }
    return all;
}

bool is_listed(store::sql::Connection& live, const Told& told) {
    const auto listed = promotion_of_entry(live, told.entry);
    return listed && listed->module == told.module &&
           listed->state == (told.undone ? "rolled_back" : "promoted") &&
           told.body.list == list_digest(live, listed->id);
}

}  // namespace hrbridge::promotion
