#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

// Whole database files: copied while others write, looked through, taken out of use.
namespace hrbridge::store::sqlite {

struct FileCopyWork {
    std::function<void(std::int64_t bytes)> progress;  // may be empty
    std::stop_token stop;                              // throws base::Stopped
};

// Makes the new file `to`, for the owner alone, of what `from` holds at one moment. Writers of
// `from` go on; its write-ahead log grows until the copy is done. Throws base::StoreError.
void copy_database(const std::string& from, const std::string& to, const FileCopyWork& work);

// Pages: the structure of tables and indexes. Rows: also that each index has all rows of its table.
enum class Depth { Pages, Rows };
// Throws base::StoreError(Stop) when something is wrong with the file.
void check_database(const std::string& path, Depth depth);

// A database file that nobody uses: its write-ahead log is worked in and gone, and nobody else can
// open it until the object ends. Throws base::StoreError(Retry) when somebody has it open, and
// StoreError(Stop) for a file that is no database.
class UnusedDatabase {
  public:
    explicit UnusedDatabase(const std::string& path);
    ~UnusedDatabase();
    UnusedDatabase(const UnusedDatabase&) = delete;
    UnusedDatabase& operator=(const UnusedDatabase&) = delete;

  private:
    struct Open;
    std::unique_ptr<Open> open_;
};

}  // namespace hrbridge::store::sqlite
