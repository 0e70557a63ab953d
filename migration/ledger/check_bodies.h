#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migration/ledger/digest.h"
#include "migration/ledger/kinds.h"

// The bodies of entries by which the checks of a rehearsal end; bodies.h says how they are written.
namespace hrbridge::ledger {

// A check was made to its end; the entries of its verdicts are before this one.
struct CheckFinished {
    static constexpr Kind kKind = Kind::CheckFinished;
    std::int64_t rehearsal = 0;
    std::string check;
    bool quick = false;
    std::int64_t verdicts = 0;
    std::int64_t failed = 0;  // of these: fail or not_checked
    Digest evidence;          // over all of them
    friend bool operator==(const CheckFinished&, const CheckFinished&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("check", self.check);
        visit("quick", self.quick);
        visit("verdicts", self.verdicts);
        visit("failed", self.failed);
        visit("evidence", self.evidence);
    }
};

// From here on nothing writes the rehearsal's rows: draws, signatures and promotions rest on this.
struct Frozen {
    static constexpr Kind kKind = Kind::Frozen;
    std::int64_t rehearsal = 0;
    Digest plan;          // of the project's file, by which the checks were made
    Digest mappings;      // over the mapping hashes in their order
    Digest content_root;  // over `entities`
    Digest verdicts;      // over the kept verdicts of format, logic and reconciliation
    std::vector<std::string> entities;
    std::vector<Digest> roots;       // of each
    std::vector<std::int64_t> rows;  // of each
    std::optional<Digest> stored;    // rehearsal::promoted_digest()
    friend bool operator==(const Frozen&, const Frozen&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("plan", self.plan);
        visit("mappings", self.mappings);
        visit("content_root", self.content_root);
        visit("verdicts", self.verdicts);
        visit("entities", self.entities);
        visit("roots", self.roots);
        visit("rows", self.rows);
        visit("stored", self.stored);
    }
};

}  // namespace hrbridge::ledger
