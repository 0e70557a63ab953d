#include "migration/ledger/texts.h"

#include <map>
#include <stdexcept>

#include "daemon/base/yaml.h"
#include "hrbridge_ledger_files.h"

namespace hrbridge::ledger {
namespace {

using Catalogue = std::map<std::string, std::string>;

Catalogue load(const std::string& language) {
    const std::string name = "texts." + language + ".yaml";
    const auto document = base::parse_yaml(embedded_file(name), name);
    if (!document) {
        throw std::logic_error(document.fault().where + ": " + document.fault().what);
    }
    Catalogue catalogue;
    for (const auto& [key, node] : document->entries) {
        catalogue[key] = node.text;
    }
    return catalogue;
}

const Catalogue& catalogue(const std::string& language) {
    static const std::map<std::string, Catalogue> kAll{{"zh", load("zh")}, {"en", load("en")}};
    const auto found = kAll.find(language);
    return found == kAll.end() ? kAll.at("zh") : found->second;
}

}  // namespace

std::string text(const std::string& language, const Note& note) {
    const Catalogue& texts = catalogue(language);
    const auto found = texts.find(note.code);
    std::string out = found == texts.end() ? note.code : found->second;
    for (const auto& [name, value] : note.values) {
        const std::string placeholder = "{" + name + "}";
        for (std::size_t at = out.find(placeholder); at != std::string::npos;
             at = out.find(placeholder, at + value.size())) {
            out.replace(at, placeholder.size(), value);
        }
    }
    return out;
}

}  // namespace hrbridge::ledger
