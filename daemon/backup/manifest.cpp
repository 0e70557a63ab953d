#include "daemon/backup/manifest.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace hrbridge::backup {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";

// Names go into paths and statements.
std::string checked(std::string name, std::string_view letters) {
    if (name.empty() || name.find_first_not_of(letters) != std::string::npos) {
        throw std::invalid_argument("a name of other letters");
    }
    return name;
}

std::string checked_file(const std::string& name) {
    const std::size_t dot = name.find('.');
    checked(name.substr(0, dot), kNameLetters);
    if (dot == std::string::npos || (name.substr(dot) != ".copy" && name.substr(dot) != ".db")) {
        throw std::invalid_argument("a file of another kind");
    }
    return name;
}

std::int64_t count(const Json& value) {
    const auto number = value.get<std::int64_t>();
    if (!value.is_number_integer() || number < 0) {
        throw std::invalid_argument("no count");
    }
    return number;
}

Json part_json(const store::CopiedFile& file, const PartSum& sum) {
    Json part{{"file", file.file}, {"bytes", sum.bytes}, {"sha256", sum.sha256}};
    if (!file.table.empty()) {
        part["table"] = file.table;
        part["columns"] = file.columns;
    }
    return part;
}

void read_part(const Json& part, bool is_tables, Manifest& out) {
    store::CopiedFile file{checked_file(part.at("file")), {}, {}};
    if (is_tables) {
        file.table = checked(part.at("table"), kNameLetters);
        for (const Json& column : part.at("columns")) {
            file.columns.push_back(checked(column, kNameLetters));
        }
    }
    out.copy.files.push_back(std::move(file));
    out.sums.push_back({count(part.at("bytes")), part.at("sha256").get<std::string>()});
}

std::map<std::string, std::int64_t> counts(const Json& object) {
    std::map<std::string, std::int64_t> found;
    for (const auto& [table, value] : object.items()) {
        found[checked(table, kNameLetters)] = count(value);
    }
    return found;
}

Manifest read(const Json& json) {
    Manifest manifest;
    manifest.product = json.at("product").get<std::string>();
    const auto made_at = base::parse_timestamp(json.at("made_at").get<std::string>());
    if (!made_at) {
        throw std::invalid_argument("no time");
    }
    manifest.made_at = *made_at;
    manifest.reason = json.at("reason").get<std::string>();
    manifest.from = json.at("from").get<std::string>();
    manifest.copy.kind = json.at("store").get<std::string>();
    manifest.copy.schema = json.at("schema").get<int>();
    manifest.copy.rows = counts(json.at("rows"));
    manifest.copy.last_ids = counts(json.at("last_ids"));
    for (const Json& part : json.at("parts")) {
        read_part(part, manifest.copy.kind == "postgres", manifest);
    }
    if (!json.at("ledger").is_null()) {
        const Json& end = json["ledger"];
        manifest.ledger = LedgerEnd{count(end.at("entry")),
                                    end.at("hash").get<std::string>(),
                                    end.at("line").get<std::string>(),
                                    end.at("key").get<std::string>()};
    }
    manifest.seal_keys = json.at("seal_keys").get<std::vector<std::string>>();
    return manifest;
}

bool is_sound(const Manifest& manifest) {
    const bool sqlite = manifest.copy.kind == "sqlite";
    std::set<std::string> files;
    for (const store::CopiedFile& file : manifest.copy.files) {
        files.insert(file.file);
    }
    return (sqlite || manifest.copy.kind == "postgres") && manifest.copy.schema >= 0 &&
           files.size() == manifest.copy.files.size() && (!sqlite || files.size() == 1);
}

}  // namespace

std::int64_t Manifest::bytes() const {
    std::int64_t all = 0;
    for (const PartSum& sum : sums) {
        all += sum.bytes;
    }
    return all;
}

std::int64_t Manifest::rows() const {
    std::int64_t all = 0;
    for (const auto& [table, rows] : copy.rows) {
        all += rows;
    }
    return all;
}

std::string to_json(const Manifest& manifest) {
    Json parts = Json::array();
    for (std::size_t i = 0; i < manifest.sums.size(); ++i) {
        parts.push_back(part_json(manifest.copy.files[i], manifest.sums[i]));
    }
    Json json{{"format", kFormat},
              {"product", manifest.product},
              {"made_at", base::to_string(manifest.made_at)},
              {"reason", manifest.reason},
              {"from", manifest.from},
              {"store", manifest.copy.kind},
              {"schema", manifest.copy.schema},
              {"rows", manifest.copy.rows},
              {"last_ids", manifest.copy.last_ids},
              {"parts", parts},
              {"ledger", nullptr},
              {"seal_keys", manifest.seal_keys}};
    if (manifest.ledger) {
        json["ledger"] = {{"entry", manifest.ledger->entry},
                          {"hash", manifest.ledger->hash},
                          {"line", manifest.ledger->line},
                          {"key", manifest.ledger->key}};
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::variant<Manifest, ledger::Note> parse_manifest(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    try {
        if (json.at("format").get<int>() > kFormat) {
            return ledger::Note{"manifest_newer"};
        }
        Manifest manifest = read(json);
        if (is_sound(manifest)) {
            return manifest;
        }
    } catch (const Json::exception&) {
        return ledger::Note{"manifest_unreadable"};
    } catch (const std::invalid_argument&) {
        return ledger::Note{"manifest_unreadable"};
    }
    return ledger::Note{"manifest_unreadable"};
}

}  // namespace hrbridge::backup
