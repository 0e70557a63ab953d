#include "migration/check/texts.h"

#include "hrbridge_check_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::check {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kAll(&embedded_file);
    return kAll.text(language, note);
}

}  // namespace hrbridge::check
