#include "connectors/file/xlsx_workbook.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kMost = 65'536;  // of sheets, relations, number formats and styles
constexpr std::size_t kShownNames = 400;

struct Sheet {
    std::string name;
    std::string relation;
    bool hidden = false;
};

struct Relation {
    std::string type;  // what stands behind the last slash
    std::string part;
};

using Relations = std::map<std::string, Relation, std::less<>>;

void ignore_text(std::string_view) {}

void ignore_end(std::string_view) {}

// "xl/workbook.xml" and "../a.xml" or "/xl/a.xml" give the part that is meant.
std::string resolved(const std::string& from, std::string_view target) {
    if (target.starts_with('/')) {
        return std::string(target.substr(1));
    }
    std::string folder = from.substr(0, from.rfind('/') + 1);
    while (target.starts_with("../")) {
        target.remove_prefix(3);
        if (!folder.empty()) {
            folder.pop_back();
            folder.erase(folder.rfind('/') + 1);
        }
    }
    return folder + std::string(target);
}

// A file may say the same short thing millions of times in a few packed bytes.
void check_number(const XlsxPackage& package, std::size_t number, std::string_view what) {
    if (number >= kMost) {
        package.fail(fmt::format("has more than 65,536 {}; it is not read", what));
    }
}

Relations read_relations(const XlsxPackage& package, const std::string& of) {
    const std::size_t slash = of.rfind('/') + 1;
    const std::string part = of.substr(0, slash) + "_rels/" + of.substr(slash) + ".rels";
    Relations relations;
    package.parse(part,
                  {[&](std::string_view name, const XmlAttributes& attributes) {
                       if (name != "Relationship" || attributes.value("TargetMode") == "External") {
                           return;
                       }
                       check_number(package, relations.size(), "relations");
                       const std::string_view type = attributes.value("Type");
                       relations[std::string(attributes.value("Id"))] = {
                           std::string(type.substr(type.rfind('/') + 1)),
                           resolved(of, attributes.value("Target"))};
                   },
                   ignore_end,
                   ignore_text});
    return relations;
}

std::string part_of_type(const Relations& relations, std::string_view type) {
    const auto found = std::find_if(relations.begin(), relations.end(), [&](const auto& each) {
        return each.second.type == type;
    });
    return found == relations.end() ? "" : found->second.part;
}

std::string names_of(const std::vector<Sheet>& sheets) {
    std::string names;
    for (const Sheet& sheet : sheets) {
        names += (names.empty() ? "" : ", ") + sheet.name + (sheet.hidden ? " (hidden)" : "");
    }
    return base::shorten(names, kShownNames);
}

const Sheet& chosen(const XlsxPackage& package,
                    const std::vector<Sheet>& sheets,
                    const std::string& wanted) {
    const auto named = std::find_if(
        sheets.begin(), sheets.end(), [&](const Sheet& each) { return each.name == wanted; });
    if (!wanted.empty() && named != sheets.end()) {
        return *named;
    }
    std::size_t number = 0;
    const char* const last = wanted.data() + wanted.size();
    const auto [end, error] = std::from_chars(wanted.data(), last, number);
    if (!wanted.empty() && error == std::errc() && end == last && number >= 1 &&
        number <= sheets.size()) {
        return sheets[number - 1];
    }
    if (!wanted.empty()) {
        package.fail(fmt::format("has no sheet {}; it has {}", wanted, names_of(sheets)));
    }
    const auto visible = [](const Sheet& each) { return !each.hidden; };
    if (std::count_if(sheets.begin(), sheets.end(), visible) != 1) {
        package.fail(fmt::format("has the sheets {}; name one by `sheet:`", names_of(sheets)));
    }
    return *std::find_if(sheets.begin(), sheets.end(), visible);
}

std::uint32_t number_of(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<NumberKind> read_styles(const XlsxPackage& package, const std::string& part) {
    std::map<std::uint32_t, NumberKind> custom;
    std::vector<NumberKind> styles;
    bool inside = false;
    package.parse(
        part,
        {[&](std::string_view name, const XmlAttributes& attributes) {
             const std::uint32_t format = number_of(attributes.value("numFmtId"));
             if (name == "numFmt") {
                 check_number(package, custom.size(), "number formats");
                 custom[format] = kind_of_format(attributes.value("formatCode"));
             } else if (name == "cellXfs") {
                 inside = true;
             } else if (name == "xf" && inside) {
                 check_number(package, styles.size(), "styles");
                 const auto found = custom.find(format);
                 styles.push_back(found == custom.end() ? built_in_kind(format) : found->second);
             }
         },
         [&](std::string_view name) { inside = inside && name != "cellXfs"; },
         ignore_text});
    return styles;
}

bool is_true(std::string_view text) {
    return text == "1" || text == "true";
}

}  // namespace

XlsxWorkbook read_workbook(const XlsxPackage& package, const std::string& sheet) {
    const std::string main = part_of_type(read_relations(package, ""), "officeDocument");
    if (main.ends_with(".bin")) {
        package.fail("is a binary workbook (.xlsb); save it as .xlsx");
    }
    if (main.empty()) {
        package.fail("is no workbook; save it as .xlsx");
    }
    XlsxWorkbook out;
    std::vector<Sheet> sheets;
    package.parse(main,
                  {[&](std::string_view name, const XmlAttributes& attributes) {
                       if (name == "sheet") {
                           check_number(package, sheets.size(), "sheets");
                           const std::string_view state = attributes.value("state");
                           sheets.push_back({std::string(attributes.value("name")),
                                             std::string(attributes.value("id")),
                                             !state.empty() && state != "visible"});
                       } else if (name == "workbookPr") {
                           out.from_1904 = is_true(attributes.value("date1904"));
                       }
                   },
                   ignore_end,
                   ignore_text});
    const Relations relations = read_relations(package, main);
    // Sheets of charts have no cells.
    std::erase_if(sheets, [&](const Sheet& each) {
        const auto found = relations.find(each.relation);
        return found == relations.end() || found->second.type != "worksheet";
    });
    const Sheet& wanted = chosen(package, sheets, sheet);
    out.sheet_part = relations.at(wanted.relation).part;
    out.strings_part = part_of_type(relations, "sharedStrings");
    if (const std::string styles = part_of_type(relations, "styles"); !styles.empty()) {
        out.styles = read_styles(package, styles);
    }
    return out;
}

}  // namespace hrbridge::file
