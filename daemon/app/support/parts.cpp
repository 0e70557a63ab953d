#include "daemon/app/support/parts.h"

#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <zip.h>

#include "daemon/base/error.h"

namespace hrbridge::app::support {
namespace {

using Json = nlohmann::json;

// What unpacking gives a file: the mode of Unix is in the upper half.
constexpr zip_uint32_t kOwnerAlone = zip_uint32_t{S_IFREG | S_IRUSR | S_IWUSR} << 16U;

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Free {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string("the archive cannot be made: ") + what);
}

// `content` must outlive the archive's end.
void put(zip_t* archive, const std::string& name, const std::string& content) {
    zip_source_t* const source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t place =
        source == nullptr ? -1 : zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (place < 0) {
        zip_source_free(source);
        fail(zip_strerror(archive));
    }
    if (zip_file_set_external_attributes(
            archive, static_cast<zip_uint64_t>(place), 0, ZIP_OPSYS_UNIX, kOwnerAlone) != 0) {
        fail(zip_strerror(archive));
    }
}

std::string read_whole(zip_source_t* source) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_source_stat(source, &about) != 0 || zip_source_open(source) != 0) {
        fail("it cannot be read back");
    }
    std::string bytes(about.size, '\0');
    const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
    zip_source_close(source);
    if (got != static_cast<zip_int64_t>(bytes.size())) {
        fail("it cannot be read back");
    }
    return bytes;
}

Json manifest_of(const Parts& parts, const std::string& made_at) {
    Json files = Json::array();
    for (const auto& [name, content] : parts.files) {
        files.push_back({{"name", name}, {"bytes", content.size()}});
    }
    return {{"product", "hrbridge " HRBRIDGE_VERSION},
            {"made_at", made_at},
            {"files", files},
            {"missing", parts.missing}};
}

}  // namespace

void Parts::add(const std::string& name, const std::function<std::string()>& make) {
    try {
        files[name] = make();
        missing.erase(name);
    } catch (const base::SystemError& error) {
        missing[name] = error.code() + ": " + error.what();
    } catch (const std::exception& error) {
        missing[name] = error.what();
    }
}

void Parts::add(const Parts& others) {
    files.insert(others.files.begin(), others.files.end());
    missing.insert(others.missing.begin(), others.missing.end());
    names.insert(others.names.begin(), others.names.end());
    for (const auto& [name, content] : files) {
        missing.erase(name);
    }
}

std::string packed(const Parts& parts) {
    return Json{{"files", parts.files}, {"missing", parts.missing}, {"names", parts.names}}.dump(
        -1, ' ', false, Json::error_handler_t::replace);
}

Parts unpacked(const std::string& text) {
    const Json json = Json::parse(text);
    return {json.at("files").get<std::map<std::string, std::string>>(),
            json.at("missing").get<std::map<std::string, std::string>>(),
            json.value("names", std::set<std::string>())};
}

std::string archive_of(const Parts& parts, const std::string& made_at) {
    const std::string manifest = manifest_of(parts, made_at).dump(2) + "\n";
    const std::unique_ptr<zip_source_t, Free> bytes(
        zip_source_buffer_create(nullptr, 0, 0, nullptr));
    if (!bytes) {
        fail("there is no memory for it");
    }
    zip_source_keep(bytes.get());  // behind the archive's end
    std::unique_ptr<zip_t, Discard> archive(
        zip_open_from_source(bytes.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr));
    if (!archive) {
        zip_source_free(bytes.get());
        fail("it cannot be begun");
    }
    put(archive.get(), "manifest.json", manifest);
    for (const auto& [name, content] : parts.files) {
        put(archive.get(), name, content);
    }
    if (zip_close(archive.get()) != 0) {
        fail(zip_strerror(archive.get()));
    }
    static_cast<void>(archive.release());
    return read_whole(bytes.get());
}

}  // namespace hrbridge::app::support
