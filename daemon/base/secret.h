#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace hrbridge::base {

// A password, key or token. It prints as "***"; only reveal() gives the text, at the place where
// it leaves for the system that needs it. The memory is overwritten when it ends.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    bool empty() const { return text_.empty(); }
    std::string_view reveal() const { return text_; }

    friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

  private:
    void wipe() noexcept;

    std::string text_;
};

}  // namespace hrbridge::base
