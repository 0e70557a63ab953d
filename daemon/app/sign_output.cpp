#include "daemon/app/sign_output.h"

#include <nlohmann/json.hpp>

#include "daemon/app/command_sign.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;
using sign_off::Standing;

std::map<std::string, std::string> place_of(const sign_off::Scope& scope) {
    return {{"module", scope.module.name}, {"number", std::to_string(scope.rehearsal.number)}};
}

std::string role_text(const CommandContext& context, ledger::Role role) {
    return sign_text(context, {"role_" + std::string(to_string(role))});
}

std::string say_of(const CommandContext& context, const sign_off::GoState& item) {
    return context.line.option("language", "zh") == "en" ? item.say.en : item.say.zh;
}

std::string answer_text(const CommandContext& context, const sign_off::GoState& item) {
    return sign_text(context, {!item.go ? "answer_none" : *item.go ? "answer_go" : "answer_no_go"});
}

std::string outcome_name(const sign_off::ToldDraw& draw) {
    return draw.outcome ? std::string(to_string(*draw.outcome)) : "open";
}

void print_draws(const CommandContext& context, const Standing& standing) {
    for (const sign_off::ToldDraw& each : standing.draws) {
        context.output.line(
            sign_text(context,
                      {"standing_draw",
                       {{"draw", std::to_string(each.draw)},
                        {"rehearsal", std::to_string(each.rehearsal)},
                        {"outcome", sign_text(context, {"outcome_" + outcome_name(each)})},
                        {"checked", std::to_string(each.checked)},
                        {"wrong", std::to_string(each.wrong)}}}));
    }
}

Json standing_json(const CommandContext& context,
                   const sign_off::Scope& scope,
                   const Standing& standing) {
    Json signatures = Json::array();
    for (const sign_off::GivenSignature& each : standing.signatures) {
        signatures.push_back({{"entry", each.entry},
                              {"role", std::string(to_string(each.role))},
                              {"account", each.account},
                              {"at", base::to_string(each.at)},
                              {"content", each.content.hex()},
                              {"stands", each.stands()},
                              {"void_reason", each.void_reason}});
    }
    Json go = Json::array();
    for (const sign_off::GoState& each : standing.go) {
        go.push_back({{"item", each.id},
                      {"say", say_of(context, each)},
                      {"go", each.go ? Json(*each.go) : Json()},
                      {"account", each.account}});
    }
    Json draws = Json::array();
    for (const sign_off::ToldDraw& each : standing.draws) {
        draws.push_back({{"draw", each.draw},
                         {"rehearsal", each.rehearsal},
                         {"same_content", each.same_content},
                         {"outcome", outcome_name(each)},
                         {"checked", each.checked},
                         {"wrong", each.wrong}});
    }
    Json obstacles = Json::array();
    for (const ledger::Note& note : standing.obstacles()) {
        obstacles.push_back(
            {{"code", note.code}, {"values", note.values}, {"text", sign_text(context, note)}});
    }
    return {{"module", scope.module.name},
            {"rehearsal", scope.rehearsal.number},
            {"content", standing.content.digest.hex()},
            {"stands", standing.stands()},
            {"signatures", signatures},
            {"go_no_go", go},
            {"draws", draws},
            {"obstacles", obstacles}};
}

}  // namespace

void record_fallen(const CommandContext& context,
                   const sign_off::Scope& scope,
                   const rehearsal::Lease& lease,
                   const Standing& standing) {
    const std::int64_t fallen = sign_off::record_voided(
        scope, lease, standing, ledger_keys_of(context), context.services.clock.now());
    if (fallen > 0) {
        context.output.line(
            sign_text(context, {"voided_now", {{"count", std::to_string(fallen)}}}));
    }
}

void print_standing(const CommandContext& context,
                    const sign_off::Scope& scope,
                    const Standing& standing) {
    if (context.line.has("json")) {
        context.output.line(standing_json(context, scope, standing).dump(2));
        return;
    }
    auto head = place_of(scope);
    head["content"] = standing.content.digest.hex();
    context.output.line(sign_text(context, {"standing_head", head}));
    for (const sign_off::GivenSignature& each : standing.signatures) {
        const ledger::Note state =
            each.stands()
                ? ledger::Note{"signature_stands"}
                : ledger::Note{"signature_void",
                               {{"reason", sign_text(context, {"void_" + each.void_reason})}}};
        context.output.line(sign_text(context,
                                      {"standing_signature",
                                       {{"role", role_text(context, each.role)},
                                        {"account", each.account},
                                        {"at", zone_of(context.services).minute_text(each.at)},
                                        {"state", sign_text(context, state)}}}));
    }
    print_draws(context, standing);
    for (const sign_off::GoState& each : standing.go) {
        context.output.line(sign_text(context,
                                      {"standing_go",
                                       {{"item", each.id},
                                        {"answer", answer_text(context, each)},
                                        {"account", each.account},
                                        {"say", say_of(context, each)}}}));
    }
    print_obstacles(context, scope, standing);
}

void print_obstacles(const CommandContext& context,
                     const sign_off::Scope& scope,
                     const Standing& standing) {
    if (scope.rehearsal.state == rehearsal::State::Promoted) {
        context.output.line(sign_text(context, {"standing_promoted", place_of(scope)}));
        return;
    }
    if (standing.stands()) {
        context.output.line(sign_text(context, {"standing_clear", place_of(scope)}));
        return;
    }
    context.output.line(sign_text(context, {"standing_obstacles"}));
    for (const ledger::Note& note : standing.obstacles()) {
        context.output.line(
            sign_text(context, {"standing_obstacle", {{"text", sign_text(context, note)}}}));
    }
}

}  // namespace hrbridge::app
