#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "migration/ledger/ledger.h"
#include "migration/ledger/verify.h"
#include "tests/daemon/store/both_stores.h"
#include "tests/migration/ledger/sample_bodies.h"

namespace hrbridge::ledger {

// "chain entry_changed 7": what a finding is and where.
inline std::vector<std::string> found(const VerifyReport& report) {
    std::vector<std::string> all;
    for (const Finding& finding : report.findings) {
        all.push_back(finding.check + " " + finding.note.code + " " +
                      std::to_string(finding.entry));
    }
    return all;
}

// What came of one check: "pass chain_pass".
inline std::string came(const VerifyReport& report, const std::string& check) {
    for (const CheckResult& each : report.checks) {
        if (each.check == check) {
            return std::string(to_string(each.outcome)) + " " + each.note.code;
        }
    }
    return "none";
}

inline KeyRing ring_of(char fill) {
    return KeyRing(PrivateKey::from_seed(base::Secret(std::string(32, fill))));
}

// A ledger on both stores, sealed by one key unless a test says otherwise.
class LedgerBench : public store::BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        // A test of thousands of commits need not survive a power cut.
        run(is_postgres() ? "SET synchronous_commit = off" : "PRAGMA synchronous = OFF");
    }

    Entry append(const Body& body, const KeyRing* keys) {
        clock_.advance(std::chrono::microseconds(1'000'001));
        store::sql::Transaction transaction(*connection_);
        const bool is_signed = signer_of(body).has_value();
        Entry entry =
            Ledger(*connection_, keys)
                .append({clock_.now(), "core_hr", "impl01", body}, is_signed ? &person_ : nullptr);
        transaction.commit();
        return entry;
    }
    Entry append(const Body& body) { return append(body, &keys_); }

    // The first entry is the key's; of each kind at least one.
    void fill(int entries, const KeyRing* keys) {
        BodyMaker maker(9);
        for (int i = 1; i < entries; ++i) {
            const std::size_t kinds = BodyMaker::kKinds - 1;
            append(signable(maker.make(static_cast<Kind>(1 + static_cast<std::size_t>(i) % kinds))),
                   keys);
        }
    }
    void fill(int entries) { fill(entries, &keys_); }

    Body signable(Body body) const {
        std::visit(
            [this]<typename T>(T& each) {
                if constexpr (requires { T::kSigned; }) {
                    each.key = person_.public_key();
                }
            },
            body);
        return body;
    }

    VerifyReport verify(std::optional<Head> printed = std::nullopt,
                        std::vector<ContentProof*> proofs = {}) {
        VerifyOptions options;
        options.printed = std::move(printed);
        options.trusted = trusted_;
        options.proofs = std::move(proofs);
        return ledger::verify(*connection_, options);
    }
    Head head() { return *Ledger(*connection_, nullptr).head(); }
    std::int64_t entries() { return count("ledger_entry"); }
    void run(const std::string& sql) { connection_->run_script(sql); }

    KeyRing keys_ = ring_of('k');
    PrivateKey person_ = PrivateKey::from_seed(base::Secret(std::string(32, 'p')));
    std::vector<PublicKey> trusted_ = keys_.public_keys();
};

inline Body some_batch(std::int64_t rows = 1) {
    return Batch{"core_hr/person", Digest::sha256_of("identity"), Digest::sha256_of("root"), rows};
}

}  // namespace hrbridge::ledger
