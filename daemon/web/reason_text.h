#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"

namespace hrbridge::web {

// Reasons of refused rows are stored in English, for logs and the command line. This shows them in
// a language of the pages.
//
// A catalogue is a map of templates: `column {} is missing: 缺少列 {}`. Each {} stands for a part
// that varies, in the same order on both sides. `the value` and `"{}"` say how a value that is not
// shown and one that is are written; a template that begins with `the value ` serves reasons of
// both forms.
class ReasonCatalogue {
  public:
    static base::Result<ReasonCatalogue> parse(std::string_view yaml, const std::string& file);

    // The reason by the template that matches it whole, and of several by the one with the most
    // literal text; the reason as it is when none does.
    std::string show(std::string_view reason) const;

  private:
    struct Template {
        std::vector<std::string> reason;  // the literal parts, one more than there are placeholders
        std::vector<std::string> shown;
        std::size_t literal = 0;          // bytes of the reason's literal parts
        bool value_may_be_empty = false;  // the first placeholder is a value in quotes
    };

    void add(Template entry);

    std::vector<Template> templates_;  // most literal text first
};

// A stored reason in the language of a page; languages without a catalogue show it as it is.
std::string reason_text(const std::string& language, std::string_view reason);

}  // namespace hrbridge::web
