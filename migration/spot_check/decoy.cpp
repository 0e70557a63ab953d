#include "migration/spot_check/decoy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/base/time.h"
#include "migration/ledger/digest.h"

namespace hrbridge::spot_check {
namespace {

// A stream of numbers that follows from seed and row.
class Chance {
  public:
    Chance(const sampling::Digest& seed, const RowContent& row) {
        cells_.add_text("hrbridge decoy 1");
        cells_.add_text(seed.hex());
        cells_.add_text(row.entity);
        cells_.add_text(row.key);
        state_ = ledger::Digest::sha256_of(cells_.canonical());
    }

    // 0 to below - 1; below is small beside 2^64.
    std::size_t number(std::size_t below) {
        state_ = ledger::Digest::sha256_of(state_.view());
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < sizeof word; ++i) {
            word = word << 8U | state_.bytes[i];
        }
        return static_cast<std::size_t>(word % below);
    }

  private:
    base::RowHasher cells_;
    ledger::Digest state_;
};

bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

// Never the first digit: a leading zero would give it away.
std::optional<std::string> other_digit(std::string text, Chance& chance) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_digit(text[i])) {
            places.push_back(i);
        }
    }
    if (places.size() > 1) {
        places.erase(places.begin());
    }
    if (places.empty()) {
        return std::nullopt;
    }
    char& digit = text[places[chance.number(places.size())]];
    digit = static_cast<char>('0' +
                              (static_cast<std::size_t>(digit - '0') + 1 + chance.number(9)) % 10);
    return text;
}

std::optional<std::string> other_number(const std::string& text, Chance& chance) {
    const auto digits = std::count_if(text.begin(), text.end(), is_digit);
    if (digits == 1 && text.size() == 1) {
        const char digit = text[0];
        const bool up = digit == '0' || (digit != '9' && chance.number(2) == 0);
        return std::string(1, static_cast<char>(digit + (up ? 1 : -1)));
    }
    return other_digit(text, chance);
}

std::optional<std::string> other_day(const std::string& text, Chance& chance) {
    constexpr std::array<int, 6> kShifts{-1, 1, -10, 10, -365, 365};
    const auto day = base::parse_date(text);
    if (!day) {
        return std::nullopt;
    }
    return base::to_string(
        base::Date(*day + std::chrono::days(kShifts.at(chance.number(kShifts.size())))));
}

std::optional<std::string> other_time(const std::string& text, Chance& chance) {
    constexpr std::array<int, 6> kHours{-8, 8, -1, 1, -24, 24};
    const auto time = base::parse_local_time(text);
    if (!time) {
        return std::nullopt;
    }
    return base::to_string(
        base::LocalTime(*time + std::chrono::hours(kHours.at(chance.number(kHours.size())))));
}

std::optional<std::string> neighbours_value(const std::string& field,
                                            const std::string& own,
                                            const std::vector<const RowContent*>& others,
                                            Chance& chance) {
    std::vector<std::string> values;
    for (const RowContent* other : others) {
        const SheetField* const same = other->find(field);
        if (same != nullptr && same->target && *same->target != own) {
            values.push_back(*same->target);
        }
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values.empty() ? std::nullopt : std::optional(values[chance.number(values.size())]);
}

std::optional<std::string> other_code(const engine::FieldRule& rule,
                                      const std::string& own,
                                      Chance& chance) {
    std::vector<std::string> codes;
    for (const auto& [from, to] : rule.codes) {
        if (to != own) {
            codes.push_back(to);
        }
    }
    return codes.empty() ? std::nullopt : std::optional(codes[chance.number(codes.size())]);
}

const engine::FieldRule* rule_of(const engine::Mapping& mapping, const std::string& field) {
    for (const engine::FieldRule& rule : mapping.fields) {
        if (rule.target == field && rule.stored) {
            return &rule;
        }
    }
    return nullptr;
}

std::optional<std::string> other_text(const SheetField& field,
                                      const engine::FieldRule& rule,
                                      const std::vector<const RowContent*>& others,
                                      Chance& chance) {
    const std::string& own = *field.target;
    if (!rule.codes.empty()) {
        return other_code(rule, own, chance);
    }
    const bool number = std::count_if(own.begin(), own.end(), is_digit) >= 4 && !rule.ref;
    if (number) {
        return other_digit(own, chance);
    }
    if (auto value = neighbours_value(field.name, own, others, chance)) {
        return value;
    }
    return other_digit(own, chance);
}

std::optional<std::string> altered(const SheetField& field,
                                   const engine::FieldRule& rule,
                                   const std::vector<const RowContent*>& others,
                                   Chance& chance) {
    switch (field.kind) {
        case base::Kind::Bool:
            return *field.target == "true" ? "false" : "true";
        case base::Kind::Date:
            return other_day(*field.target, chance);
        case base::Kind::Timestamp:
            return other_time(*field.target, chance);
        case base::Kind::Int:
        case base::Kind::Decimal:
            return other_number(*field.target, chance);
        case base::Kind::Text:
            return other_text(field, rule, others, chance);
        case base::Kind::Bytes:
            return std::nullopt;
    }
    return std::nullopt;
}

bool has_source_value(const RowContent& row, const SheetField& field) {
    return std::any_of(field.columns.begin(), field.columns.end(), [&](const std::string& column) {
        const SourceCell* const cell = row.cell(column);
        return cell != nullptr && cell->text && !base::trim(*cell->text).empty();
    });
}

}  // namespace

bool plant(RowContent& row,
           const engine::Mapping& mapping,
           const std::vector<const RowContent*>& others,
           const sampling::Digest& seed) {
    std::vector<SheetField*> fields;
    for (SheetField& field : row.fields) {
        if (!field.key && field.target && has_source_value(row, field) &&
            rule_of(mapping, field.name) != nullptr) {
            fields.push_back(&field);
        }
    }
    Chance chance(seed, row);
    while (!fields.empty()) {
        const std::size_t place = chance.number(fields.size());
        SheetField& field = *fields[place];
        auto value = altered(field, *rule_of(mapping, field.name), others, chance);
        if (value && *value != *field.target) {
            field.target = std::move(value);
            row.planted = field.name;
            return true;
        }
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(place));
    }
    return false;
}

}  // namespace hrbridge::spot_check
