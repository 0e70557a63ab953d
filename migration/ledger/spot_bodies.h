#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migration/ledger/digest.h"
#include "migration/ledger/kinds.h"

// The bodies of entries about the manual spot check; bodies.h says how they are written.
namespace hrbridge::ledger {

// Before there is a seed: it is made of this entry's hash and seal, which nobody knows who gives
// the nonce. Each content root has one, and so one sample. What is to be drawn is fixed here too.
struct NonceGiven {
    static constexpr Kind kKind = Kind::NonceGiven;
    std::int64_t rehearsal = 0;
    Digest content_root;
    Digest nonce;  // of what the checker gave
    std::int64_t population = 0;
    std::int64_t sample = 0;
    std::int64_t reserve = 0;
    std::int64_t decoys = 0;
    std::int64_t limit_ppm = 0;
    std::int64_t confidence_ppm = 0;
    Digest growth;
    friend bool operator==(const NonceGiven&, const NonceGiven&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("content_root", self.content_root);
        visit("nonce", self.nonce);
        visit("population", self.population);
        visit("sample", self.sample);
        visit("reserve", self.reserve);
        visit("decoys", self.decoys);
        visit("limit_ppm", self.limit_ppm);
        visit("confidence_ppm", self.confidence_ppm);
        visit("growth", self.growth);
    }
};

// What a repetition needs beside the rows and the entry that the seed is made of.
struct Draw {
    static constexpr Kind kKind = Kind::Draw;
    std::int64_t rehearsal = 0;
    std::int64_t draw = 0;
    Digest head;  // hash of the entry nonce_given
    Digest content_root;
    Digest nonce;
    std::int64_t population = 0;
    std::int64_t sample = 0;
    std::int64_t accept = 0;
    std::int64_t decoys = 0;
    std::int64_t limit_ppm = 0;
    std::int64_t confidence_ppm = 0;
    Digest rows;                          // over the drawn rows in their order
    std::optional<std::int64_t> reserve;  // drawn behind the sample, for a sample that grows
    std::optional<Digest> growth;         // the rule by which it does
    std::optional<Digest> after;          // over cause and remedy of the draw before
    // The sequence of the entry nonce_given. Draws of before there were such entries have none, and
    // a seed that whoever gave the nonce could choose.
    std::optional<std::int64_t> terms;
    friend bool operator==(const Draw&, const Draw&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("rehearsal", self.rehearsal);
        visit("draw", self.draw);
        visit("head", self.head);
        visit("content_root", self.content_root);
        visit("nonce", self.nonce);
        visit("population", self.population);
        visit("sample", self.sample);
        visit("accept", self.accept);
        visit("decoys", self.decoys);
        visit("limit_ppm", self.limit_ppm);
        visit("confidence_ppm", self.confidence_ppm);
        visit("rows", self.rows);
        visit("reserve", self.reserve);
        visit("growth", self.growth);
        visit("after", self.after);
        visit("terms", self.terms);
    }
};

struct Reveal {
    static constexpr Kind kKind = Kind::Reveal;
    std::int64_t draw = 0;
    Digest row;  // a keyed digest: a plain one could be guessed from a list of persons
    std::string field;
    friend bool operator==(const Reveal&, const Reveal&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("draw", self.draw);
        visit("row", self.row);
        visit("field", self.field);
    }
};

struct CheckVerdicts {
    static constexpr Kind kKind = Kind::CheckVerdicts;
    std::int64_t draw = 0;
    Outcome outcome = Outcome::NotChecked;
    std::int64_t checked = 0;
    std::int64_t wrong = 0;
    std::int64_t source_changed = 0;  // since the freeze
    std::int64_t decoys = 0;
    std::int64_t decoys_found = 0;
    std::int64_t wrong_at_most = 0;  // rows of the population, the exact bound
    Digest sheet;                    // over every row's verdict
    // Accounts that judged rows, and who brought their verdicts in: the same ones on the page.
    std::optional<std::vector<std::string>> judged_by;
    std::optional<std::vector<std::string>> given_by;
    std::optional<std::int64_t> overturned;  // judgements that a later one took the place of
    friend bool operator==(const CheckVerdicts&, const CheckVerdicts&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("draw", self.draw);
        visit("outcome", self.outcome);
        visit("checked", self.checked);
        visit("wrong", self.wrong);
        visit("source_changed", self.source_changed);
        visit("decoys", self.decoys);
        visit("decoys_found", self.decoys_found);
        visit("wrong_at_most", self.wrong_at_most);
        visit("sheet", self.sheet);
        visit("judged_by", self.judged_by);
        visit("given_by", self.given_by);
        visit("overturned", self.overturned);
    }
};

// Every row of the first sheet has a verdict: from here on they stay, and the number of decoys that
// were found, by which the sample grows.
struct SheetFixed {
    static constexpr Kind kKind = Kind::SheetFixed;
    std::int64_t draw = 0;
    std::int64_t rows = 0;  // places 1 to this
    std::int64_t decoys = 0;
    std::int64_t decoys_found = 0;
    Digest sheet;  // over their verdicts
    friend bool operator==(const SheetFixed&, const SheetFixed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("draw", self.draw);
        visit("rows", self.rows);
        visit("decoys", self.decoys);
        visit("decoys_found", self.decoys_found);
        visit("sheet", self.sheet);
    }
};

}  // namespace hrbridge::ledger
