#include "migration/check/loaded.h"

#include <algorithm>

#include "daemon/store/batch_writer.h"
#include "migration/check/entity.h"

namespace hrbridge::check {
namespace {

Note missing_of(const std::optional<store::Checkpoint>& checkpoint,
                const engine::Mapping& mapping) {
    if (!checkpoint) {
        return {"not_loaded", {{"mapping", mapping.name}}};
    }
    if (checkpoint->mapping_hash != mapping.hash) {
        return {"other_version", {{"mapping", mapping.name}}};
    }
    if (!checkpoint->complete) {
        return {"not_finished", {{"mapping", mapping.name}}};
    }
    return {};
}

}  // namespace

Loaded read_loaded(const Scope& scope, const engine::Mapping& mapping) {
    Loaded loaded;
    const auto checkpoint = store::read_checkpoint(scope.connection, mapping.name);
    loaded.missing = missing_of(checkpoint, mapping);
    if (!loaded.missing.code.empty()) {
        return loaded;
    }
    {
        const auto rows = scope.connection.query(
            "SELECT CAST(COALESCE(sum(rows_read), 0) AS bigint) FROM run WHERE mapping = $1 AND "
            "mapping_hash = $2 AND id >= $3",
            {mapping.name, mapping.hash, checkpoint->first_run});
        rows->next();
        loaded.rows_read = rows->integer(0);
    }
    const auto rows = scope.connection.query(
        "SELECT rule, kind, state, count(*) FROM reject WHERE mapping = $1 AND state IN ('open', "
        "'dismissed') GROUP BY rule, kind, state",
        {mapping.name});
    while (rows->next()) {
        RuleRows& rule = loaded.rules[rows->text(0)];
        if (rows->text(2) == "dismissed") {
            rule.dismissed += rows->integer(3);
        } else {
            (rows->text(1) == "hold" ? rule.held : rule.refused) += rows->integer(3);
        }
    }
    return loaded;
}

void take_refused(const Scope& scope,
                  const engine::Mapping& mapping,
                  const Loaded& loaded,
                  Verdict& verdict) {
    if (!loaded.missing.code.empty()) {
        throw CannotCheck(loaded.missing);
    }
    const auto found = loaded.rules.find(verdict.rule);
    const RuleRows rule = found == loaded.rules.end() ? RuleRows{} : found->second;
    verdict.figures = {{"read", loaded.rows_read},
                       {"refused", rule.refused},
                       {"held", rule.held},
                       {"dismissed", rule.dismissed}};
    verdict.failed += rule.refused + rule.held;
    if (verdict.failed == 0) {
        return;
    }
    verdict.next = {"next_rejects", {{"mapping", mapping.name}, {"module", scope.module}}};
    const auto rows = scope.connection.query(
        "SELECT source_key, field, reason FROM reject WHERE mapping = $1 AND rule = $2 AND state "
        "= 'open' ORDER BY source_key, id LIMIT $3",
        {mapping.name, verdict.rule, static_cast<std::int64_t>(scope.examples)});
    while (rows->next()) {
        verdict.where.push_back({mapping.entity,
                                 rows->text(0),
                                 rows->text(1),
                                 std::nullopt,
                                 {"reason", {{"reason", rows->text(2)}}}});
    }
}

}  // namespace hrbridge::check
