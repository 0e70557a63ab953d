#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/web/request_head.h"

namespace hrbridge::web {

// What came of reading a part of a request.
struct ReadResult {
    bool gone = false;  // the client ended before the part did
    int refused = 0;    // the status to refuse with
    bool ok() const { return !gone && refused == 0; }
};

// Cuts what a connection brings into requests. Holds at most one header and one body in memory.
class RequestReader {
  public:
    // Fills the given place with at least one byte and says with how many; 0 at the end.
    using Source = std::function<std::size_t(char* place, std::size_t size)>;

    explicit RequestReader(Source source) : source_(std::move(source)) {}
    // Whether something of the next part is here already.
    bool has_bytes() const { return !rest().empty(); }
    ReadResult read_head(RequestHead& out);
    // The body that a head promises. Refuses one of more than `most` bytes without reading it.
    ReadResult read_body(const RequestHead& head, std::size_t most, std::string& out);

  private:
    std::string_view rest() const { return std::string_view(bytes_).substr(begin_); }
    bool fill();
    ReadResult take(std::size_t size, std::string& out);
    ReadResult take_line(std::string& out);
    ReadResult read_chunks(std::size_t most, std::string& out);
    ReadResult skip_trailer();

    Source source_;
    std::string bytes_;      // received
    std::size_t begin_ = 0;  // of what is not yet read
};

}  // namespace hrbridge::web
