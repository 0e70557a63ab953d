#include "migration/promotion/last_promotion.h"

#include "migration/ledger/body_json.h"

namespace hrbridge::promotion {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, module, rehearsal_id, state, promoted_at, last_batch, entry, forgotten_at FROM "
    "promotion ";
constexpr std::string_view kEntities =
    "SELECT entity FROM promotion_entity WHERE promotion_id = $1 ORDER BY place";
constexpr std::string_view kMappings =
    "SELECT mapping, entity, run_id, batch_id FROM promotion_mapping WHERE promotion_id = $1 ORDER "
    "BY place";

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
            each.rolled_back = rows->text(3) == "rolled_back";
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
            each.entities.push_back(entities->text(0));
        }
        const auto mappings = live.query(kMappings, {each.id});
        while (mappings->next()) {
            each.mappings.push_back(
                {mappings->text(0), mappings->text(1), mappings->integer(2), mappings->integer(3)});
        }
    }
    return all;
}

std::optional<Promoted> first_of(std::vector<Promoted> all) {
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

}  // namespace

std::optional<Promoted> last_promotion(store::sql::Connection& live, const std::string& module) {
    return first_of(read(live, "WHERE module = $1 ORDER BY id DESC LIMIT 1", {module}));
}

std::optional<Promoted> promotion_of_entry(store::sql::Connection& live, std::int64_t entry) {
    return first_of(read(live, "WHERE entry = $1", {entry}));
}

std::vector<Promoted> standing_promotions(store::sql::Connection& live) {
    return read(live, "WHERE state = 'promoted' ORDER BY id DESC", {});
}

std::optional<ledger::Promotion> told(store::sql::Connection& live, const Promoted& promotion) {
    const auto rows = live.query(
        "SELECT body FROM ledger_entry WHERE seq = $1 AND kind = 'promotion' AND subject = $2",
        {promotion.entry, promotion.module});
    if (!rows->next()) {
        return std::nullopt;
    }
    ledger::Note why;
    const auto body = ledger::parse_body(ledger::Kind::Promotion, rows->text(0), why);
    const auto* const found = body ? std::get_if<ledger::Promotion>(&*body) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
}

}  // namespace hrbridge::promotion
