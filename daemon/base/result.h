#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hrbridge::base {

// Something wrong in what a person or a source gave us. `where` names the place a reader can go
// to ("payroll.map.yaml:14: fields.hire_date" or "row 17, field birth_date"), `what` says what is
// wrong and what to do next. Neither holds personal data or a secret.
struct Fault {
    std::string where;
    std::string what;

    friend bool operator==(const Fault&, const Fault&) = default;
};

using Faults = std::vector<Fault>;

// A value or the fault that prevented it. For rows, values and settings; outside systems that
// fail throw (error.h).
template <typename T>
class Result {
  public:
    Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Fault fault) : state_(std::move(fault)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // Only when ok().
    const T& value() const& { return std::get<0>(state_); }
    T& value() & { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const T& operator*() const& { return value(); }
    const T* operator->() const { return &value(); }

    // Only when !ok().
    const Fault& fault() const { return std::get<1>(state_); }

  private:
    std::variant<T, Fault> state_;
};

}  // namespace hrbridge::base
