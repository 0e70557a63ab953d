#include "connectors/file/connector.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "connectors/file/dataset.h"
#include "connectors/file/file_source.h"
#include "daemon/base/error.h"

namespace hrbridge::file {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNanoseconds = 1'000'000'000;

struct Listing {
    std::vector<ListedFile> files;
    std::size_t young = 0;  // files that are left for a later run
};

// Regular files of the folder itself; links are not followed, since they may lead out of it.
Listing list_files(const Options& options, const Dataset& dataset, base::Timestamp now) {
    Listing listing;
    std::vector<ListedFile>& files = listing.files;
    std::error_code error;
    for (fs::directory_iterator entry(options.folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        struct stat status {};
        // Of Excel, as long as somebody has the workbook open.
        const bool is_lock = name.starts_with("~$");
        if (is_lock || !name_fits(dataset.pattern, name) ||
            ::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
            continue;
        }
        const std::int64_t modified = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
        const std::int64_t age_ms = now.time_since_epoch().count() / 1000 - modified / 1'000'000;
        if (age_ms < options.stable_ms) {
            ++listing.young;  // perhaps still being written; the next run takes it
            continue;
        }
        if (status.st_size > options.max_file_bytes) {
            throw base::ConnectorError(
                options.name,
                "size",
                base::Remedy::Stop,
                fmt::format("{} is larger than max_file_bytes; raise the limit or split the file",
                            named(name)));
        }
        files.push_back({name, static_cast<std::uint64_t>(status.st_size), modified});
    }
    if (error) {
        throw base::ConnectorError(
            options.name,
            "folder",
            base::Remedy::Stop,
            fmt::format("{} cannot be read: {}; check the folder and its rights",
                        options.folder,
                        error.message()));
    }
    std::sort(
        files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return listing;
}

}  // namespace

void FileConnector::check() {
    list_files(options_, Dataset(), clock_.now());
}

base::Faults FileConnector::validate(const base::YamlNode& dataset) const {
    base::Faults faults;
    read_dataset(dataset, faults);
    return faults;
}

std::size_t FileConnector::too_young(const base::YamlNode& dataset) const {
    base::Faults faults;
    return list_files(options_, read_dataset(dataset, faults), clock_.now()).young;
}

std::unique_ptr<connectors::Source> FileConnector::open(const connectors::ReadRequest& request) {
    base::Faults faults;
    Dataset dataset = read_dataset(*request.dataset, faults);
    if (!faults.empty()) {
        throw base::ConnectorError(options_.name,
                                   "dataset",
                                   base::Remedy::Stop,
                                   faults.front().where + ": " + faults.front().what);
    }
    auto files = list_files(options_, dataset, clock_.now()).files;
    dataset.most_bytes = static_cast<std::uint64_t>(options_.max_file_bytes);
    auto source = std::make_unique<FileSource>(
        Place{options_.name, options_.folder}, std::move(dataset), std::move(files), request);
    for (const std::string& name : source->empty_files()) {
        if (log_ != nullptr) {
            log_->warning(named(name) + " is empty: nothing is read from it",
                          {{"source", options_.name}});
        }
    }
    return source;
}

}  // namespace hrbridge::file
