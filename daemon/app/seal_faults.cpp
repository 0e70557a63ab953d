#include "daemon/app/seal_faults.h"

#include <filesystem>
#include <utility>

#include "daemon/store/seal_check.h"

namespace hrbridge::app {

base::Faults seal_faults(const Services& services) {
    base::Faults faults;
    if (!services.keys) {
        return faults;
    }
    const auto connection = services.store->connect();
    for (const std::string& id : store::wrong_seal_keys(*connection, *services.keys)) {
        faults.push_back({services.config.seal_keys_place, store::wrong_seal_key_text(id)});
    }
    if (auto fault = store::digest_key_fault(*connection, *services.keys)) {
        faults.push_back({services.config.seal_keys_place, std::move(*fault)});
    }
    return faults;
}

base::Faults seal_faults_of_file(const Services& services) {
    const store::StoreOptions& options = services.config.store;
    std::error_code unreadable;
    if (options.kind != "sqlite" || !std::filesystem::exists(options.path, unreadable)) {
        return {};
    }
    try {
        return seal_faults(services);
    } catch (const base::StoreError&) {
        return {};  // `check --all` says why it does not open
    }
}

}  // namespace hrbridge::app
