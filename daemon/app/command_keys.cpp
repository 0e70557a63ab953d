#include <nlohmann/json.hpp>

#include "daemon/app/command_sign.h"
#include "migration/sign_off/keys.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kShownDigits = 16;

sign_off::KeyChange change_of(const CommandContext& context) {
    return {context.line.option("account"),
            context.actor,
            context.services.clock.now(),
            ledger_keys_of(context)};
}

Exit register_one(const CommandContext& context, store::sql::Connection& live) {
    const auto credentials = proven(context, live, context.line.option("account"));
    if (!credentials || !credentials->key) {
        return Exit::Usage;
    }
    if (const auto fault = sign_off::register_key(live, *credentials->key, change_of(context))) {
        return refuse(context, *fault);
    }
    context.output.line(sign_text(
        context,
        {"key_registered",
         {{"account", context.line.option("account")},
          {"key", credentials->key->public_key().fingerprint().hex().substr(0, kShownDigits)}}}));
    return Exit::Done;
}

Exit revoke_one(const CommandContext& context, store::sql::Connection& live) {
    if (!proven(context, live, context.line.option("account"))) {
        return Exit::Usage;
    }
    if (const auto fault =
            sign_off::revoke_key(live, context.line.option("reason", "lost"), change_of(context))) {
        return refuse(context, *fault);
    }
    context.output.line(
        sign_text(context, {"key_revoked", {{"account", context.line.option("account")}}}));
    return Exit::Done;
}

ledger::Note state_of(const sign_off::SignerKey& key, const base::Zone& zone) {
    if (!key.until) {
        return {"key_in_use"};
    }
    if (key.revoked.empty()) {
        return {"key_replaced", {{"until", zone.minute_text(*key.until)}}};
    }
    return {"key_taken_away", {{"until", zone.minute_text(*key.until)}, {"reason", key.revoked}}};
}

Exit list(const CommandContext& context, store::sql::Connection& live) {
    const auto known = sign_off::signer_keys(live, ledger_keys_of(context));
    if (const auto* const broken = std::get_if<ledger::Note>(&known)) {
        return refuse(context, *broken, Exit::FaultsFound);
    }
    const auto& keys = std::get<sign_off::SignerKeys>(known).all();
    if (context.line.has("json")) {
        nlohmann::json all = nlohmann::json::array();
        for (const sign_off::SignerKey& each : keys) {
            all.push_back(
                {{"account", each.account},
                 {"key", each.key.raw.hex()},
                 {"fingerprint", each.key.fingerprint().hex()},
                 {"since", base::to_string(each.since)},
                 {"until",
                  each.until ? nlohmann::json(base::to_string(*each.until)) : nlohmann::json()},
                 {"revoked", each.revoked}});
        }
        context.output.line(all.dump(2));
        return Exit::Done;
    }
    if (keys.empty()) {
        context.output.line(sign_text(context, {"key_none"}));
    }
    const base::Zone zone = zone_of(context.services);
    for (const sign_off::SignerKey& each : keys) {
        context.output.line(
            sign_text(context,
                      {"key_line",
                       {{"account", each.account},
                        {"key", each.key.fingerprint().hex().substr(0, kShownDigits)},
                        {"since", zone.minute_text(each.since)},
                        {"state", sign_text(context, state_of(each, zone))}}}));
    }
    return Exit::Done;
}

}  // namespace

Exit run_keys(const CommandContext& context) {
    const auto live = context.services.store->connect();
    const std::string& word = context.line.arguments.front();
    if (word == "list") {
        return list(context, *live);
    }
    if (word != "register" && word != "revoke") {
        return refuse(context, {"key_word", {{"word", word}}}, Exit::Usage);
    }
    if (!context.line.has("account")) {
        return refuse(context, {"account_not_given"}, Exit::Usage);
    }
    return word == "register" ? register_one(context, *live) : revoke_one(context, *live);
}

}  // namespace hrbridge::app
