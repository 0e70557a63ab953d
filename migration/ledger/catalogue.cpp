#include "migration/ledger/catalogue.h"

#include <stdexcept>

#include "daemon/base/printable.h"
#include "daemon/base/yaml.h"

namespace hrbridge::ledger {

Catalogue::Catalogue(std::string_view (*file)(std::string_view name)) {
    for (const char* const language : {"zh", "en"}) {
        const std::string name = std::string("texts.") + language + ".yaml";
        const auto document = base::parse_yaml(file(name), name);
        if (!document) {
            throw std::logic_error(document.fault().where + ": " + document.fault().what);
        }
        for (const auto& [key, node] : document->entries) {
            languages_[language][key] = node.text;
        }
    }
}

const std::map<std::string, std::string>& Catalogue::texts(const std::string& language) const {
    const auto found = languages_.find(language);
    return found == languages_.end() ? languages_.at("zh") : found->second;
}

std::string Catalogue::text(const std::string& language, const Note& note) const {
    const auto& all = texts(language);
    const auto found = all.find(note.code);
    std::string out = found == all.end() ? note.code : found->second;
    for (const auto& [name, raw] : note.values) {
        const std::string value = base::one_line(raw);
        const std::string placeholder = "{" + name + "}";
        for (std::size_t at = out.find(placeholder); at != std::string::npos;
             at = out.find(placeholder, at + value.size())) {
            out.replace(at, placeholder.size(), value);
        }
    }
    return out;
}

std::string Catalogue::text(const std::string& language,
                            const Note& note,
                            const std::string& coded) const {
    Note said = note;
    const auto value = said.values.find(coded);
    if (value != said.values.end()) {
        const auto& all = texts(language);
        const auto word = all.find(coded + "_" + value->second);
        value->second = word == all.end() ? value->second : word->second;
    }
    return text(language, said);
}

}  // namespace hrbridge::ledger
