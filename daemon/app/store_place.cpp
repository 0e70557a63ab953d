#include "daemon/app/store_place.h"

#include <utility>

#include "daemon/app/config_places.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {

base::Faults store_place_faults(const Config& config) {
    if (config.store.kind != "sqlite") {
        return {};
    }
    std::string problem = database_fault(config.store.path);
    if (problem.empty()) {
        return {};
    }
    const auto document = base::load_yaml(config.file);
    const base::YamlNode* const store = document ? document->find("store") : nullptr;
    const base::YamlNode* const path = store == nullptr ? nullptr : store->find("path");
    return {{(path == nullptr ? config.file : path->place()) + ": store.path", std::move(problem)}};
}

}  // namespace hrbridge::app
