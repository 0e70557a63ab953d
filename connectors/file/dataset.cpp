#include "connectors/file/dataset.h"

#include <fnmatch.h>
#include <unicode/ucnv.h>

#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::int64_t kMostRows = 1'048'576;  // of a sheet

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

Format read_format(base::YamlReader& reader, const std::string& pattern) {
    const auto named = reader.choice("format", {"csv", "xlsx"});
    const std::string lower = base::to_lower_ascii(pattern);
    const bool workbook = named ? *named == "xlsx" : lower.ends_with(".xlsx");
    return workbook ? Format::Xlsx : Format::Csv;
}

void read_csv(base::YamlReader& reader, Dataset& dataset) {
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
}

void read_workbook(base::YamlReader& reader, Dataset& dataset) {
    dataset.format = Format::Xlsx;
    dataset.charset = "utf-8";
    dataset.sheet = reader.text("sheet").value_or("");
    dataset.header = reader.boolean("header").value_or(true);
    dataset.header_row =
        static_cast<std::uint64_t>(reader.integer("header_row", 1, kMostRows).value_or(1));
    if (!dataset.header && reader.has("header_row")) {
        reader.fault("header_row", "has no place beside `header: false`");
    }
    dataset.fill_merged = reader.choice("merged", {"first", "fill"}) == "fill";
    if (const base::YamlNode* read_as = reader.child("read_as")) {
        const base::YamlNode* charset = read_as->find("charset");
        if (charset != nullptr && charset->text != "utf-8") {
            reader.fault("read_as", "a workbook is UTF-8: leave read_as.charset out");
        }
    }
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
    if (read_format(reader, dataset.pattern) == Format::Xlsx) {
        read_workbook(reader, dataset);
    } else {
        read_csv(reader, dataset);
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
