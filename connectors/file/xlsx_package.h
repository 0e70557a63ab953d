#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/file/record_file.h"
#include "connectors/file/xml_parser.h"

namespace hrbridge::file {

// A workbook's ZIP file and its parts. Throws as OpenFile does. Old .xls files, protected and
// binary workbooks are refused, and so is what unpacks to more than `most_bytes` or looks made to:
// above 64 MiB no more than 200 times the packed size.
class XlsxPackage {
  public:
    XlsxPackage(const OpenFile& file, std::uint64_t most_bytes);
    XlsxPackage(const XlsxPackage&) = delete;
    XlsxPackage& operator=(const XlsxPackage&) = delete;
    ~XlsxPackage();

    // An open part; one thread at a time.
    class Part {
      public:
        virtual ~Part() = default;
        // Fills the buffer as far as it can; 0 at the end.
        virtual std::size_t read(char* place, std::size_t size) = 0;
    };
    std::unique_ptr<Part> open(const std::string& name) const;
    // Parses a whole part.
    void parse(const std::string& name, XmlParser::Callbacks callbacks) const;
    [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }

  private:
    struct Zip;
    const OpenFile& file_;
    std::uint64_t most_bytes_;
    std::unique_ptr<Zip> zip_;
};

}  // namespace hrbridge::file
