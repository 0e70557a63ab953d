#include "daemon/store/attached_store.h"

#include <filesystem>

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::store {
namespace {

std::string schema_of(const StoreOptions& other) {
    if (!other.schema.empty()) {
        return other.schema;
    }
    const auto connection = open_store(other)->connect();
    const auto rows = connection->query("SELECT current_schema()::text", {});
    return rows->next() ? rows->text(0) : std::string();
}

// A file's path as a URI: what has a meaning there is written as %XX.
std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char letter : std::filesystem::absolute(path).string()) {
        if (letter == '%' || letter == '?' || letter == '#') {
            uri += fmt::format("%{:02X}", static_cast<unsigned>(letter));
        } else {
            uri += letter;
        }
    }
    return uri + "?mode=ro";
}

}  // namespace

AttachedStore::AttachedStore(sql::Connection& connection, const StoreOptions& other)
    : connection_(connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        prefix_ = fmt::format("\"{}\".", schema_of(other));
    } else {
        connection_.execute("ATTACH $1 AS other", {uri_of(other.path)});
        prefix_ = "other.";
        attached_ = true;
    }
}

AttachedStore::~AttachedStore() {
    if (attached_) {
        try {
            connection_.run_script("DETACH other");
        } catch (const base::StoreError&) {
            // The connection is at its end anyway.
        }
    }
}

}  // namespace hrbridge::store
