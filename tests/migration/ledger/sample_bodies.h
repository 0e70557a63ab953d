#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "migration/ledger/bodies.h"
#include "migration/ledger/body_json.h"

namespace hrbridge::ledger {

// Random bodies by a seed: texts of every script, greatest and smallest numbers, absent optionals.
class BodyMaker {
  public:
    explicit BodyMaker(std::uint64_t seed) : random_(seed) {}

    Body make(Kind kind) { return make(kind, std::make_index_sequence<kKinds>()); }
    Body make() { return make(static_cast<Kind>(below(kKinds))); }

    // For fields().
    template <typename T>
    void operator()(const char*, T& value) {
        fill(value);
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    std::string text() {
        static const std::vector<std::string> kParts{"core_hr/person",
                                                     "L02",
                                                     "考勤",
                                                     "工资表",
                                                     "\"",
                                                     "\\",
                                                     "/",
                                                     "é",
                                                     "😀",
                                                     " ",
                                                     "{}",
                                                     "'",
                                                     "\u2028"};
        std::string out = "x";
        for (std::uint64_t i = below(6); i > 0; --i) {
            out += kParts[below(kParts.size())];
        }
        return out;
    }

    static constexpr std::size_t kKinds = std::variant_size_v<Body>;

  private:
    template <std::size_t... I>
    Body make(Kind kind, std::index_sequence<I...>) {
        Body body;
        ((static_cast<std::size_t>(kind) == I
              ? static_cast<void>(body = make_as<std::variant_alternative_t<I, Body>>())
              : void()),
         ...);
        return body;
    }
    template <typename T>
    T make_as() {
        T body;
        T::fields(body, *this);
        if constexpr (std::is_same_v<T, KeyAdded>) {
            body.fingerprint = body.key.fingerprint();
        }
        return body;
    }
    void fill(std::string& out) { out = text(); }
    void fill(std::int64_t& out) {
        const std::int64_t most = (std::int64_t{1} << 53) - 1;
        out =
            below(8) == 0 ? most : static_cast<std::int64_t>(below(std::uint64_t{1} << below(53)));
    }
    void fill(bool& out) { out = below(2) == 0; }
    void fill(Digest& out) {
        for (std::uint8_t& byte : out.bytes) {
            byte = static_cast<std::uint8_t>(below(256));
        }
    }
    void fill(PublicKey& out) { fill(out.raw); }
    void fill(Outcome& out) { out = static_cast<Outcome>(below(3)); }
    void fill(Role& out) { out = static_cast<Role>(below(2)); }
    template <typename T>
    void fill(std::vector<T>& out) {
        out.clear();
        for (std::uint64_t i = below(4); i > 0; --i) {
            fill(out.emplace_back());
        }
    }
    template <typename T>
    void fill(std::optional<T>& out) {
        if (below(2) == 0) {
            fill(out.emplace());
        } else {
            out.reset();
        }
    }

    std::mt19937_64 random_;
};

}  // namespace hrbridge::ledger
