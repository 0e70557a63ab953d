#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/file/dataset.h"
#include "connectors/file/record_file.h"

namespace hrbridge::file {

// Reads the files in the order of their names. The columns are those that the files' headers have,
// so that drift shows before the first row; then base::kPlaceColumn and base::kMalformedColumn. A
// position names file, its size and time, and where in it the block's last record ends; a
// file that is not as it was when it was listed ends the reading with an error that says what to
// do. The memory holds the files that were read. The first one that is new or changed is read again
// and all behind it, since of a key that several files have the last one counts.
class FileSource final : public connectors::Source {
  public:
    FileSource(Place place,
               Dataset dataset,
               std::vector<ListedFile> files,
               const connectors::ReadRequest& request);

    const std::vector<base::DescribedColumn>& columns() const override { return columns_; }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;
    std::string memory() const override;
    std::vector<std::string> parts_read() const override;
    // Of the files that are still to be read, the names of those without a byte of text.
    const std::vector<std::string>& empty_files() const { return empty_; }

  private:
    void describe();
    void expect_in_each(const std::string& column) const;
    std::size_t first_unread(const std::string& memory) const;
    // Of the names, sizes and times of the files before the one under way.
    std::uint64_t hash_of_files_before(std::size_t file) const;
    void take_position(const std::string& text);
    std::string position() const;
    std::string end_position() const;
    void open_file();
    void append(base::RawBlock& block, const CsvRecord& record) const;
    [[noreturn]] void fail(const std::string& what) const;

    std::unique_ptr<RecordFile> make_file(std::size_t file) const;

    Place place_;
    Dataset dataset_;
    std::vector<ListedFile> files_;
    std::vector<std::string> identities_;            // of each file
    std::vector<std::vector<std::string>> headers_;  // of each file; without a header: the contract
    std::vector<std::string> empty_;
    std::size_t block_rows_;
    std::size_t block_bytes_;
    std::vector<base::DescribedColumn> columns_;
    std::size_t first_ = 0;  // file of this reading
    std::size_t file_ = 0;
    std::optional<Spot> resume_;             // of the first file that is opened
    std::unique_ptr<RecordFile> described_;  // the first file, behind its header
    std::unique_ptr<RecordFile> open_;
    std::vector<std::size_t> places_;  // field of each column; kNowhere: this file has none
};

}  // namespace hrbridge::file
