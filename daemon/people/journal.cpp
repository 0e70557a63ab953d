#include "daemon/people/journal.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::people {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& doing) {
    throw base::SystemError("backup",
                            fmt::format("errno {}", errno),
                            base::Remedy::Stop,
                            doing + ": " + std::strerror(errno));
}

class File {
  public:
    explicit File(const std::filesystem::path& path)
        : path_(path.string()),
          descriptor_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0) {
            fail("cannot open " + path_);
        }
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void append(const std::string& line) {
        const ssize_t written = ::write(descriptor_, line.data(), line.size());
        if (written != static_cast<ssize_t>(line.size()) || ::fsync(descriptor_) != 0) {
            fail("cannot write " + path_);
        }
    }

  private:
    std::string path_;
    int descriptor_;
};

void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!done) {
        fail("cannot sync " + folder.string());
    }
}

std::optional<JournalEntry> parse(const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("numbers") || !json.at("numbers").is_array()) {
        return std::nullopt;
    }
    const auto by = base::from_hex(json.value("digests_by", ""));
    if (!by) {
        return std::nullopt;
    }
    JournalEntry entry{
        base::Timestamp(std::chrono::microseconds(json.value("at", std::int64_t{0}))), *by, {}};
    for (const Json& number : json.at("numbers")) {
        const auto digest = base::from_hex(number.value("digest", ""));
        if (!digest) {
            return std::nullopt;
        }
        entry.numbers.emplace_back(number.value("field", ""), *digest);
    }
    return entry;
}

}  // namespace

// A line end first as well: what was cut off before stays a line of its own. Nobody was erased by
// that one, since the commit comes behind it.
void append_journal(const std::filesystem::path& folder, const JournalEntry& entry) {
    Json numbers = Json::array();
    for (const auto& [field, digest] : entry.numbers) {
        numbers.push_back({{"field", field}, {"digest", base::to_hex(digest)}});
    }
    const Json json{{"at", entry.at.time_since_epoch().count()},
                    {"digests_by", base::to_hex(entry.digests_by)},
                    {"numbers", numbers}};
    File(folder / kJournalFile).append("\n" + json.dump() + "\n");
    sync_folder(folder);
}

base::Result<std::vector<JournalEntry>> read_journal(const std::filesystem::path& folder) {
    std::vector<JournalEntry> entries;
    std::ifstream file(folder / kJournalFile);
    std::string line;
    std::size_t bad = 0;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (line.empty()) {
            continue;
        }
        if (auto entry = parse(line)) {
            entries.push_back(std::move(*entry));
        } else if (bad == 0 && line.ends_with('}')) {
            bad = number;
        }
    }
    if (bad != 0) {
        return base::Fault{fmt::format("{}:{}", (folder / kJournalFile).string(), bad),
                           "this line is no entry; who was erased then is not known"};
    }
    return entries;
}

}  // namespace hrbridge::people
