#include "migration/promotion/texts.h"

#include "hrbridge_promotion_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::promotion {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    return kCatalogue.text(language, note, "state");
}

}  // namespace hrbridge::promotion
