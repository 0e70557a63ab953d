#include "daemon/backup/shelf.h"

#include <algorithm>
#include <cstdio>

#include "daemon/backup/backup.h"
#include "daemon/backup/check.h"

namespace hrbridge::backup {
namespace {

constexpr std::string_view kPrefix = "hrbridge-";
constexpr const char* kRemoving = ".removing-";

bool begins_with(const std::string& name, std::string_view prefix) {
    return name.compare(0, prefix.size(), prefix) == 0;
}

std::vector<fs::path> folders_named(const fs::path& folder, std::string_view prefix) {
    std::vector<fs::path> found;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
        if (begins_with(entry.path().filename().string(), prefix) &&
            fs::is_directory(entry.symlink_status())) {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<Manifest> manifest_in(const fs::path& backup) {
    try {
        return read_backup(backup, nullptr).manifest;
    } catch (const base::SystemError&) {
        return std::nullopt;
    }
}

// Under another name first: half of a backup must not look like one.
void remove_backup(const fs::path& backup) {
    const fs::path doomed = backup.parent_path() / (kRemoving + backup.filename().string());
    if (std::rename(backup.c_str(), doomed.c_str()) != 0) {
        throw file_error("cannot remove " + backup.string());
    }
    std::error_code left;
    fs::remove_all(doomed, left);
}

}  // namespace

std::string backup_name(base::Timestamp made_at) {
    std::string name(kPrefix);
    for (const char letter : base::to_string(made_at)) {
        if (letter != '-' && letter != ':') {
            name += letter == ' ' ? 'T' : letter;
        }
    }
    // A whole second has no fraction in it, and must not come behind the others.
    if (name.find('.') == std::string::npos) {
        name.insert(name.size() - 1, ".000000");
    }
    return name;
}

std::vector<fs::path> list_backups(const fs::path& folder) {
    return folders_named(folder, kPrefix);
}

std::optional<base::Timestamp> newest_backup(const fs::path& folder, const std::string& from) {
    std::vector<fs::path> all = list_backups(folder);
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
        const auto manifest = manifest_in(*each);
        if (manifest && manifest->from == from) {
            return manifest->made_at;
        }
    }
    return std::nullopt;
}

std::int64_t remove_old_backups(const fs::path& folder,
                                const std::string& from,
                                std::int64_t keep) {
    std::vector<fs::path> ours;
    for (const fs::path& backup : list_backups(folder)) {
        const auto manifest = manifest_in(backup);
        if (manifest && manifest->from == from && manifest->reason == kBySchedule) {
            ours.push_back(backup);
        }
    }
    const auto many = static_cast<std::int64_t>(ours.size()) - keep;
    for (std::int64_t i = 0; i < many; ++i) {
        remove_backup(ours[static_cast<std::size_t>(i)]);
    }
    return std::max<std::int64_t>(many, 0);
}

void remove_leftovers(const fs::path& folder) {
    for (const char* const prefix : {kUnfinished, kRemoving}) {
        for (const fs::path& left : folders_named(folder, prefix)) {
            if (const auto lock = FolderLock::try_lock(left)) {
                std::error_code error;
                fs::remove_all(left, error);
            }
        }
    }
}

}  // namespace hrbridge::backup
