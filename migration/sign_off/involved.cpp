#include "migration/sign_off/involved.h"

#include "daemon/store/repositories.h"

namespace hrbridge::sign_off {
namespace {

constexpr std::string_view kJudges = "SELECT DISTINCT account FROM spot_judgement WHERE draw = $1";

class Finder {
  public:
    Finder(const Scope& scope, const LedgerTold& told) : scope_(scope), told_(told) {}

    Involved run() {
        find_loaders();
        for (const Told& each : told_.entries) {
            take(each);
        }
        if (sheet_ != nullptr) {
            add_sheet();
        }
        return std::move(out_);
    }

  private:
    bool is_ours(std::int64_t rehearsal) const { return rehearsal == scope_.rehearsal.number; }

    // The row of the rehearsal names only who began it, and somebody may have changed it.
    void find_loaders() {
        std::set<std::string> actors{scope_.rehearsal.actor};
        if (const auto found = told_.loaders.find(scope_.rehearsal.number);
            found != told_.loaders.end()) {
            actors.insert(found->second.begin(), found->second.end());
        }
        for (const std::string& actor : actors) {
            if (auto account = account_of(scope_.live, actor)) {
                out_.loaders.insert(std::move(*account));
            } else {
                out_.strangers.insert(actor);
            }
        }
    }

    void take(const Told& told) {
        const ledger::Body& body = told.entry.body;
        if (const auto* const signature = std::get_if<ledger::Signature>(&body)) {
            state(told, signature->rehearsal, signature->loader);
            if (is_ours(signature->rehearsal) && signature->sheet_by && has_good_key(told_, told)) {
                out_.judges.insert(*signature->sheet_by);
            }
        } else if (const auto* const loss = std::get_if<ledger::LossAccepted>(&body)) {
            state(told, loss->rehearsal, loss->loader);
        } else if (const auto* const answer = std::get_if<ledger::GoAnswered>(&body)) {
            state(told, answer->rehearsal, answer->loader);
        } else if (const auto* const draw = std::get_if<ledger::Draw>(&body)) {
            if (is_ours(draw->rehearsal)) {
                draws_.insert(draw->draw);
            }
        } else if (const auto* const sheet = std::get_if<ledger::CheckVerdicts>(&body)) {
            if (draws_.contains(sheet->draw)) {
                sheet_ = &told;
            }
        }
    }

    void state(const Told& told, std::int64_t rehearsal, const std::optional<std::string>& loader) {
        if (is_ours(rehearsal) && loader && !out_.stated && !out_.strangers.empty() &&
            has_good_key(told_, told)) {
            out_.stated = {*loader, told.entry.sequence};
        }
    }

    void add_sheet() {
        out_.sheet_by = account_of(scope_.live, sheet_->entry.actor);
        if (out_.sheet_by) {
            out_.judges.insert(*out_.sheet_by);
        }
        const auto rows = scope_.live.query(
            std::string(kJudges), {std::get<ledger::CheckVerdicts>(sheet_->entry.body).draw});
        while (rows->next()) {
            out_.judges.insert(rows->text(0));
        }
    }

    const Scope& scope_;
    const LedgerTold& told_;
    std::set<std::int64_t> draws_;
    const Told* sheet_ = nullptr;
    Involved out_;
};

}  // namespace

Involved involved(const Scope& scope, const LedgerTold& told) {
    return Finder(scope, told).run();
}

std::optional<std::string> account_of(store::sql::Connection& live, const std::string& actor) {
    store::AccountRepository accounts(live);
    if (accounts.find(actor)) {
        return actor;
    }
    const std::size_t open = actor.find(" (");
    if (!actor.starts_with("uid ") || open == std::string::npos || !actor.ends_with(')')) {
        return std::nullopt;
    }
    const std::string name = actor.substr(open + 2, actor.size() - open - 3);
    return accounts.find(name) ? std::optional(name) : std::nullopt;
}

}  // namespace hrbridge::sign_off
