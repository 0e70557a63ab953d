#include "connectors/file/dataset.h"

#include <fnmatch.h>
#include <unicode/ucnv.h>

namespace hrbridge::file {
namespace {

char one_byte(base::YamlReader& reader, const char* key, char otherwise) {
    const auto text = reader.text(key);
    if (!text) {
        return otherwise;
    }
    if (*text == "\\t" || *text == "tab") {
        return '\t';
    }
    if (text->size() != 1 || static_cast<unsigned char>((*text)[0]) >= 0x40) {
        reader.fault(
            key,
            "is one ASCII character below @, or tab: others may be part of a Chinese character");
        return otherwise;
    }
    return (*text)[0];
}

}  // namespace

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults) {
    Dataset dataset;
    base::YamlReader reader(&node, "source", faults);
    for (const char* shared : {"conn", "key", "drift"}) {
        reader.child(shared);
    }
    dataset.pattern = reader.required_text("files");
    if (dataset.pattern.find('/') != std::string::npos ||
        dataset.pattern.find("..") != std::string::npos) {
        reader.fault("files", "names files of the source's folder only: *.csv, punches-*.csv");
    }
    dataset.separator = one_byte(reader, "separator", dataset.separator);
    dataset.quote = one_byte(reader, "quote", dataset.quote);
    dataset.header = reader.boolean("header").value_or(true);
    dataset.charset = "utf-8";
    if (const base::YamlNode* read_as = reader.child("read_as")) {
        if (const base::YamlNode* charset = read_as->find("charset")) {
            dataset.charset = charset->text;
        }
    }
    if (const base::YamlNode* columns = reader.child("columns")) {
        for (const auto& [name, type] : columns->entries) {
            dataset.columns.push_back({name, "", 0, 0, true});
        }
    }
    dataset.columns.push_back({kMalformedColumn, "", 0, 0, true});
    reader.finish();
    return dataset;
}

bool name_fits(const std::string& pattern, const std::string& name) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0;
}

std::string encode(const std::string& utf8, const std::string& charset) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(utf8.size() * 4 + 8, '\0');
    const std::int32_t size = ucnv_convert(charset.c_str(),
                                           "UTF-8",
                                           out.data(),
                                           static_cast<std::int32_t>(out.size()),
                                           utf8.data(),
                                           static_cast<std::int32_t>(utf8.size()),
                                           &status);
    if (U_FAILURE(status) != 0) {
        return {};
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace hrbridge::file
