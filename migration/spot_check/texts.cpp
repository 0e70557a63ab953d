#include "migration/spot_check/texts.h"

#include "hrbridge_spot_check_files.h"
#include "migration/check/texts.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::spot_check {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    // Why rows of a store cannot be read is said by the checks.
    return kCatalogue.texts("zh").contains(note.code) ? kCatalogue.text(language, note)
                                                      : check::text(language, note);
}

}  // namespace hrbridge::spot_check
