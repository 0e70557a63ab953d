#include "migration/sign_off/draws.h"

#include <algorithm>

namespace hrbridge::sign_off {
namespace {

ledger::Note about(const char* code, const ToldDraw& draw) {
    return {code,
            {{"draw", std::to_string(draw.draw)},
             {"rehearsal", std::to_string(draw.rehearsal)},
             {"wrong", std::to_string(draw.wrong)}}};
}

}  // namespace

std::vector<ToldDraw> told_draws(const LedgerTold& told,
                                 std::int64_t rehearsal,
                                 const ledger::Digest& content_root) {
    std::vector<ToldDraw> draws;
    for (const Told& each : told.entries) {
        if (const auto* const draw = std::get_if<ledger::Draw>(&each.entry.body)) {
            const bool same = draw->content_root == content_root;
            if (same || draw->rehearsal == rehearsal) {
                draws.push_back({draw->draw, draw->rehearsal, same, std::nullopt, 0, 0});
            }
        } else if (const auto* const sheet = std::get_if<ledger::CheckVerdicts>(&each.entry.body)) {
            const auto found = std::find_if(draws.begin(), draws.end(), [&](const ToldDraw& one) {
                return one.draw == sheet->draw;
            });
            if (found != draws.end()) {
                found->outcome = sheet->outcome;
                found->checked = sheet->checked;
                found->wrong = sheet->wrong;
            }
        }
    }
    return draws;
}

std::vector<ledger::Note> open_draws(const std::vector<ToldDraw>& draws) {
    std::vector<ledger::Note> open;
    const auto failed = std::find_if(draws.begin(), draws.end(), [](const ToldDraw& draw) {
        return draw.same_content && draw.outcome == ledger::Outcome::Fail;
    });
    if (failed != draws.end()) {
        open.push_back(about("draw_failed", *failed));
    }
    if (!draws.empty() && !draws.back().outcome) {
        open.push_back(about("draw_open", draws.back()));
    }
    return open;
}

}  // namespace hrbridge::sign_off
