#include "migration/ledger/verify.h"

#include <algorithm>
#include <utility>

#include "daemon/base/error.h"
#include "migration/ledger/chain_check.h"
#include "migration/ledger/head_check.h"

namespace hrbridge::ledger {
namespace {

namespace sql = store::sql;

constexpr const char* kKeyCheck = "key";
constexpr std::int64_t kProgressEvery = 5'000;
constexpr std::size_t kShownDigits = 16;

// One state of the store for the whole walk, which keeps no writer waiting.
class ReadingSnapshot {
  public:
    explicit ReadingSnapshot(sql::Connection& connection) : connection_(connection) {
        connection.dialect() == sql::Dialect::Postgres ? connection.begin_snapshot()
                                                       : connection.begin_reading();
    }
    ReadingSnapshot(const ReadingSnapshot&) = delete;
    ReadingSnapshot& operator=(const ReadingSnapshot&) = delete;
    ~ReadingSnapshot() { connection_.rollback(); }

  private:
    sql::Connection& connection_;
};

std::string count(std::int64_t number) {
    return std::to_string(number);
}

CheckResult result(const char* check, Outcome outcome, std::int64_t examined, Note note) {
    return {check, outcome, examined, std::move(note)};
}

// Pass, or Fail when the check has findings.
CheckResult judged(const char* check,
                   const Findings& findings,
                   std::int64_t examined,
                   std::map<std::string, std::string> values = {}) {
    const std::int64_t found = findings.count(check);
    values["examined"] = count(examined);
    values["found"] = count(found);
    const std::string code = std::string(check) + (found == 0 ? "_pass" : "_fail");
    return result(
        check, found == 0 ? Outcome::Pass : Outcome::Fail, examined, {code, std::move(values)});
}

CheckResult judge_seals(const SealCheck& seals, const Findings& findings) {
    if (findings.count(kSealsCheck) == 0) {
        if (seals.unsure() > 0) {
            return result(kSealsCheck,
                          Outcome::NotChecked,
                          seals.sealed(),
                          {"seals_unsure", {{"unsure", count(seals.unsure())}}});
        }
        if (seals.sealed() == 0) {
            return result(kSealsCheck, Outcome::NotChecked, 0, {"seals_none"});
        }
    }
    return judged(kSealsCheck, findings, seals.sealed(), {{"unsealed", count(seals.unsealed())}});
}

// Whoever writes the store could write all of it anew and seal it by a key of his own: that shows
// only against a key, or a head, that is kept elsewhere.
CheckResult judge_key(const SealCheck& seals,
                      const std::vector<PublicKey>& trusted,
                      Findings& findings) {
    if (trusted.empty()) {
        return result(kKeyCheck, Outcome::NotChecked, 0, {"key_not_given"});
    }
    if (!seals.key()) {
        return result(kKeyCheck, Outcome::NotChecked, 0, {"key_unknown"});
    }
    const std::string shown = seals.key()->fingerprint().hex().substr(0, kShownDigits);
    if (std::find(trusted.begin(), trusted.end(), *seals.key()) == trusted.end()) {
        findings.add(kKeyCheck, 0, {"key_other", {{"key", shown}}});
    }
    return judged(kKeyCheck, findings, 1, {{"key", shown}});
}

class Walk {
  public:
    Walk(sql::Connection& connection, const VerifyOptions& options)
        : options_(options),
          findings_(options.show),
          context_{connection, findings_},
          chain_(findings_) {
        if (options.printed) {
            head_.emplace(*options.printed, options.trusted);
        }
    }

    VerifyReport run() {
        EntryReader reader(context_.connection);
        while (const StoredEntry* stored = reader.next()) {
            take(*stored);
        }
        if (head_) {
            head_->finish(chain_.last(), findings_);
        }
        judge();
        report_.entries = chain_.entries();
        report_.findings_total = findings_.total();
        report_.findings = findings_.take();
        return std::move(report_);
    }

  private:
    void take(const StoredEntry& stored) {
        if (options_.stop.stop_requested()) {
            throw base::Stopped();
        }
        const auto entry = chain_.take(stored);
        if (head_) {
            head_->take(stored, chain_);
        }
        report_.head.reset();
        if (entry) {
            take(*entry);
        }
        if (options_.progress && chain_.entries() % kProgressEvery == 0) {
            options_.progress(chain_.entries());
        }
    }

    void take(const Entry& entry) {
        report_.head = Head{entry.sequence, entry.at, entry.hash, entry.seal};
        if (const auto* const added = std::get_if<KeyAdded>(&entry.body);
            added != nullptr && head_) {
            head_->add_key(added->key);
        }
        for (ContentProof* const proof : options_.proofs) {
            proof->take(entry, context_);
        }
    }

    void judge() {
        if (chain_.entries() == 0) {
            add(result(kChainCheck, Outcome::NotChecked, 0, {"chain_empty"}));
        } else {
            const SealCheck& seals = chain_.seals();
            add(judged(kChainCheck, findings_, chain_.entries()));
            add(judged(kBodiesCheck, findings_, chain_.bodies()));
            add(judge_seals(seals, findings_));
            add(judged(kSignaturesCheck, findings_, seals.signatures()));
        }
        add(judge_key(chain_.seals(), options_.trusted, findings_));
        add(head_ ? judged(
                        kHeadCheck, findings_, 1, {{"sequence", count(options_.printed->sequence)}})
                  : result(kHeadCheck, Outcome::NotChecked, 0, {"head_not_given"}));
        for (ContentProof* const proof : options_.proofs) {
            CheckResult found = proof->finish(context_);
            found.check = proof->name();
            if (findings_.count(found.check) > 0) {
                found.outcome = Outcome::Fail;
            }
            add(std::move(found));
        }
    }

    void add(CheckResult check) { report_.checks.push_back(std::move(check)); }

    const VerifyOptions& options_;
    Findings findings_;
    ProofContext context_;
    ChainCheck chain_;
    std::optional<HeadCheck> head_;
    VerifyReport report_;
};

}  // namespace

Outcome VerifyReport::outcome() const {
    Outcome worst = Outcome::Pass;
    for (const CheckResult& check : checks) {
        if (check.outcome == Outcome::Fail) {
            return Outcome::Fail;
        }
        if (check.outcome == Outcome::NotChecked) {
            worst = Outcome::NotChecked;
        }
    }
    return worst;
}

VerifyReport verify(sql::Connection& connection, const VerifyOptions& options) {
    const ReadingSnapshot snapshot(connection);
    return Walk(connection, options).run();
}

}  // namespace hrbridge::ledger
