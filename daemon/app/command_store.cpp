#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/store_backup.h"
#include "daemon/app/store_commands.h"
#include "daemon/app/store_proof.h"
#include "daemon/store/repositories.h"
#include "daemon/store/store_copy.h"
#include "migration/ledger/entry.h"
#include "migration/ledger/ledger.h"
#include "migration/ledger/texts.h"

namespace hrbridge::app {
namespace {

Exit upgrade(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    const int before = store::schema_version(*connection);
    const int newest = store::newest_schema_version();
    if (before > 0 && before < newest && upgrade_waits(context, before, newest)) {
        return Exit::Done;
    }
    if (before > 0 && before < newest && store::has_rows(*connection) &&
        !back_up_before_upgrade(context, before, newest)) {
        return Exit::Failed;
    }
    store::migrate(*connection);
    context.output.line(
        fmt::format("schema version {} → {}", before, store::schema_version(*connection)));
    return Exit::Done;
}

std::string language_of(const CommandContext& context) {
    return context.line.option("language", "zh");
}

Exit refuse(const CommandContext& context, Exit exit, const ledger::Note& why) {
    context.output.error(ledger::text(language_of(context), why));
    return exit;
}

const ledger::KeyRing* keys_of(const CommandContext& context) {
    return context.services.ledger_keys ? &*context.services.ledger_keys : nullptr;
}

Exit verify(const CommandContext& context) {
    ProofAsked asked{context.services.clock,
                     keys_of(context),
                     std::nullopt,
                     language_of(context),
                     context.line.has("json"),
                     context.stop};
    if (context.line.has("head")) {
        auto line = ledger::parse_line(context.line.option("head"));
        if (const auto* const why = std::get_if<ledger::Note>(&line)) {
            return refuse(context, Exit::Usage, *why);
        }
        asked.printed = std::get<ledger::Head>(std::move(line));
    }
    const auto connection = context.services.store->connect();
    return prove_store(*connection, asked, context.output) == ledger::Outcome::Fail
               ? Exit::FaultsFound
               : Exit::Done;
}

// A ledger that began without a key gets the configured one, so that its head can be sealed.
void seal_head(const CommandContext& context, store::sql::Connection& connection) {
    store::sql::Transaction transaction(connection);
    const base::Timestamp now = context.services.clock.now();
    if (ledger::Ledger(connection, keys_of(context)).add_key(now, context.actor)) {
        store::AuditRepository(connection).add(context.actor, "ledger.key", "ledger", "", now);
    }
    transaction.commit();
}

void print_head(const CommandContext& context,
                const ledger::Head& head,
                const ledger::PublicKey& key) {
    const std::string line = ledger::to_line(head);
    const std::string fingerprint = key.fingerprint().hex();
    if (context.line.has("json")) {
        context.output.line(nlohmann::json{
            {"line", line},
            {"entry", head.sequence},
            {"at", base::to_string(head.at)},
            {"hash", head.hash.hex()},
            {"key", key.raw.hex()},
            {"key_fingerprint",
             fingerprint}}.dump(2));
        return;
    }
    context.output.line(line);
    context.output.line(ledger::text(language_of(context),
                                     {"head_about",
                                      {{"sequence", std::to_string(head.sequence)},
                                       {"at", zone_of(context.services).minute_text(head.at)},
                                       {"key", fingerprint.substr(0, 16)}}}));
}

Exit head(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    ledger::Ledger ledger(*connection, keys_of(context));
    auto head = ledger.head();
    if (!head) {
        return refuse(context, Exit::Failed, {"head_none"});
    }
    if (head->seal.empty() && !ledger.key()) {
        if (keys_of(context) == nullptr) {
            return refuse(context, Exit::Usage, {"head_unsealed"});
        }
        seal_head(context, *connection);
        head = ledger.head();
    }
    const auto key = ledger.key();
    if (!key ||
        !key->verifies(ledger::seal_message(head->sequence, head->at, head->hash), head->seal)) {
        return refuse(context, Exit::FaultsFound, {"head_wrong"});
    }
    print_head(context, *head, *key);
    return Exit::Done;
}

}  // namespace

Exit run_store(const CommandContext& context) {
    if (context.line.command == "store verify") {
        return verify(context);
    }
    if (context.line.command == "store backup") {
        return run_backup(context);
    }
    return context.line.command == "store head" ? head(context) : upgrade(context);
}

}  // namespace hrbridge::app
