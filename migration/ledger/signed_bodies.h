#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "migration/ledger/digest.h"
#include "migration/ledger/ed25519.h"
#include "migration/ledger/kinds.h"

// The bodies of entries that a person signs (kSigned), and of what ends a person's key; bodies.h
// says how they are written.
namespace hrbridge::ledger {

// The entry's actor signs; the signature stands in the entry's own column.
struct Signature {
    static constexpr Kind kKind = Kind::Signature;
    static constexpr bool kSigned = true;
    std::int64_t rehearsal = 0;
    Role role = Role::Checker;
    Digest content;  // over mapping hashes, content root and all verdicts
    PublicKey key;   // of the person
    // Accounts, as the signer states them where the records do not show them: who loaded the
    // rehearsal (the first statement about it holds), and who worked the spot check's sheet when it
    // was not the signer.
    std::optional<std::string> loader = {};
    std::optional<std::string> sheet_by = {};
    friend bool operator==(const Signature&, const Signature&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("role", self.role);
        visit("content", self.content);
        visit("key", self.key);
        visit("loader", self.loader);
        visit("sheet_by", self.sheet_by);
    }
};

// The key with which the account `subject` signs from here on, signed by itself; it takes the place
// of the account's key before.
struct SignerKeyAdded {
    static constexpr Kind kKind = Kind::SignerKeyAdded;
    static constexpr bool kSigned = true;
    PublicKey key;
    std::optional<PublicKey> replaces = {};
    friend bool operator==(const SignerKeyAdded&, const SignerKeyAdded&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("key", self.key);
        visit("replaces", self.replaces);
    }
};

// The account `subject` has no key from here on, and what this one has signed counts no more.
struct SignerKeyRevoked {
    static constexpr Kind kKind = Kind::SignerKeyRevoked;
    PublicKey key;
    std::string reason;  // a code: lost, stolen …
    friend bool operator==(const SignerKeyRevoked&, const SignerKeyRevoked&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("key", self.key);
        visit("reason", self.reason);
    }
};

// The entry's actor takes a verdict that is no pass as it is.
struct LossAccepted {
    static constexpr Kind kKind = Kind::LossAccepted;
    static constexpr bool kSigned = true;
    std::int64_t rehearsal = 0;
    std::string check;
    std::string subject;  // of the verdict: a mapping or the module
    std::string rule;
    Outcome outcome = Outcome::NotChecked;
    std::int64_t failed = 0;  // rows
    Digest evidence;          // of the verdict
    Digest content_root;
    std::string reason;  // a code
    PublicKey key;
    std::optional<std::string> loader = {};  // as of a Signature
    friend bool operator==(const LossAccepted&, const LossAccepted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("check", self.check);
        visit("subject", self.subject);
        visit("rule", self.rule);
        visit("outcome", self.outcome);
        visit("failed", self.failed);
        visit("evidence", self.evidence);
        visit("content_root", self.content_root);
        visit("reason", self.reason);
        visit("key", self.key);
        visit("loader", self.loader);
    }
};

// The entry's actor answers an item of the go/no-go list.
struct GoAnswered {
    static constexpr Kind kKind = Kind::GoAnswered;
    static constexpr bool kSigned = true;
    std::int64_t rehearsal = 0;
    std::string item;
    bool go = false;
    Digest content;  // as of a Signature
    PublicKey key;
    std::optional<std::string> loader = {};
    friend bool operator==(const GoAnswered&, const GoAnswered&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("item", self.item);
        visit("go", self.go);
        visit("content", self.content);
        visit("key", self.key);
        visit("loader", self.loader);
    }
};

}  // namespace hrbridge::ledger
