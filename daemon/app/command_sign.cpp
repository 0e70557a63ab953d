#include "daemon/app/command_sign.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/module_lease.h"
#include "daemon/app/sign_output.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"
#include "migration/sign_off/keys.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::app {
namespace {

using sign_off::Standing;

// The account that a key is registered for; empty with an error said.
std::string account_by_key(const CommandContext& context,
                           store::sql::Connection& live,
                           const ledger::PrivateKey& key) {
    const auto known = sign_off::signer_keys(live, ledger_keys_of(context));
    if (const auto* const broken = std::get_if<ledger::Note>(&known)) {
        refuse(context, *broken);
        return "";
    }
    const sign_off::SignerKey* const found =
        std::get<sign_off::SignerKeys>(known).find(key.public_key());
    if (found == nullptr) {
        refuse(context, {"key_unregistered"});
        return "";
    }
    return found->account;
}

std::optional<std::string> option(const CommandContext& context, const char* name) {
    return context.line.has(name) ? std::optional(context.line.option(name)) : std::nullopt;
}

using Do = std::function<sign_off::Acted(
    const sign_off::Scope&, const rehearsal::Lease&, const Standing&, const sign_off::Act&)>;

// One signed act: the person proves himself, fallen signatures are told, then `work`.
Exit act(const CommandContext& context,
         const Do& work,
         const std::function<std::string(const ledger::Entry&)>& done) {
    const project::Module* const module = module_of(context);
    if (module == nullptr) {
        return Exit::Usage;
    }
    return with_module_lease(context, module->name, [&](const rehearsal::Lease& lease) {
        const auto open = open_rehearsal(context);
        if (!open) {
            return Exit::Usage;
        }
        const auto given = unpack_credentials(context.input);
        if (!given || !given->key) {
            return refuse(context, {"bad_credentials"}, Exit::Usage);
        }
        const std::string account = account_by_key(context, *open->live, *given->key);
        if (account.empty() || !proven(context, *open->live, account)) {
            return Exit::Failed;
        }
        const sign_off::Scope scope = open->scope(context);
        const base::Timestamp now = context.services.clock.now();
        const Standing before = sign_off::standing(scope);
        record_fallen(context, scope, lease, before);
        const sign_off::Acted acted = work(scope,
                                           lease,
                                           before,
                                           {account,
                                            *given->key,
                                            option(context, "loader"),
                                            option(context, "sheet-by"),
                                            context.actor,
                                            now,
                                            ledger_keys_of(context)});
        if (const auto* const why = std::get_if<ledger::Note>(&acted)) {
            return refuse(context, *why);
        }
        context.output.line(done(std::get<ledger::Entry>(acted)));
        print_obstacles(context, scope, sign_off::standing(scope));
        return Exit::Done;
    });
}

std::map<std::string, std::string> about(const ledger::Entry& entry) {
    return {{"account", entry.actor}, {"entry", std::to_string(entry.sequence)}};
}

}  // namespace

std::string sign_text(const CommandContext& context, const ledger::Note& note) {
    return sign_off::text(context.line.option("language", "zh"), note);
}

Exit refuse(const CommandContext& context, const ledger::Note& why, Exit exit) {
    context.output.error(sign_text(context, why));
    return exit;
}

const ledger::KeyRing* ledger_keys_of(const CommandContext& context) {
    return context.services.ledger_keys ? &*context.services.ledger_keys : nullptr;
}

std::optional<Credentials> proven(const CommandContext& context,
                                  store::sql::Connection& live,
                                  const std::string& account) {
    auto credentials = unpack_credentials(context.input);
    if (!credentials) {
        refuse(context, {"bad_credentials"});
        return std::nullopt;
    }
    const auto found = store::AccountRepository(live).find(account);
    if (!found || found->disabled) {
        refuse(context, {found ? "account_disabled" : "no_account", {{"account", account}}});
        return std::nullopt;
    }
    if (!web::password_matches(credentials->password.reveal(), found->password_hash)) {
        refuse(context, {"wrong_password", {{"account", account}}});
        return std::nullopt;
    }
    return credentials;
}

sign_off::Scope OpenRehearsal::scope(const CommandContext& context) const {
    return {*live,
            *side,
            rehearsal,
            *context.services.project,
            *module,
            context.services.mappings,
            context.services.ledger_keys ? context.services.ledger_keys->public_keys()
                                         : std::vector<ledger::PublicKey>()};
}

std::optional<OpenRehearsal> open_rehearsal(const CommandContext& context) {
    OpenRehearsal out;
    out.module = module_of(context);
    if (out.module == nullptr) {
        return std::nullopt;
    }
    out.live = context.services.store->connect();
    auto one = chosen_rehearsal(context, *out.live);
    if (!one) {
        return std::nullopt;
    }
    out.rehearsal = std::move(*one);
    const store::StoreOptions& live = context.services.config.store;
    if (!store::side_is_taken(live, out.rehearsal.side())) {
        refuse(
            context,
            {"side_gone",
             {{"module", out.rehearsal.module}, {"number", std::to_string(out.rehearsal.number)}}});
        return std::nullopt;
    }
    store::create_side(live, out.rehearsal.side());  // an earlier program's gets its new tables
    out.side = store::open_store(store::side_options(live, out.rehearsal.side()))->connect();
    return out;
}

Exit run_sign(const CommandContext& context) {
    const auto role = ledger::role_from(context.line.option("as"));
    if (!role) {
        return refuse(context, {"role_not_given"}, Exit::Usage);
    }
    return act(
        context,
        [&](const auto& scope, const auto& lease, const auto& standing, const auto& act) {
            return sign_off::sign(scope, lease, standing, *role, act);
        },
        [&](const ledger::Entry& entry) {
            auto values = about(entry);
            values["role"] = sign_text(context, {"role_" + std::string(to_string(*role))});
            values["content"] = std::get<ledger::Signature>(entry.body).content.hex();
            return sign_text(context, {"signed", values});
        });
}

Exit run_accept(const CommandContext& context) {
    for (const char* const name : {"check", "rule", "reason"}) {
        if (!context.line.has(name)) {
            return refuse(context, {"loss_not_given"}, Exit::Usage);
        }
    }
    const sign_off::Loss loss{context.line.option("check"),
                              context.line.option("subject", context.line.arguments.front()),
                              context.line.option("rule"),
                              context.line.option("reason")};
    return act(
        context,
        [&](const auto& scope, const auto& lease, const auto& standing, const auto& act) {
            return sign_off::accept_loss(scope, lease, standing, loss, act);
        },
        [&](const ledger::Entry& entry) {
            auto values = about(entry);
            values["check"] = loss.check;
            values["subject"] = loss.subject;
            values["rule"] = loss.rule;
            values["failed"] = std::to_string(std::get<ledger::LossAccepted>(entry.body).failed);
            return sign_text(context, {"accepted", values});
        });
}

Exit run_go(const CommandContext& context) {
    if (!context.line.has("item")) {
        const auto open = open_rehearsal(context);
        if (!open) {
            return Exit::Usage;
        }
        const sign_off::Scope scope = open->scope(context);
        print_standing(context, scope, sign_off::standing(scope));
        return Exit::Done;
    }
    const std::string answer = context.line.option("answer");
    if (answer.empty()) {
        return refuse(context, {"answer_not_given"}, Exit::Usage);
    }
    const std::string item = context.line.option("item");
    return act(
        context,
        [&](const auto& scope, const auto& lease, const auto& standing, const auto& act) {
            return sign_off::answer_go(scope, lease, standing, item, answer == "go", act);
        },
        [&](const ledger::Entry& entry) {
            auto values = about(entry);
            values["item"] = item;
            values["answer"] = sign_text(context, {answer == "go" ? "answer_go" : "answer_no_go"});
            return sign_text(context, {"answered", values});
        });
}

}  // namespace hrbridge::app
