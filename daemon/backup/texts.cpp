#include "daemon/backup/texts.h"

#include "hrbridge_backup_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::backup {

std::string text(const std::string& language, const ledger::Note& note) {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    return kCatalogue.text(language, note);
}

}  // namespace hrbridge::backup
