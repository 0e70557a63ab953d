#pragma once

#include <optional>
#include <string>

#include "migration/check/entity.h"

// The arithmetic of balances and volumes: exact, or CannotCheck where a number is too large.
namespace hrbridge::check {

// What one measure has come to in one group. A sum over nothing is 0, an extreme of nothing NULL.
class Total {
  public:
    void add(const Measure& measure, const base::Value& value);
    base::Value value(const Measure& measure) const;

  private:
    void sum(const base::Value& value, const std::string& field);
    void extreme(const base::Value& value, bool greatest);

    base::Int128 unscaled_ = 0;
    int scale_ = 0;
    base::Value extreme_;
};

bool is_number(base::Kind kind);

// What a control total says of a measure of a field of this kind; nullopt: it is not of that kind.
std::optional<base::Value> read_control(const std::string& text,
                                        const Measure& measure,
                                        base::Kind kind);

// Whether both sides say the same: numbers within the form's tolerance, all else exactly.
bool agree(const base::Value& source, const base::Value& target, const BalanceForm& form);

// Whether `now` differs from `last` by a share within the bounds.
bool is_within(std::int64_t now, std::int64_t last, const VolumeForm& form);

}  // namespace hrbridge::check
