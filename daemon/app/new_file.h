#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

namespace hrbridge::app {

// A file that was not there before; it goes again unless it was kept.
class NewFile {
  public:
    explicit NewFile(std::string path, mode_t mode = 0644);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    int why() const { return why_; }  // errno; 0: nothing has failed
    // Whether the file is there as a whole.
    bool keep(std::string_view bytes);

  private:
    std::string path_;
    int fd_;
    int why_;
};

}  // namespace hrbridge::app
