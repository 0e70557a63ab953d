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

ledger::Digest digest_of(const std::vector<SweepRow>& rows) {
    std::string bytes;
    bytes.reserve(rows.size() * 32);
    for (const SweepRow& row : rows) {
        bytes += row.key.view();
        bytes += row.hash.view();
    }
    return ledger::Digest::sha256_of(bytes);
}

ledger::Digest chained(const ledger::Digest& so_far, const ledger::Digest& next) {
    std::string link(so_far.view());
    link += next.view();
    return ledger::Digest::sha256_of(link);
}

}  // namespace

void Roots::add(std::vector<SweepRow>& stored, const std::vector<SweepDifference>& differences) {
    if (!std::is_sorted(stored.begin(), stored.end(), by_key)) {
        std::sort(stored.begin(), stored.end(), by_key);
    }
    const ledger::Digest part = digest_of(stored);
    target_ = chained(target_, part);
    if (differences.empty()) {
        source_ = chained(source_, part);
        return;
    }
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
    source_ = chained(source_, digest_of(source));
}

}  // namespace hrbridge::reconcile
