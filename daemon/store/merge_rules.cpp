#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/merge_writer.h"

namespace hrbridge::store {
namespace {

constexpr std::size_t kNumbersAStatement = 500;

}  // namespace

void MergeWriter::mix(base::RowHash& into, const base::RowHash& hash) {
    for (std::size_t i = 0; i < into.bytes.size(); ++i) {
        into.bytes[i] = static_cast<std::uint8_t>(into.bytes[i] ^ hash.bytes[i]);
    }
}

// A row that is refused overtakes none, so that rules which look at single rows come first. Those
// that look at several judge only the rows that would be stored.
void MergeWriter::judge_rows() {
    apply_rules(true);
    drop_outdated();
    apply_rules(false);
}

// Rows that something newer has overtaken, in the batch or in the store.
void MergeWriter::drop_outdated() {
    if (!staging_made_) {
        return;
    }
    if (any_source_ && plan_.run_id != 0 && !sql_->release().empty()) {
        connection_.execute(sql_->release(), {});
    }
    if (!repeated_.empty()) {
        count_outdated(repeated_rows());
    }
    count_outdated(rows_older_than_stored());
}

void MergeWriter::count_outdated(const std::vector<std::int64_t>& row_numbers) {
    remove_staged(row_numbers);
    outcome_.duplicates += static_cast<std::int64_t>(row_numbers.size());
}

// All rows of a repeated key but the one that the source changed last; of equal times the source
// row decides, and of one source row the later reading.
std::vector<std::int64_t> MergeWriter::repeated_rows() {
    std::vector<std::int64_t> outdated;
    const std::vector<std::int64_t> all;
    std::int64_t group = 0;
    std::int64_t newest = 0;
    const auto origin = [this](std::int64_t row) -> const Origin& {
        return origins_[static_cast<std::size_t>(row - 1)];
    };
    // To sort few rows takes the store a fraction of what it takes to sort all.
    const auto rows = connection_.query(
        sql_->repeated(repeated_.size() <= kNumbersAStatement ? repeated_ : all), {});
    while (rows->next()) {
        const std::int64_t row = rows->integer(0);
        if (rows->integer(1) != group) {
            group = rows->integer(1);
            newest = row;
        } else if (origin(newest).is_before(origin(row))) {
            outdated.push_back(std::exchange(newest, row));
        } else {
            outdated.push_back(row);
        }
    }
    return outdated;
}

bool MergeWriter::entity_has_source_rows() {
    const auto rows = connection_.query(sql_->any_source(), {});
    return rows->next() && !rows->is_null(0);
}

// Where all source rows have their own target key, each reading of a row is newer than the last.
std::vector<std::int64_t> MergeWriter::rows_older_than_stored() {
    std::vector<std::int64_t> outdated;
    if (sql_->any_source().empty() || is_behind_all()) {
        return outdated;
    }
    if (!any_source_ && !is_kept() && !entity_has_source_rows()) {
        return outdated;
    }
    bool in_way = false;
    {
        const auto rows = connection_.query(sql_->outdated(is_kept()), {});
        while (rows->next()) {
            outdated.push_back(rows->integer(0));
            in_way = in_way || rows->integer(1) != 0;
        }
    }
    if (in_way && !is_kept() && plan_.run_id != 0) {
        connection_.execute(sql_->mark(), {});
    }
    return outdated;
}

void MergeWriter::apply_rules(bool of_rows) {
    if (!staging_made_) {
        return;
    }
    for (const StagedRule& rule : plan_.rules) {
        if (rule.of_rows == of_rows) {
            apply_rule(rule);
        }
    }
}

void MergeWriter::apply_rule(const StagedRule& rule) {
    std::string select = rule.violation;
    constexpr std::string_view kToken = "{staging}";
    for (std::size_t at = select.find(kToken); at != std::string::npos;
         at = select.find(kToken, at)) {
        select.replace(at, kToken.size(), sql_->staging());
    }
    std::vector<std::int64_t> broken;
    {
        const auto rows = connection_.query(select, {});
        while (rows->next()) {
            broken.push_back(rows->integer(0));
        }
    }
    std::sort(broken.begin(), broken.end());
    broken.erase(std::unique(broken.begin(), broken.end()), broken.end());
    if (broken.empty()) {
        return;
    }
    if (rule.stop) {
        throw base::StoreError("rule " + rule.id,
                               base::Remedy::Stop,
                               fmt::format("{} rows break rule {}, which stops the run: {}",
                                           broken.size(),
                                           rule.id,
                                           rule.say));
    }
    if (rule.flag_only) {
        outcome_.flagged[rule.id] += static_cast<std::int64_t>(broken.size());
        return;
    }
    for (const std::int64_t row : broken) {
        const Origin& origin = origins_[static_cast<std::size_t>(row - 1)];
        Reject refused;
        std::int64_t order = 0;
        if (origin.raw > 0) {
            const KeptBlock& block = raws_[origin.raw - 1];
            refused = rejects_.make(*block.rows, origin.row);
            order = block.order(origin.row);
        }
        refused.kind = rule.kind;
        refused.rule = rule.id;
        refused.field = rule.field;
        refused.reason = rule.say;
        refuse(std::move(refused), order);
    }
    remove_staged(broken);
    forget_origins(broken);
}

void MergeWriter::remove_staged(const std::vector<std::int64_t>& row_numbers) {
    for (std::size_t begin = 0; begin < row_numbers.size(); begin += kNumbersAStatement) {
        std::string list;
        const std::size_t end = std::min(begin + kNumbersAStatement, row_numbers.size());
        for (std::size_t i = begin; i < end; ++i) {
            list += fmt::format("{}{}", list.empty() ? "" : ",", row_numbers[i]);
        }
        connection_.execute(
            fmt::format("DELETE FROM {} WHERE row_no IN ({})", sql_->staging(), list), {});
    }
    for (const std::int64_t row : row_numbers) {
        mix(content_, origins_[static_cast<std::size_t>(row - 1)].hash);
    }
    staged_ -= static_cast<std::int64_t>(row_numbers.size());
}

// A refused row ends no reject; an outdated one is good, and ends its own.
void MergeWriter::forget_origins(const std::vector<std::int64_t>& row_numbers) {
    for (const std::int64_t row : row_numbers) {
        origins_[static_cast<std::size_t>(row - 1)].raw = 0;
    }
}

}  // namespace hrbridge::store
