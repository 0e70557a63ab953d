#include "migration/promotion/texts.h"

#include "hrbridge_promotion_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::promotion {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    ledger::Note said = note;
    const auto state = said.values.find("state");
    if (state != said.values.end()) {
        const std::string code = "state_" + state->second;
        const std::string word = kCatalogue.text(language, {code});
        state->second = word == code ? state->second : word;
    }
    return kCatalogue.text(language, said);
}

}  // namespace hrbridge::promotion
