#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/file/csv_file.h"
#include "connectors/file/dataset.h"

namespace hrbridge::file {

// Reads the files in the order of their names. The columns are those that the files' headers have,
// so that drift shows before the first row; then base::kPlaceColumn and base::kMalformedColumn. A
// position names file, its size and time, and the offset and line behind the block's last record; a
// file that is not as it was when it was listed ends the reading with an error that says what to
// do. The memory holds the files that were read. The first one that is new or changed is read again
// and all behind it, since of a key that several files have the last one counts.
class CsvSource final : public connectors::Source {
  public:
    CsvSource(CsvFile::Place place,
              const Dataset& dataset,
              std::vector<ListedFile> files,
              const connectors::ReadRequest& request);

    const std::vector<base::DescribedColumn>& columns() const override { return columns_; }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;
    std::string memory() const override;
    std::vector<std::string> parts_read() const override;

  private:
    // Where reading goes on in the file under way.
    struct Spot {
        std::uint64_t offset = 0;
        std::uint64_t line = 1;
        // Lines before this offset belong to a record whose quotes do not match. Each is a reject
        // of its own: so the number of rejects says how much is lost, and nothing that stood
        // inside quotes is taken for a row.
        std::uint64_t broken_until = 0;
    };

    void describe(const Dataset& dataset);
    void expect_in_each(const std::string& column) const;
    std::size_t first_unread(const std::string& memory) const;
    // Of the names, sizes and times of the files before the one under way.
    std::uint64_t hash_of_files_before(std::size_t file) const;
    void take_position(const std::string& text);
    std::string position() const;
    std::string end_position() const;
    void open_file();
    bool next_record(CsvRecord& record);
    void append(base::RawBlock& block, const CsvRecord& record) const;
    [[noreturn]] void fail(const std::string& what) const;

    CsvFile::Place place_;
    std::vector<ListedFile> files_;
    std::vector<std::string> identities_;            // of each file
    std::vector<std::vector<std::string>> headers_;  // of each file; without a header: the contract
    bool header_;
    std::size_t block_rows_;
    std::size_t block_bytes_;
    std::vector<base::DescribedColumn> columns_;
    std::size_t first_ = 0;  // file of this reading
    std::size_t file_ = 0;
    std::optional<Spot> resume_;  // of the first file that is opened
    Spot spot_;
    std::unique_ptr<CsvFile> open_;
    std::vector<std::size_t> places_;  // field of each column; kNowhere: this file has none
};

}  // namespace hrbridge::file
