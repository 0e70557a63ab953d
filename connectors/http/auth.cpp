#include "connectors/http/auth.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "connectors/http/json_text.h"
#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

constexpr std::int64_t kTokenMargin = 60;  // seconds
constexpr std::int64_t kLongestToken = 30LL * 86'400;
constexpr std::int64_t kDefaultTokenSeconds = 300;

std::string basic(std::string_view user, std::string_view password) {
    return "Basic " + base::to_base64(fmt::format("{}:{}", user, password));
}

std::string hmac_hex(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(),
         key.data(),
         static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()),
         text.size(),
         digest.data(),
         &size);
    return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

void sign_hmac(const HmacAuth& auth, base::Timestamp now, Request& request) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::string text = fmt::format("{}\n{}\n{}\n{}",
                                         seconds,
                                         request.method,
                                         request.url.target,
                                         base::to_hex(base::sha256(request.body)));
    request.headers.emplace_back(auth.key_header, auth.key_id);
    request.headers.emplace_back(auth.timestamp_header, std::to_string(seconds));
    request.headers.emplace_back(auth.signature_header, hmac_hex(auth.secret.reveal(), text));
}

std::string member(const JsonValue& object, const char* name) {
    const auto value = object.at({name});
    return value && value->kind() != JsonKind::Null ? value->text() : std::string();
}

}  // namespace

void Authenticator::sign(Request& request, Client& client, const std::stop_token& stop) {
    if (const auto* bearer = std::get_if<BearerAuth>(&options_.auth)) {
        request.headers.emplace_back("Authorization",
                                     fmt::format("Bearer {}", bearer->token.reveal()));
    } else if (const auto* user = std::get_if<BasicAuth>(&options_.auth)) {
        request.headers.emplace_back("Authorization", basic(user->user, user->password.reveal()));
    } else if (const auto* hmac = std::get_if<HmacAuth>(&options_.auth)) {
        sign_hmac(*hmac, clock_.now(), request);
    } else if (const auto* oauth = std::get_if<OAuthAuth>(&options_.auth)) {
        request.headers.emplace_back("Authorization",
                                     "Bearer " + oauth_token(*oauth, client, stop));
    }
}

bool Authenticator::refused(const Request& request) {
    if (!std::holds_alternative<OAuthAuth>(options_.auth)) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : request.headers) {
        if (name == "Authorization" && value == "Bearer " + token_) {
            token_.clear();
        }
    }
    return true;
}

std::string Authenticator::oauth_token(const OAuthAuth& auth,
                                       Client& client,
                                       const std::stop_token& stop) {
    const std::lock_guard lock(mutex_);
    if (!token_.empty() && clock_.now() < token_ends_) {
        return token_;
    }
    Request request;
    request.method = "POST";
    request.url = *Url::parse(auth.token_url);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"}};
    request.body = "grant_type=client_credentials";
    if (!auth.scope.empty()) {
        request.body += "&scope=" + percent_encode(auth.scope);
    }
    if (auth.credentials_in_body) {
        request.body += fmt::format("&client_id={}&client_secret={}",
                                    percent_encode(auth.client_id),
                                    percent_encode(auth.client_secret.reveal()));
    } else {
        request.headers.emplace_back(
            "Authorization",
            basic(percent_encode(auth.client_id), percent_encode(auth.client_secret.reveal())));
    }
    const Response response = client.send(request, stop);
    if (response.status != 200) {
        throw base::ConnectorError(
            source_,
            fmt::format("HTTP {}", response.status),
            response.status >= 500 || response.status == 429 ? base::Remedy::Retry
                                                             : base::Remedy::Stop,
            "the token server gave no token; check client_id, client_secret and scope");
    }
    try {
        const JsonValue answer = check_json(response.body);
        token_ = member(answer, "access_token");
        std::int64_t seconds = kDefaultTokenSeconds;
        const std::string expires = member(answer, "expires_in");
        std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
        seconds = std::clamp<std::int64_t>(seconds, 0, kLongestToken);
        token_ends_ =
            clock_.now() + std::chrono::seconds(seconds - std::min(kTokenMargin, seconds / 2));
    } catch (const JsonError&) {
        token_.clear();
    }
    if (token_.empty() || token_.find_first_of("\r\n") != std::string::npos) {
        token_.clear();
        throw base::ConnectorError(source_,
                                   "token",
                                   base::Remedy::Stop,
                                   "the token server's answer holds no access_token");
    }
    return token_;
}

}  // namespace hrbridge::http
