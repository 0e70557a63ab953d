#include "daemon/app/mapping_folder.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "daemon/base/yaml.h"

namespace hrbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".map.yaml";

void find_mapping_files(const std::string& folder,
                        std::vector<std::string>& files,
                        base::Faults& faults) {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().string();
        if (entry->is_regular_file() && name.size() > kSuffix.size() &&
            name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0) {
            files.push_back(name);
        }
    }
    if (error) {
        faults.push_back(
            {folder, fmt::format("the mappings' folder cannot be read: {}", error.message())});
    }
}

// Of all folders; one that lies in another, or is given twice, brings its files once.
std::vector<std::string> mapping_files(const std::vector<std::string>& folders,
                                       base::Faults& faults) {
    std::vector<std::string> files;
    for (const std::string& folder : folders) {
        find_mapping_files(folder, files, faults);
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

// Depth first, so that a mapping stands behind its needs.
class Order {
  public:
    Order(std::vector<engine::Mapping>& mappings, base::Faults& faults)
        : mappings_(mappings), faults_(faults), marks_(mappings.size(), Mark::New) {
        for (std::size_t i = 0; i < mappings.size(); ++i) {
            names_.push_back(mappings[i].name);
            by_name_.emplace(mappings[i].name, i);
        }
    }

    std::vector<std::size_t> find() {
        for (std::size_t i = 0; i < mappings_.size(); ++i) {
            visit(i);
        }
        return order_;
    }

  private:
    enum class Mark { New, Under, Done };

    void visit(std::size_t index) {
        if (marks_[index] == Mark::Done) {
            return;
        }
        const engine::Mapping& mapping = mappings_[index];
        if (marks_[index] == Mark::Under) {
            faults_.push_back({mapping.file + ": needs",
                               "the mappings need each other in a circle; "
                               "break it with a reference that holds (else: hold)"});
            return;
        }
        marks_[index] = Mark::Under;
        for (const std::string& need : mapping.needs) {
            const auto found = by_name_.find(need);
            if (found != by_name_.end()) {
                visit(found->second);
                continue;
            }
            const std::string near = base::nearest(need, names_);
            faults_.push_back(
                {mapping.file + ": needs",
                 fmt::format("there is no mapping '{}'{}",
                             need,
                             near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
        }
        marks_[index] = Mark::Done;
        order_.push_back(index);
    }

    std::vector<engine::Mapping>& mappings_;
    base::Faults& faults_;
    std::vector<Mark> marks_;
    std::vector<std::string> names_;
    std::map<std::string, std::size_t> by_name_;
    std::vector<std::size_t> order_;
};

}  // namespace

LoadedMappings load_mappings(const std::vector<std::string>& folders) {
    LoadedMappings out;
    std::vector<engine::Mapping> mappings;
    std::map<std::string, std::string> files;  // by mapping name
    for (const std::string& file : mapping_files(folders, out.faults)) {
        engine::LoadedMapping loaded = engine::load_mapping(file);
        out.faults.insert(out.faults.end(), loaded.faults.begin(), loaded.faults.end());
        if (!loaded.mapping) {
            continue;
        }
        const auto [other, is_new] = files.emplace(loaded.mapping->name, file);
        if (is_new) {
            mappings.push_back(std::move(*loaded.mapping));
        } else {
            out.faults.push_back(
                {file + ": map",
                 fmt::format("'{}' is already the name of {}", other->first, other->second)});
        }
    }
    for (const std::size_t index : Order(mappings, out.faults).find()) {
        out.mappings.push_back(mappings[index]);
    }
    return out;
}

}  // namespace hrbridge::app
