#include "daemon/people/journal.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
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

    // By root: whose folder it is has to read it.
    void give_to_owner_of(const std::filesystem::path& folder) const {
        struct stat of_folder {};
        struct stat own {};
        if (::stat(folder.c_str(), &of_folder) != 0 || ::fstat(descriptor_, &own) != 0) {
            fail("cannot look at " + path_);
        }
        if (own.st_uid != of_folder.st_uid && ::geteuid() == 0 &&
            ::fchown(descriptor_, of_folder.st_uid, of_folder.st_gid) != 0) {
            fail("cannot give away " + path_);
        }
    }

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

constexpr std::size_t kSumSize = 64;

// nullopt: what was not written to its end.
std::optional<std::string> whole(const std::string& line) {
    const std::size_t blank = line.rfind(' ');
    const bool has_sum = blank != std::string::npos && line.size() - blank - 1 == kSumSize &&
                         line.find_first_not_of("0123456789abcdef", blank + 1) == std::string::npos;
    return has_sum ? std::optional(line.substr(0, blank)) : std::nullopt;
}

std::optional<JournalEntry> parse(const std::string& text, const std::string& line) {
    if (line.substr(line.size() - kSumSize) != base::to_hex(base::sha256(text))) {
        return std::nullopt;
    }
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("numbers") || !json.at("numbers").is_array()) {
        return std::nullopt;
    }
    const auto by = base::from_hex(json.value("digests_by", ""));
    JournalEntry entry{
        base::Timestamp(std::chrono::microseconds(json.value("at", std::int64_t{0}))),
        base::from_hex(json.value("uid", "")).value_or(""),
        by.value_or(""),
        {},
        json.value("lifted", false)};
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
                    {"uid", base::to_hex(entry.uid)},
                    {"digests_by", base::to_hex(entry.digests_by)},
                    {"lifted", entry.lifted},
                    {"numbers", numbers}};
    const std::string text = json.dump();
    File file(folder / kJournalFile);
    file.give_to_owner_of(folder);
    file.append("\n" + text + " " + base::to_hex(base::sha256(text)) + "\n");
    sync_folder(folder);
}

base::Result<std::vector<JournalEntry>> read_journal(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / kJournalFile;
    std::vector<JournalEntry> entries;
    errno = 0;
    std::ifstream file(path);
    if (!file) {
        const int why = errno;
        if (why == ENOENT || why == ENOTDIR) {
            return entries;
        }
        return base::Fault{path.string(), std::string("cannot be read: ") + std::strerror(why)};
    }
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        const auto text = whole(line);
        if (!text) {
            continue;
        }
        auto entry = parse(*text, line);
        if (!entry) {
            return base::Fault{fmt::format("{}:{}", path.string(), number),
                               "this line was changed; who was erased then is not known"};
        }
        entries.push_back(std::move(*entry));
    }
    if (file.bad()) {
        return base::Fault{path.string(), "cannot be read to its end"};
    }
    return entries;
}

}  // namespace hrbridge::people
