#pragma once

#include <cstdint>
#include <string>

#include "connectors/file/xlsx_package.h"

namespace hrbridge::file {

// A workbook's shared strings by number: the texts of rich runs joined, without phonetic ones. Held
// in memory up to a few megabytes, beyond that in a file without a name.
class XlsxStrings {
  public:
    static constexpr std::size_t kMostInMemory = 8U << 20U;

    explicit XlsxStrings(std::size_t most_in_memory = kMostInMemory);
    XlsxStrings(const XlsxStrings&) = delete;
    XlsxStrings& operator=(const XlsxStrings&) = delete;
    ~XlsxStrings();

    void read(const XlsxPackage& package, const std::string& part);
    std::uint64_t size() const { return count_; }
    // Of a number below size().
    std::string at(std::uint64_t number) const;
    void add(const std::string& text);
    void end();  // behind the last add() and before the first at()
    bool spilled() const { return texts_ >= 0; }

  private:
    void spill();
    void flush();

    std::size_t most_in_memory_;
    std::uint64_t count_ = 0;
    // In memory all of it; spilled what is not yet written.
    std::string text_;
    std::string ends_;  // 8 bytes a string: where its text ends
    std::uint64_t text_before_ = 0;
    std::uint64_t ends_before_ = 0;
    int texts_ = -1;  // files
    int index_ = -1;
};

}  // namespace hrbridge::file
