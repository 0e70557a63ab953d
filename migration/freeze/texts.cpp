#include "migration/freeze/texts.h"

#include "hrbridge_freeze_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::freeze {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kAll(&embedded_file);
    return kAll.text(language, note, "check");
}

}  // namespace hrbridge::freeze
