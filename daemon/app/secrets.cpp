#include "daemon/app/secrets.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <sys/stat.h>

namespace hrbridge::app {
namespace {

constexpr std::size_t kMaxSecretBytes = 64U << 10U;

base::Result<base::Secret> read_file(const std::filesystem::path& file,
                                     const std::string& where,
                                     bool check_mode) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        return base::Fault{where,
                           fmt::format("the secret's file {} cannot be found", file.string())};
    }
    if (check_mode && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return base::Fault{
            where,
            fmt::format(
                "{} can be read by everybody; run: chmod o-rwx {}", file.string(), file.string())};
    }
    std::ifstream in(file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) {
        return base::Fault{where, fmt::format("{} cannot be read by this user", file.string())};
    }
    if (text.size() > kMaxSecretBytes) {
        return base::Fault{where, fmt::format("{} is larger than 64 KiB", file.string())};
    }
    if (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    if (text.empty()) {
        return base::Fault{where, fmt::format("{} is empty", file.string())};
    }
    return base::Secret(std::move(text));
}

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
}

std::filesystem::path credential_file(const std::filesystem::path& folder,
                                      const std::string& name) {
    for (const char* prefix : {"", "encrypted_", "plain_"}) {
        std::error_code unreadable;
        if (const auto file = folder / (prefix + name); std::filesystem::exists(file, unreadable)) {
            return file;
        }
    }
    return folder / name;
}

}  // namespace

base::Result<base::Secret> read_secret(const base::YamlNode& node,
                                       const std::string& path,
                                       const std::string& folder) {
    const std::string where = fmt::format("{}: {}", node.place(), path);
    if (node.is_scalar()) {
        return base::Fault{where,
                           "a secret does not belong into this file; write {credential: NAME}, "
                           "{file: PATH} or {env: NAME}"};
    }
    base::Faults faults;
    base::YamlReader reader(&node, path, faults);
    const auto credential = reader.text("credential");
    const auto file = reader.text("file");
    const auto env = reader.text("env");
    reader.finish();
    if (!faults.empty()) {
        return faults.front();
    }
    if (int{credential.has_value()} + int{file.has_value()} + int{env.has_value()} != 1) {
        return base::Fault{where, "give exactly one of credential, file and env"};
    }
    if (credential) {
        if (!is_plain_name(*credential)) {
            return base::Fault{where, "a credential is named without a path"};
        }
        const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
        if (directory == nullptr) {
            return base::Fault{where,
                               fmt::format("systemd gives credentials to the service alone: while "
                                           "no daemon runs, and for check and mapping, use "
                                           "hrbridge-as-service; a unit of your own needs "
                                           "LoadCredential={}",
                                           *credential)};
        }
        const auto given = credential_file(directory, *credential);
        std::error_code unreadable;
        if (!std::filesystem::exists(given, unreadable)) {
            return base::Fault{where,
                               fmt::format("systemd gave no credential {}: it is a file in the "
                                           "folder credentials beside the configuration, which a "
                                           "restart brings, not a reload",
                                           *credential)};
        }
        return read_file(given, where, false);
    }
    if (file) {
        return read_file(std::filesystem::path(folder) / *file, where, true);
    }
    const char* text = std::getenv(env->c_str());
    if (text == nullptr || *text == '\0') {
        return base::Fault{where, fmt::format("the environment variable {} is not set", *env)};
    }
    return base::Secret(text);
}

}  // namespace hrbridge::app
