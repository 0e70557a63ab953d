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
    const char byte = text->size() == 1 ? (*text)[0] : '\n';
    if (byte < ' ' || byte >= '@' || (byte >= '0' && byte <= '9')) {
        reader.fault(key,
                     "is one ASCII character below @ that is no digit, or tab: others may be part "
                     "of a Chinese character");
        return otherwise;
    }
    return byte;
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
    if (dataset.quote == dataset.separator) {
        reader.fault("separator", "must not be the quote");
    }
    dataset.header = reader.boolean("header").value_or(true);
    dataset.charset = "utf-8";
    if (const base::YamlNode* read_as = reader.child("read_as")) {
        if (const base::YamlNode* charset = read_as->find("charset")) {
            dataset.charset = charset->text;
        }
    }
    if (const base::YamlNode* columns = reader.child("columns")) {
        for (const auto& entry : columns->entries) {
            dataset.contract.push_back(entry.first);
        }
    }
    reader.finish();
    return dataset;
}

bool name_fits(const std::string& pattern, const std::string& name) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0;
}

std::optional<std::string> decode(const std::string& bytes, const std::string& charset) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(bytes.size() * 4 + 8, '\0');
    const std::int32_t size = ucnv_convert("UTF-8",
                                           charset.c_str(),
                                           out.data(),
                                           static_cast<std::int32_t>(out.size()),
                                           bytes.data(),
                                           static_cast<std::int32_t>(bytes.size()),
                                           &status);
    if (U_FAILURE(status) != 0) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(size));
    // ICU writes this character for what it cannot decode.
    return out.find("\xEF\xBF\xBD") == std::string::npos ? std::optional(out) : std::nullopt;
}

}  // namespace hrbridge::file
