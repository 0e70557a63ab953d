#include "migration/sign_off/texts.h"

#include "hrbridge_sign_off_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::sign_off {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    return kCatalogue.text(language, note);
}

}  // namespace hrbridge::sign_off
