#include "daemon/app/key_rotation.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/held_leases.h"
#include "daemon/store/seal_check.h"
#include "migration/promotion/seal.h"

namespace hrbridge::app {
namespace {

constexpr const char* kLease = "keys";

const char* code_of(store::Kept kept) {
    switch (kept) {
        case store::Kept::No:
            return "";
        case store::Kept::Unreadable:
            return "unreadable";
        case store::Kept::Rollback:
            return "rollback";
        case store::Kept::Evidence:
            return "evidence";
    }
    return "";
}

const char* text_of(store::Kept kept) {
    switch (kept) {
        case store::Kept::No:
            return "";
        case store::Kept::Unreadable:
            return ": no key of the file opens them";
        case store::Kept::Rollback:
            return ": a promotion can still be rolled back; rotate again behind its term";
        case store::Kept::Evidence:
            return ": they belong to a record of a migration and go with it";
    }
    return "";
}

void print(const CommandContext& context, const std::vector<store::RotatedColumn>& done) {
    std::int64_t left = 0;
    for (const store::RotatedColumn& each : done) {
        left += each.left;
        if (each.resealed > 0 || each.left > 0) {
            context.output.line(fmt::format("{:<36} {} sealed anew, {} left{}",
                                            each.table + "." + each.column,
                                            each.resealed,
                                            each.left,
                                            text_of(each.kept)));
        }
    }
    const base::SealKeys& keys = *context.services.keys;
    context.output.line(
        left > 0 ? fmt::format("{} values still need another key than {}", left, keys.current())
                 : fmt::format("all values of this store are sealed by {}", keys.current()));
    if (keys.eldest() != keys.current()) {
        context.output.line(fmt::format(
            "{} stays on the last line: by its digests rows are known again", keys.eldest()));
    }
}

}  // namespace

std::vector<store::RotatedColumn> rotate_keys(Services& services, const std::stop_token& stop) {
    HeldLeases leases(services);
    leases.take(kLease);
    leases.take_modules();
    const auto connection = services.store->connect();
    store::use_seal_key(*connection, *services.keys, services.clock.now());
    const store::Rotation rotation{
        *services.keys,
        promotion::ledger_teller(services.ledger_keys ? &*services.ledger_keys : nullptr,
                                 services.clock),
        [&leases](store::sql::Connection& store) { leases.require(store); },
        stop};
    auto done = store::rotate_keys(*connection, rotation);
    for (const store::RotatedColumn& each : done) {
        if (each.resealed > 0) {
            services.log.notice("values were sealed anew",
                                {{"table", each.table},
                                 {"column", each.column},
                                 {"values", std::to_string(each.resealed)},
                                 {"left", std::to_string(each.left)}});
        }
    }
    return done;
}

Exit run_key(const CommandContext& context) {
    if (!context.services.keys) {
        context.output.error("the configuration has no seal_keys; nothing is sealed");
        return Exit::Usage;
    }
    std::vector<store::RotatedColumn> done;
    try {
        done = rotate_keys(context.services, context.stop);
    } catch (const base::LeaseHeld& held) {
        context.output.error(fmt::format("not now: {}", held.what()));
        return Exit::Failed;
    }
    if (!context.line.has("json")) {
        print(context, done);
        return Exit::Done;
    }
    nlohmann::json all = nlohmann::json::array();
    for (const store::RotatedColumn& each : done) {
        all.push_back({{"table", each.table},
                       {"column", each.column},
                       {"resealed", each.resealed},
                       {"left", each.left},
                       {"kept", code_of(each.kept)}});
    }
    context.output.line(nlohmann::json{
        {"current", context.services.keys->current()},
        {"eldest", context.services.keys->eldest()},
        {"columns", all}}.dump(2));
    return Exit::Done;
}

}  // namespace hrbridge::app
