#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "migration/ledger/check_bodies.h"
#include "migration/ledger/digest.h"
#include "migration/ledger/ed25519.h"
#include "migration/ledger/kinds.h"
#include "migration/ledger/signed_bodies.h"
#include "migration/ledger/spot_bodies.h"

// What an entry of each kind says. Each struct names its fields once, in fields(), for writing and
// reading. A text has 1 to 200 bytes and no control characters and names no person; numbers are
// 0 to 2^53 - 1, which every JSON reader reads exactly; an absent optional is an absent key.
namespace hrbridge::ledger {

// The store's next key. The key before it seals this entry, the first key its own.
struct KeyAdded {
    static constexpr Kind kKind = Kind::KeyAdded;
    PublicKey key;
    Digest fingerprint;  // of `key`
    friend bool operator==(const KeyAdded&, const KeyAdded&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("key", self.key);
        visit("fingerprint", self.fingerprint);
    }
};

struct ProjectOpened {
    static constexpr Kind kKind = Kind::ProjectOpened;
    std::string project;
    std::vector<std::string> modules;  // in their order
    Digest plan;                       // of the project's file
    friend bool operator==(const ProjectOpened&, const ProjectOpened&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("project", self.project);
        visit("modules", self.modules);
        visit("plan", self.plan);
    }
};

struct MappingFrozen {
    static constexpr Kind kKind = Kind::MappingFrozen;
    std::string mapping;
    Digest mapping_hash;
    friend bool operator==(const MappingFrozen&, const MappingFrozen&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("mapping", self.mapping);
        visit("mapping_hash", self.mapping_hash);
    }
};

struct RehearsalStarted {
    static constexpr Kind kKind = Kind::RehearsalStarted;
    std::int64_t rehearsal = 0;
    Digest mappings;  // over the frozen mapping hashes in their order
    bool quick = false;
    friend bool operator==(const RehearsalStarted&, const RehearsalStarted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("mappings", self.mappings);
        visit("quick", self.quick);
    }
};

struct RehearsalStep {
    static constexpr Kind kKind = Kind::RehearsalStep;
    std::int64_t rehearsal = 0;
    std::string step;
    std::optional<std::string> mapping;
    std::int64_t rows = 0;
    std::int64_t rejects = 0;
    std::int64_t microseconds = 0;
    std::optional<Digest> content_root;
    friend bool operator==(const RehearsalStep&, const RehearsalStep&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("step", self.step);
        visit("mapping", self.mapping);
        visit("rows", self.rows);
        visit("rejects", self.rejects);
        visit("microseconds", self.microseconds);
        visit("content_root", self.content_root);
    }
};

struct RehearsalFinished {
    static constexpr Kind kKind = Kind::RehearsalFinished;
    std::int64_t rehearsal = 0;
    Outcome outcome = Outcome::NotChecked;
    std::int64_t rows = 0;
    std::int64_t rejects = 0;
    Digest content_root;
    std::optional<Digest> stored;  // rehearsal::stored_digest()
    friend bool operator==(const RehearsalFinished&, const RehearsalFinished&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("outcome", self.outcome);
        visit("rows", self.rows);
        visit("rejects", self.rejects);
        visit("content_root", self.content_root);
        visit("stored", self.stored);
    }
};

struct Verdict {
    static constexpr Kind kKind = Kind::Verdict;
    std::int64_t rehearsal = 0;
    std::string check;  // format, logic …
    std::string rule;
    Outcome outcome = Outcome::NotChecked;
    std::int64_t examined = 0;
    std::int64_t failed = 0;
    Digest evidence;  // of the kept detail
    friend bool operator==(const Verdict&, const Verdict&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("check", self.check);
        visit("rule", self.rule);
        visit("outcome", self.outcome);
        visit("examined", self.examined);
        visit("failed", self.failed);
        visit("evidence", self.evidence);
    }
};

struct Reconciliation {
    static constexpr Kind kKind = Kind::Reconciliation;
    std::int64_t rehearsal = 0;
    std::string mapping;
    Outcome outcome = Outcome::NotChecked;
    Digest source_root;
    Digest target_root;
    std::int64_t compared = 0;
    std::int64_t differences = 0;
    bool quick = false;
    friend bool operator==(const Reconciliation&, const Reconciliation&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("mapping", self.mapping);
        visit("outcome", self.outcome);
        visit("source_root", self.source_root);
        visit("target_root", self.target_root);
        visit("compared", self.compared);
        visit("differences", self.differences);
        visit("quick", self.quick);
    }
};

struct Voided {
    static constexpr Kind kKind = Kind::Voided;
    std::int64_t signature = 0;  // the sequence of its entry
    std::string reason;          // a code: mapping_changed, content_changed, verdict_changed …
    Digest was;
    Digest now;
    friend bool operator==(const Voided&, const Voided&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("signature", self.signature);
        visit("reason", self.reason);
        visit("was", self.was);
        visit("now", self.now);
    }
};

struct Promotion {
    static constexpr Kind kKind = Kind::Promotion;
    std::int64_t rehearsal = 0;
    std::int64_t rows = 0;
    Digest content;                   // that was signed
    Digest content_root;              // of the module in the live store
    Digest before;                    // of the before-images
    Digest checkpoints;               // from which sync goes on
    std::int64_t rollback_until = 0;  // microseconds since 1970-01-01 UTC
    std::optional<Digest> list;       // of what the list of promotions says of it
    friend bool operator==(const Promotion&, const Promotion&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("rows", self.rows);
        visit("content", self.content);
        visit("content_root", self.content_root);
        visit("before", self.before);
        visit("checkpoints", self.checkpoints);
        visit("rollback_until", self.rollback_until);
        visit("list", self.list);
    }
};

struct Rollback {
    static constexpr Kind kKind = Kind::Rollback;
    std::int64_t promotion = 0;  // the sequence of its entry
    std::int64_t rows = 0;
    std::int64_t kept = 0;  // written since the promotion and applied again
    std::int64_t conflicts = 0;
    Digest content_root;
    friend bool operator==(const Rollback&, const Rollback&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("promotion", self.promotion);
        visit("rows", self.rows);
        visit("kept", self.kept);
        visit("conflicts", self.conflicts);
        visit("content_root", self.content_root);
    }
};

struct Batch {
    static constexpr Kind kKind = Kind::Batch;
    std::string mapping;
    Digest identity;  // store/batch_identity.h
    Digest content_root;
    std::int64_t rows = 0;
    friend bool operator==(const Batch&, const Batch&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("mapping", self.mapping);
        visit("identity", self.identity);
        visit("content_root", self.content_root);
        visit("rows", self.rows);
    }
};

struct HeadSent {
    static constexpr Kind kKind = Kind::HeadSent;
    std::int64_t sequence = 0;
    Digest hash;
    std::string way;  // printed, wecom …
    friend bool operator==(const HeadSent&, const HeadSent&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("sequence", self.sequence);
        visit("hash", self.hash);
        visit("way", self.way);
    }
};

// A report was written out; any other byte of it gives another digest.
struct ReportSealed {
    static constexpr Kind kKind = Kind::ReportSealed;
    std::int64_t rehearsal = 0;
    std::string id;    // which the report shows
    std::string form;  // html, pdf
    std::string language;
    Digest file;  // SHA-256 of all its bytes
    friend bool operator==(const ReportSealed&, const ReportSealed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("id", self.id);
        visit("form", self.form);
        visit("language", self.language);
        visit("file", self.file);
    }
};

// In the order of Kind.
using Body = std::variant<KeyAdded,
                          ProjectOpened,
                          MappingFrozen,
                          RehearsalStarted,
                          RehearsalStep,
                          RehearsalFinished,
                          Verdict,
                          Reconciliation,
                          Draw,
                          Reveal,
                          CheckVerdicts,
                          Signature,
                          Voided,
                          Promotion,
                          Rollback,
                          Batch,
                          HeadSent,
                          Frozen,
                          SignerKeyAdded,
                          SignerKeyRevoked,
                          LossAccepted,
                          GoAnswered,
                          ReportSealed,
                          NonceGiven,
                          SheetFixed,
                          CheckFinished>;

inline Kind kind_of(const Body& body) {
    return static_cast<Kind>(body.index());
}

// The person's key by which an entry of this kind is signed; nullopt: it has no signature.
inline std::optional<PublicKey> signer_of(const Body& body) {
    return std::visit(
        []<typename T>(const T& each) -> std::optional<PublicKey> {
            if constexpr (requires { T::kSigned; }) {
                return each.key;
            } else {
                return std::nullopt;
            }
        },
        body);
}

}  // namespace hrbridge::ledger
