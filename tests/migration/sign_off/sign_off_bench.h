#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/base/ids.h"
#include "migration/check/check_run.h"
#include "migration/check/verdict_store.h"
#include "migration/freeze/freeze.h"
#include "migration/sign_off/keys.h"
#include "migration/sign_off/sign.h"
#include "tests/migration/freeze/record_checks.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"

namespace hrbridge::sign_off {

using ledger::Outcome;
using ledger::PrivateKey;
using ledger::Role;

inline PrivateKey key_of(const std::string& name) {
    return PrivateKey::from_seed(base::Secret(base::sha256(name)));
}

// A frozen rehearsal of module `core`, run by impl01, with a verdict of each check, and accounts
// that each have a key.
class SignOffBench : public rehearsal::RehearsalBench {
  protected:
    void SetUp() override {
        RehearsalBench::SetUp();
        for (const char* const name : {"impl01", "check01", "boss01", "hr01"}) {
            model::Account account;
            account.name = name;
            store::AccountRepository(*connection_).add(account, system_clock_.now());
            ASSERT_EQ(enroll(name, key_of(name)), "done");
        }
        load_and_freeze();
    }
    template <typename Work>
    auto leased(Work&& work) {
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper lease({*live_store, system_clock_, log},
                                      rehearsal::lease_name("core"));
        return work(rehearsal::Lease{lease.name(), lease.token()});
    }
    // What the logic check finds, before the freeze.
    virtual std::vector<check::Verdict> logic() {
        return {verdict("logic", "R1", Outcome::Pass, 0)};
    }
    void load_and_freeze() { check_and_freeze(rehearse("core", true).rehearsal); }
    void check_and_freeze(rehearsal::Rehearsal loaded) {
        rehearsal_ = std::move(loaded);
        side_ = side(rehearsal_);
        const store::StoreOptions options = live();
        const freeze::Outcome frozen = leased([&](const rehearsal::Lease& lease) {
            freeze::record_checks(
                {options, &ledger_keys_, system_clock_, lease, "impl01"},
                project_,
                rehearsal_,
                {{"format", {verdict("format", "R1", Outcome::Pass, 0)}},
                 {"logic", logic()},
                 {"reconciliation", {verdict("reconciliation", "R1", Outcome::Pass, 0)}}});
            return freeze::freeze({options, &ledger_keys_, system_clock_, lease, "impl01"},
                                  project_,
                                  *project_.find("core"),
                                  mappings_,
                                  rehearsal_.number);
        });
        ASSERT_TRUE(frozen.frozen) << frozen.refused.front().code;
        rehearsal_ = *rehearsal::find(*connection_, "core", rehearsal_.number);
        keep("spot_check", {verdict("spot_check", "R1", Outcome::Pass, 0)});
    }
    void TearDown() override {
        side_.reset();
        RehearsalBench::TearDown();
    }

    std::string enroll(const std::string& account, const PrivateKey& key) {
        const auto fault = register_key(
            *connection_, key, {account, "uid 0 (root)", system_clock_.now(), &ledger_keys_});
        return fault ? fault->code : "done";
    }
    std::string revoke(const std::string& account) {
        const auto fault = revoke_key(
            *connection_, "stolen", {account, "uid 0 (root)", system_clock_.now(), &ledger_keys_});
        return fault ? fault->code : "done";
    }
    void set_state(const std::string& state) {
        connection_->execute("UPDATE rehearsal SET state = $1 WHERE id = $2",
                             {state, rehearsal_.id});
        rehearsal_ = *rehearsal::find(*connection_, "core", rehearsal_.number);
    }
    static check::Verdict verdict(const std::string& check,
                                  const std::string& rule,
                                  Outcome outcome,
                                  std::int64_t failed) {
        check::Verdict out;
        out.check = check;
        out.subject = "core";
        out.rule = rule;
        out.outcome = outcome;
        out.examined = 100;
        out.failed = failed;
        return out;
    }
    void keep(const std::string& check, const std::vector<check::Verdict>& verdicts) {
        store::sql::Transaction transaction(*side_);
        check::keep_verdicts(*side_, check, verdicts, system_clock_.now());
        check::keep_run(*side_,
                        {check,
                         project_.hash,
                         rehearsal_.mapping_set,
                         *rehearsal_.content_root,
                         false,
                         system_clock_.now()});
        transaction.commit();
        if (check == "spot_check") {
            tell(verdicts);
        }
    }
    // What who judges a sheet writes into the ledger; the other checks' verdicts are in the freeze.
    void tell(const std::vector<check::Verdict>& verdicts) {
        store::sql::Transaction transaction(*connection_);
        ledger::Ledger ledger(*connection_, &ledger_keys_);
        for (const check::Verdict& each : verdicts) {
            ledger.append({system_clock_.now(),
                           "core",
                           "check01",
                           ledger::Verdict{rehearsal_.number,
                                           each.check,
                                           each.rule,
                                           each.outcome,
                                           each.examined,
                                           each.failed,
                                           check::digest(each)}});
        }
        transaction.commit();
    }

    // A draw with a sheet on which these accounts judged a row each, the first of them most.
    void judged(const std::vector<std::string>& accounts) {
        const std::int64_t number = ++draws_;
        const base::Bytes digest{std::string(32, 'd')};
        store::sql::Transaction transaction(*connection_);
        connection_->execute(
            "INSERT INTO spot_draw (number, rehearsal_id, state, actor, head, content_root, "
            "nonce, plan, drawn_rows, drawn_at) VALUES ($1, $2, 'closed', 'x', $3, $3, $3, '', "
            "$3, $4)",
            {number, rehearsal_.id, digest, system_clock_.now()});
        std::int64_t place = 0;
        for (const std::string& account : accounts) {
            connection_->execute(
                "INSERT INTO spot_judgement (draw, place, verdict, fields, account, way, "
                "judged_at) VALUES ($1, $2, 'right', '[]', $3, 'web', $4)",
                {number, ++place, account, system_clock_.now()});
        }
        ledger::Ledger ledger(*connection_, &ledger_keys_);
        ledger::Draw draw;
        draw.rehearsal = rehearsal_.number;
        draw.draw = number;
        ledger.append({system_clock_.now(), "core", "impl01", draw});
        ledger::CheckVerdicts sheet;
        sheet.draw = number;
        ledger.append({system_clock_.now(), "core", accounts.front(), sheet});
        transaction.commit();
    }
    // What a promotion of this rehearsal and its rollback leave in the ledger and in its state.
    void promote_and_roll_back() { roll_back(promote_as(rehearsal_.number)); }
    std::int64_t promote_as(std::int64_t number) {
        ledger::Promotion promotion;
        promotion.rehearsal = number;
        return append(promotion);
    }
    void roll_back(std::int64_t promotion) {
        ledger::Rollback rollback;
        rollback.promotion = promotion;
        append(rollback);
    }
    std::int64_t append(ledger::Body body) { return append("impl01", std::move(body)); }
    // As a program would that refuses nothing.
    std::int64_t append(const std::string& account, ledger::Body body) {
        const PrivateKey key = key_of(account);
        store::sql::Transaction transaction(*connection_);
        const bool is_signed = ledger::signer_of(body).has_value();
        const ledger::Entry entry =
            ledger::Ledger(*connection_, &ledger_keys_)
                .append({system_clock_.now(), "core", account, std::move(body)},
                        is_signed ? &key : nullptr);
        transaction.commit();
        return entry.sequence;
    }

    Scope scope() {
        return {*connection_,
                *side_,
                rehearsal_,
                project_,
                *project_.find("core"),
                mappings_,
                ledger_keys_.public_keys()};
    }
    Standing now() { return standing(scope()); }

    // "done", or the code of what is in the way.
    static std::string word(const Acted& acted) {
        const auto* const why = std::get_if<ledger::Note>(&acted);
        return why == nullptr ? "done" : why->code;
    }
    Act act(const std::string& account, const PrivateKey& key) {
        return {account,
                key,
                std::nullopt,
                "check01",
                "uid 0 (root)",
                system_clock_.now(),
                &ledger_keys_};
    }
    std::string sign_as(Role role, const Act& act) {
        return leased([&](const rehearsal::Lease& lease) {
            return word(sign(scope(), lease, now(), role, act));
        });
    }
    std::string sign_as(Role role, const std::string& account) {
        const PrivateKey key = key_of(account);
        return sign_as(role, act(account, key));
    }
    std::string accept(const std::string& account,
                       const std::string& check,
                       const std::string& rule,
                       const std::string& reason = "known_difference") {
        const PrivateKey key = key_of(account);
        return leased([&](const rehearsal::Lease& lease) {
            return word(accept_loss(
                scope(), lease, now(), {check, "core", rule, reason}, act(account, key)));
        });
    }
    std::string answer(const std::string& account,
                       const std::string& item,
                       bool go = true,
                       const std::optional<std::string>& loader = std::nullopt) {
        const PrivateKey key = key_of(account);
        Act by = act(account, key);
        by.loader = loader;
        return leased([&](const rehearsal::Lease& lease) {
            return word(answer_go(scope(), lease, now(), item, go, by));
        });
    }
    std::int64_t record_fallen() {
        return leased([&](const rehearsal::Lease& lease) {
            return record_voided(scope(), lease, now(), &ledger_keys_, system_clock_.now());
        });
    }
    void sign_both() {
        ASSERT_EQ(sign_as(Role::Checker, "check01"), "done");
        ASSERT_EQ(sign_as(Role::Approver, "boss01"), "done");
    }
    void answer_all() {
        for (const GoState& item : now().go) {
            ASSERT_EQ(answer("hr01", item.id), "done");
        }
    }
    std::vector<std::string> obstacles() {
        std::vector<std::string> codes;
        for (const ledger::Note& note : now().obstacles()) {
            codes.push_back(note.code);
        }
        return codes;
    }
    // "checker check01 stands", "approver boss01 verdict_changed"
    std::vector<std::string> signatures() {
        std::vector<std::string> all;
        for (const GivenSignature& each : now().signatures) {
            all.push_back(std::string(ledger::to_string(each.role)) + " " + each.account + " " +
                          (each.stands() ? "stands" : each.void_reason));
        }
        return all;
    }

    std::int64_t draws_ = 0;
    rehearsal::Rehearsal rehearsal_;
    std::unique_ptr<store::sql::Connection> side_;
};

}  // namespace hrbridge::sign_off
