#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include <zip.h>

namespace hrbridge::test {

// The parts of a workbook of one sheet, made by hand, as name and XML.
struct Workbook {
    std::string sheet;    // what stands in <sheetData> and behind it
    std::string strings;  // <si> elements; empty: no shared strings
    std::string formats;  // <numFmt> elements
    std::string xfs;      // <xf> elements: the styles that cells name
    std::string workbook_pr;
    std::map<std::string, std::string> more;  // further parts, or other ones

    std::map<std::string, std::string> parts() const {
        const std::string kinds =
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
        const std::string main =
            "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        const auto relations = [](const std::string& inside) {
            return "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
                   "relationships\">" +
                   inside + "</Relationships>";
        };
        const auto relation = [&](const char* id, const char* type, const char* target) {
            return std::string("<Relationship Id=\"") + id + "\" Type=\"" + kinds + type +
                   "\" Target=\"" + target + "\"/>";
        };
        std::map<std::string, std::string> all{
            {"_rels/.rels", relations(relation("r1", "officeDocument", "xl/workbook.xml"))},
            {"xl/workbook.xml",
             "<workbook " + main + " xmlns:r=\"" + kinds + "\">" + workbook_pr +
                 "<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"},
            {"xl/_rels/workbook.xml.rels",
             relations(relation("r1", "worksheet", "worksheets/sheet1.xml") +
                       relation("r2", "styles", "styles.xml") +
                       (strings.empty() ? "" : relation("r3", "sharedStrings", "strings.xml")))},
            {"xl/styles.xml",
             "<styleSheet " + main + "><numFmts>" + formats +
                 "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>" + xfs +
                 "</cellXfs></styleSheet>"},
            {"xl/worksheets/sheet1.xml", "<worksheet " + main + ">" + sheet + "</worksheet>"}};
        if (!strings.empty()) {
            all["xl/strings.xml"] = "<sst " + main + ">" + strings + "</sst>";
        }
        for (const auto& [name, text] : more) {
            all[name] = text;
        }
        return all;
    }
};

// Packs parts into a file; with a password, protected as ZIP programs do.
inline void write_zip(const std::string& path,
                      const std::map<std::string, std::string>& parts,
                      const std::string& password = {}) {
    int error = 0;
    zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (archive == nullptr) {
        throw std::runtime_error("no archive can be made at " + path);
    }
    for (const auto& [name, text] : parts) {
        const zip_int64_t index =
            zip_file_add(archive,
                         name.c_str(),
                         zip_source_buffer(archive, text.data(), text.size(), 0),
                         ZIP_FL_ENC_UTF_8);
        if (!password.empty()) {
            zip_file_set_encryption(
                archive, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256, password.c_str());
        }
    }
    if (zip_close(archive) != 0) {
        throw std::runtime_error("the archive was not written: " + path);
    }
}

}  // namespace hrbridge::test
