#pragma once

#include <map>
#include <string>
#include <string_view>

#include "migration/ledger/note.h"

namespace hrbridge::ledger {

// The texts of one folder, "zh" and "en". Immutable; thread-safe.
class Catalogue {
  public:
    // `file` gives the content of "texts.zh.yaml" and "texts.en.yaml". Throws std::logic_error when
    // one of them is no catalogue.
    explicit Catalogue(std::string_view (*file)(std::string_view name));

    // Chinese for another language, the code for a missing text; values are base::one_line in it.
    std::string text(const std::string& language, const Note& note) const;
    // The same; the value of `coded` is a code, said by the text "<coded>_<value>" where there is
    // one.
    std::string text(const std::string& language, const Note& note, const std::string& coded) const;
    // By code, in one language.
    const std::map<std::string, std::string>& texts(const std::string& language) const;

  private:
    std::map<std::string, std::map<std::string, std::string>> languages_;
};

}  // namespace hrbridge::ledger
