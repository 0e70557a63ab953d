#include "migration/ledger/texts.h"

#include "hrbridge_ledger_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::ledger {

std::string text(const std::string& language, const Note& note) {
    static const Catalogue kCatalogue(&embedded_file);
    return kCatalogue.text(language, note);
}

}  // namespace hrbridge::ledger
