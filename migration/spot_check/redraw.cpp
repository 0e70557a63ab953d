#include "migration/spot_check/redraw.h"

#include <set>

#include "migration/ledger/lookup.h"

namespace hrbridge::spot_check {
namespace {

using ledger::Note;

Note about(const char* code, const Subject& subject, std::int64_t draw) {
    return {code,
            {{"module", subject.module.name},
             {"number", std::to_string(subject.rehearsal)},
             {"draw", std::to_string(draw)}}};
}

// The newest draw of this content that failed, by the ledger.
std::optional<std::int64_t> failed_draw(store::sql::Connection& live,
                                        const std::string& module,
                                        const ledger::Digest& root) {
    std::set<std::int64_t> draws;
    ledger::find_newest(live, ledger::Kind::Draw, module, [&](const ledger::Entry& entry) {
        const auto& body = std::get<ledger::Draw>(entry.body);
        if (body.content_root == root) {
            draws.insert(body.draw);
        }
        return false;
    });
    const auto failed =
        ledger::find_newest(live, ledger::Kind::CheckVerdicts, module, [&](const auto& entry) {
            const auto& body = std::get<ledger::CheckVerdicts>(entry.body);
            return body.outcome == ledger::Outcome::Fail && draws.contains(body.draw);
        });
    return failed ? std::optional(std::get<ledger::CheckVerdicts>(failed->body).draw)
                  : std::nullopt;
}

}  // namespace

Permit permit_draw(store::sql::Connection& live,
                   const Subject& subject,
                   const ledger::Digest& root,
                   const DrawAsked& asked) {
    Permit out;
    if (const auto failed = failed_draw(live, subject.module.name, root)) {
        out.refused.push_back(about("content_failed", subject, *failed));
        return out;
    }
    const auto before = list_draws(live, subject.module.name);
    if (before.empty()) {
        return out;
    }
    const DrawRecord& last = before.back();
    const bool explains = !asked.cause.empty() && !asked.remedy.empty();
    const bool same = last.content_root == root;
    if (same && last.state == DrawState::Drawn) {
        out.resumed = last;
    } else if (last.state != DrawState::Closed) {
        if (explains) {
            out.given_up = last;
        } else {
            out.refused.push_back(about("draw_open", subject, last.number));
        }
    } else if (last.outcome == ledger::Outcome::Pass) {
        if (same && last.rehearsal == subject.rehearsal) {
            out.refused.push_back(about("passed_already", subject, last.number));
        }
    } else if (!explains && !last.is_explained()) {
        out.refused.push_back(about("needs_cause", subject, last.number));
    }
    return out;
}

}  // namespace hrbridge::spot_check
