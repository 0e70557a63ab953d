#include "daemon/app/credentials.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/app/password_prompt.h"
#include "daemon/base/text.h"
#include "migration/ledger/key_file.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::app {
namespace {

using ledger::KeyFile;

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;
constexpr std::size_t kLeastPassphrase = 10;  // characters
constexpr std::size_t kMostKeyBytes = 64 * 1024;

std::string text(const CommandLine& line, const ledger::Note& note) {
    return sign_off::text(line.option("language", "zh"), note);
}

void say(const CommandLine& line, Output& output, const ledger::Note& note) {
    output.error(text(line, note));
}

class File {
  public:
    explicit File(int fd) : fd_(fd) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

ledger::Note cannot_open(const std::string& path) {
    return {"key_file_open", {{"file", path}, {"why", std::strerror(errno)}}};
}

// What the file holds, and whether others can read it.
std::optional<base::Secret> read_file(const std::string& path,
                                      bool& open_to_others,
                                      ledger::Note& why) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (file.get() < 0 || ::fstat(file.get(), &about) != 0) {
        why = cannot_open(path);
        return std::nullopt;
    }
    open_to_others = (about.st_mode & kOthers) != 0;
    std::string content;
    std::array<char, 4096> chunk{};
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
        if (got < 0) {
            why = cannot_open(path);
            return std::nullopt;
        }
        if (got == 0 || content.size() > kMostKeyBytes) {
            return base::Secret(std::move(content));
        }
        content.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

std::optional<ledger::PrivateKey> read_key(const CommandLine& line, Output& output) {
    const std::string path = line.option("key");
    bool open_to_others = false;
    ledger::Note why;
    const auto pem = read_file(path, open_to_others, why);
    if (!pem) {
        say(line, output, why);
        return std::nullopt;
    }
    base::Secret passphrase;
    if (KeyFile::is_encrypted(*pem)) {
        auto given = read_secret(STDIN_FILENO, STDERR_FILENO, {text(line, {"ask_passphrase"})});
        if (!given) {
            say(line, output, {"no_input"});
            return std::nullopt;
        }
        passphrase = base::Secret(std::move(*given));
    } else if (open_to_others) {
        say(line, output, {"key_file_rights", {{"file", path}}});
        return std::nullopt;
    }
    auto key = KeyFile::read(*pem, passphrase);
    if (!key) {
        say(line, output, {key.fault().what});
        return std::nullopt;
    }
    return std::move(key).value();
}

bool write_new(const std::string& path, const base::Secret& pem, ledger::Note& why) {
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
    if (file.get() < 0) {
        why =
            errno == EEXIST ? ledger::Note{"key_file_there", {{"file", path}}} : cannot_open(path);
        return false;
    }
    std::string_view rest = pem.reveal();
    while (!rest.empty()) {
        const ssize_t written = ::write(file.get(), rest.data(), rest.size());
        if (written <= 0) {
            why = cannot_open(path);
            return false;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) {
        why = cannot_open(path);
        return false;
    }
    return true;
}

bool is_key_command(const CommandLine& line, const char* word) {
    return line.command == "migrate key" && line.arguments.front() == word;
}

// nullopt with an error said; empty where the key is not to be encrypted.
std::optional<base::Secret> new_passphrase(const CommandLine& line, Output& output) {
    if (line.has("unencrypted")) {
        return base::Secret();
    }
    auto passphrase = read_secret(STDIN_FILENO,
                                  STDERR_FILENO,
                                  {text(line, {"ask_passphrase_new"}), text(line, {"ask_again"})});
    if (!passphrase) {
        say(line, output, {"no_input"});
        return std::nullopt;
    }
    base::Secret secret(std::move(*passphrase));
    if (!base::is_valid_utf8(secret.reveal()) ||
        base::code_points(secret.reveal()) < kLeastPassphrase) {
        say(line, output, {"key_passphrase_short", {{"least", std::to_string(kLeastPassphrase)}}});
        return std::nullopt;
    }
    return secret;
}

}  // namespace

bool needs_credentials(const CommandLine& line) {
    return line.command == "migrate sign" || line.command == "migrate accept" ||
           line.command == "migrate judge" || (line.command == "migrate go" && line.has("item")) ||
           is_key_command(line, "register") || is_key_command(line, "revoke");
}

std::optional<std::string> read_credentials(const CommandLine& line, Output& output) {
    const bool with_key = !is_key_command(line, "revoke") && line.command != "migrate judge";
    if (with_key && !line.has("key")) {
        say(line, output, {"key_not_given"});
        return std::nullopt;
    }
    auto password = read_secret(STDIN_FILENO, STDERR_FILENO, {text(line, {"ask_password"})});
    if (!password) {
        say(line, output, {"no_input"});
        return std::nullopt;
    }
    nlohmann::json packed{{"password", base::to_hex(*password)}};
    const base::Secret wiped(std::move(*password));
    if (with_key) {
        const auto key = read_key(line, output);
        if (!key) {
            return std::nullopt;
        }
        packed["key"] = std::string(key->to_pem().reveal());
    }
    return packed.dump();
}

std::optional<Credentials> unpack_credentials(const std::string& packed) {
    const auto document = nlohmann::json::parse(packed, nullptr, false);
    if (!document.is_object() || !document.contains("password") ||
        !document["password"].is_string()) {
        return std::nullopt;
    }
    auto password = base::from_hex(document["password"].get<std::string>());
    if (!password) {
        return std::nullopt;
    }
    Credentials out{base::Secret(std::move(*password)), std::nullopt};
    if (document.contains("key")) {
        if (!document["key"].is_string()) {
            return std::nullopt;
        }
        auto key = KeyFile::read(base::Secret(document["key"].get<std::string>()), base::Secret());
        if (!key) {
            return std::nullopt;
        }
        out.key = std::move(key).value();
    }
    return out;
}

Exit make_key_file(const CommandLine& line, Output& output) {
    if (!line.has("out")) {
        say(line, output, {"key_out_missing"});
        return Exit::Usage;
    }
    const auto secret = new_passphrase(line, output);
    if (!secret) {
        return Exit::Usage;
    }
    const ledger::PrivateKey key = ledger::PrivateKey::generate();
    ledger::Note why;
    if (!write_new(line.option("out"), KeyFile::write(key, *secret), why)) {
        say(line, output, why);
        return Exit::Failed;
    }
    output.line(
        text(line,
             {"key_made",
              {{"file", line.option("out")}, {"key", key.public_key().fingerprint().hex()}}}));
    if (secret->empty()) {
        output.line(text(line, {"key_no_passphrase"}));
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
