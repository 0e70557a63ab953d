#include "migration/sign_off/texts.h"

#include "hrbridge_sign_off_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::sign_off {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    ledger::Note said = note;
    for (auto& [name, value] : said.values) {
        if (name == "check" || name == "outcome") {
            const std::string code = name + "_" + value;
            const std::string word = kCatalogue.text(language, {code});
            value = word == code ? value : word;
        }
    }
    return kCatalogue.text(language, said);
}

}  // namespace hrbridge::sign_off
