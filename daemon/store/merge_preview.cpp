#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/merge_writer.h"

namespace hrbridge::store {

BatchOutcome MergeWriter::preview(std::vector<RecordChange>& changes, std::size_t limit) {
    return guarded([&] {
        open_batch();
        judge_rows();
        settle_rejects();
        for (const Reject& each : rejects_.refused()) {
            if (changes.size() < limit) {
                changes.push_back(
                    {each.source_key,
                     each.kind == RejectClass::Hold ? "hold" : "reject",
                     {fmt::format("{} ({}): {}", each.rule, each.field, each.reason)}});
            }
        }
        if (staging_made_) {
            preview_changes(changes, limit);
        }
        BatchOutcome seen = outcome_;
        abandon();
        return seen;
    });
}

void MergeWriter::preview_changes(std::vector<RecordChange>& changes, std::size_t limit) {
    const auto& names = sql_->stored();
    const auto is_sealed = [&](const std::string& name) {
        return std::any_of(plan_.table.columns.begin(),
                           plan_.table.columns.end(),
                           [&](const auto& each) { return each.name == name && each.sealed; });
    };
    const auto is_hidden = [&](const std::string& name) {
        return is_sealed(name) || std::find(plan_.personal.begin(), plan_.personal.end(), name) !=
                                      plan_.personal.end();
    };
    const auto key_part = [&](const std::string& name, const base::Value& value) {
        if (!is_hidden(name)) {
            return base::to_string(value);
        }
        return is_sealed(name) ? std::string("***") : base::mask(base::to_string(value));
    };
    std::int64_t listed = 0;
    const auto rows = connection_.query(sql_->compare(), {});
    while (rows->next()) {
        const bool is_new = rows->integer(1) == 1;
        (is_new ? outcome_.inserted : outcome_.updated) += 1;
        ++listed;
        if (changes.size() >= limit) {
            continue;
        }
        RecordChange change;
        change.action = is_new ? "insert" : "update";
        if (rows->integer(2) == 1) {
            change.fields.emplace_back("was gone and is back in its source");
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            const base::Value staged = rows->value(static_cast<int>(3 + i));
            const base::Value stored = rows->value(static_cast<int>(3 + names.size() + i));
            if (std::find(plan_.table.key.begin(), plan_.table.key.end(), names[i]) !=
                plan_.table.key.end()) {
                change.key += (change.key.empty() ? "" : "/") + key_part(names[i], staged);
            }
            if (is_hidden(names[i])) {
                change.fields.push_back(names[i] + ": ***");
            } else if (is_new) {
                change.fields.push_back(names[i] + ": " + base::to_string(staged));
            } else if (!(staged == stored)) {
                change.fields.push_back(fmt::format(
                    "{}: {} → {}", names[i], base::to_string(stored), base::to_string(staged)));
            }
        }
        changes.push_back(std::move(change));
    }
    outcome_.unchanged += staged_ - listed;
}

}  // namespace hrbridge::store
