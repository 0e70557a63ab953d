#include "migration/sign_off/content.h"

#include <algorithm>
#include <tuple>

#include "daemon/base/row_hash.h"
#include "migration/rehearsal/content_root.h"
#include "migration/rehearsal/record.h"
#include "migration/rehearsal/stored_digest.h"

namespace hrbridge::sign_off {
namespace {

ledger::Digest digest_of(const Scope& scope, const Content& content) {
    base::RowHasher row;
    row.add_text("hrbridge sign-off 2");
    row.add_text(scope.module.name);
    row.add_int(scope.rehearsal.number);
    row.add_bytes(content.mappings.view());
    row.add_bytes(content.root.view());
    row.add_bytes(content.stored.view());
    for (const check::KeptVerdict& kept : content.verdicts) {
        row.add_text(kept.verdict.check);
        row.add_text(kept.verdict.subject);
        row.add_text(kept.verdict.rule);
        row.add_bytes(check::digest(kept.verdict).view());
    }
    return ledger::Digest::sha256_of(row.canonical());
}

}  // namespace

Content content(const Scope& scope) {
    Content out;
    out.mappings = rehearsal::mapping_set(project::mappings_of(scope.module, scope.mappings));
    out.root = rehearsal::module_root(scope.side,
                                      store::entity_tables(scope.side),
                                      project::entities_of(scope.module, scope.mappings),
                                      rehearsal::RowsLie::ByKeyAsARule);
    out.stored = rehearsal::promoted_digest(
        scope.side, "", rehearsal::stored_part(scope.module, scope.mappings));
    out.verdicts = check::kept_verdicts(scope.side);
    std::sort(out.verdicts.begin(), out.verdicts.end(), [](const auto& a, const auto& b) {
        return std::tie(a.verdict.check, a.verdict.subject, a.verdict.rule) <
               std::tie(b.verdict.check, b.verdict.subject, b.verdict.rule);
    });
    out.digest = digest_of(scope, out);
    return out;
}

}  // namespace hrbridge::sign_off
