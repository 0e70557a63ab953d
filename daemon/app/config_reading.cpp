#include "daemon/app/config_reading.h"

#include <filesystem>

#include <fmt/format.h>

#include "daemon/app/config_places.h"
#include "daemon/app/secrets.h"

namespace hrbridge::app {

std::string absolute_in(const std::string& folder, const std::string& path) {
    return path.empty() ? path : (std::filesystem::path(folder) / path).lexically_normal().string();
}

base::Secret Reading::secret(base::YamlReader& reader, std::string_view key) const {
    const base::YamlNode* node = reader.child(key);
    if (node == nullptr) {
        return {};
    }
    const std::string path =
        reader.path().empty() ? std::string(key) : fmt::format("{}.{}", reader.path(), key);
    auto result = read_secret(*node, path, folder);
    if (!result) {
        faults.push_back(result.fault());
        return {};
    }
    return std::move(result).value();
}

std::string Reading::file(base::YamlReader& reader, std::string_view key) const {
    std::string path = absolute(reader.text(key).value_or(""));
    if (std::string problem = path.empty() ? "" : file_fault(path); !problem.empty()) {
        reader.fault(key, std::move(problem));
    }
    return path;
}

std::string Reading::folder_of(base::YamlReader& reader,
                               std::string_view key,
                               const std::string& otherwise) const {
    std::string path = absolute(reader.text(key).value_or(otherwise));
    if (std::string problem = folder_fault(path); !problem.empty()) {
        reader.fault(key, std::move(problem));
    }
    return path;
}

std::vector<std::string> Reading::folders_of(base::YamlReader& reader,
                                             std::string_view key,
                                             const std::string& otherwise) const {
    std::vector<std::string> folders;
    for (const std::string& name : reader.texts(key).value_or(std::vector{otherwise})) {
        folders.push_back(absolute(name));
        if (std::string problem = folder_fault(folders.back()); !problem.empty()) {
            reader.fault(key, std::move(problem));
        }
    }
    return folders;
}

}  // namespace hrbridge::app
