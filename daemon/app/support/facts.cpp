#include "daemon/app/support/facts.h"

#include <filesystem>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "daemon/app/measures.h"
#include "daemon/app/status.h"
#include "daemon/app/store_backup.h"
#include "daemon/app/support/names.h"
#include "daemon/app/support/redaction.h"
#include "daemon/app/support/words.h"
#include "daemon/base/yaml.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app::support {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kRuns = 1'000;

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Without who and where: that of a terminal is its address.
std::string status(const CommandContext& context) {
    Json out = status_json(context);
    for (Json& terminal : out["terminals"]) {
        terminal.erase("address");
    }
    out["store"] = context.services.config.store.kind;
    out["newest_schema"] = store::newest_schema_version();
    out["daemon"]["product"] = HRBRIDGE_VERSION;
    return text_of(out);
}

std::string metrics(Services& services) {
    Measures(services).take();
    measure_backup(services);
    return services.metrics.expose();
}

std::string history(Services& services) {
    const auto connection = services.store->connect();
    Json runs = Json::array();
    for (const model::Run& run : store::RunRepository(*connection).latest(kRuns)) {
        runs.push_back(run_json(run));
    }
    return text_of(runs);
}

std::string rejects(Services& services) {
    const auto connection = services.store->connect();
    Json counts = Json::array();
    for (const auto& count : store::RejectRepository(*connection).counts()) {
        counts.push_back({{"mapping", count.mapping},
                          {"rule", count.rule},
                          {"kind", count.kind},
                          {"rows", count.rows}});
    }
    return text_of(counts);
}

// Looking at an SQLite store that is not there would make it, as the user who looks.
void require_store(const store::StoreOptions& options) {
    if (options.kind == "sqlite" && !std::filesystem::exists(options.path)) {
        throw std::runtime_error("there is no store yet");
    }
}

Json space_under(const std::filesystem::path& folder) {
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    return error ? Json{{"error", error.message()}}
                 : Json{{"bytes", space.capacity}, {"free", space.available}};
}

Json size_of(const std::string& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    return error ? Json() : Json(size);
}

std::string disks(const Config& config) {
    Json out{{"state", space_under(config.state_folder)},
             {"backup", space_under(backup_folder(config))},
             {"reserve", config.retention.disk_reserve}};
    if (config.store.kind == "sqlite") {
        out["store"] = space_under(std::filesystem::path(config.store.path).parent_path());
        out["store"]["file"] = size_of(config.store.path);
        out["store"]["log"] = size_of(config.store.path + "-wal");
    }
    return text_of(out);
}

// What was said under configurations that may be in force no longer.
void withhold(const std::string& why, Parts& parts) {
    for (const char* const name : {"journal.txt", "errors.txt"}) {
        if (parts.files.erase(name) > 0) {
            parts.missing[name] = why;
        }
    }
}

}  // namespace

void add_configuration(const std::string& file, Parts& parts) {
    parts.add("configuration.yaml", [&file] {
        const auto document = base::load_yaml(file);
        if (!document) {
            throw std::runtime_error(document.fault().where + ": it cannot be read as YAML");
        }
        return redacted(*document);
    });
}

void remove_names(const std::string& config_file, Parts& parts) {
    const auto document = base::load_yaml(config_file);
    if (document) {
        parts.names.merge(names_in(*document));
    } else {
        withhold(document.fault().where +
                     ": it cannot be read as YAML, so nobody knows which names "
                     "to take out",
                 parts);
    }
    parts.names.merge(names_of_machine());
    for (auto* const texts : {&parts.files, &parts.missing}) {
        for (auto& [name, text] : *texts) {
            const bool json = texts == &parts.files && name.ends_with(".json");
            text = without(parts.names, text, json ? Form::Json : Form::Plain);
        }
    }
}

Parts facts_of(const CommandContext& context) {
    Services& services = context.services;
    Parts parts;
    const auto add_of_store = [&](const char* name, const std::function<std::string()>& make) {
        parts.add(name, [&] {
            require_store(services.config.store);
            return make();
        });
    };
    add_of_store("status.json", [&] { return status(context); });
    add_of_store("runs.json", [&] { return history(services); });
    add_of_store("rejects.json", [&] { return rejects(services); });
    add_of_store("metrics.txt", [&] { return metrics(services); });
    parts.add("disks.json", [&] { return disks(services.config); });
    parts.add("log.txt", [&] {
        if (!context.daemon || context.daemon->recent == nullptr) {
            throw std::runtime_error("no daemon runs; journal.txt has what the last one said");
        }
        return context.daemon->recent->text();
    });
    add_configuration(services.config.file, parts);
    parts.names = names_in(services.config);
    remove_names(services.config.file, parts);
    return parts;
}

}  // namespace hrbridge::app::support
