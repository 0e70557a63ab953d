#include "migration/reconcile/roots.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace hrbridge::reconcile {
namespace {

using store::SweepDifference;
using store::SweepRow;

bool by_key(const SweepRow& a, const SweepRow& b) {
    return a.key < b.key;
}

std::string bytes_of(const std::vector<SweepRow>& rows) {
    std::string bytes;
    bytes.reserve(rows.size() * 32);
    for (const SweepRow& row : rows) {
        bytes += row.key.view();
        bytes += row.hash.view();
    }
    return bytes;
}

std::vector<SweepRow> source_rows(const std::vector<SweepRow>& stored,
                                  const std::vector<SweepDifference>& differences) {
    std::unordered_set<std::int64_t> not_the_same;  // ids
    std::vector<SweepRow> source;
    for (const SweepDifference& each : differences) {
        not_the_same.insert(each.id);
        if (each.kind != SweepDifference::Kind::Missing) {
            source.push_back(each.source);
        }
    }
    for (const SweepRow& row : stored) {
        if (!not_the_same.contains(row.number)) {
            source.push_back(row);
        }
    }
    std::sort(source.begin(), source.end(), [](const SweepRow& a, const SweepRow& b) {
        return a.key == b.key ? a.hash < b.hash : a.key < b.key;
    });
    return source;
}

}  // namespace

void Roots::add(std::vector<SweepRow>& stored, const std::vector<SweepDifference>& differences) {
    if (!std::is_sorted(stored.begin(), stored.end(), by_key)) {
        std::sort(stored.begin(), stored.end(), by_key);
    }
    if (!differences.empty() && !source_) {
        source_ = target_.copy();
    }
    const std::string bytes = bytes_of(stored);
    target_.add(bytes);
    if (source_) {
        source_->add(differences.empty() ? bytes : bytes_of(source_rows(stored, differences)));
    }
}

Roots::Both Roots::finish() {
    const ledger::Digest target = target_.finish();
    return {source_ ? source_->finish() : target, target};
}

}  // namespace hrbridge::reconcile
