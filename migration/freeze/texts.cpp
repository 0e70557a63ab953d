#include "migration/freeze/texts.h"

#include "hrbridge_freeze_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::freeze {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kAll(&embedded_file);
    ledger::Note said = note;
    const auto check = said.values.find("check");
    if (check != said.values.end()) {
        const std::string code = "check_" + check->second;
        const std::string word = kAll.text(language, {code});
        check->second = word == code ? check->second : word;
    }
    return kAll.text(language, said);
}

}  // namespace hrbridge::freeze
