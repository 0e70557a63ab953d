#include "daemon/web/certificate.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"

namespace hrbridge::web {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

base::SystemError failure(const std::string& file, const std::string& what) {
    return {"web", "", base::Remedy::Stop, fmt::format("{}: {}", file, what)};
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
        throw failure(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    return bytes;
}

Bio bio_of(const std::string& bytes) {
    return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free};
}

// What OpenSSL says of the last failure.
std::string reason() {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    return text == nullptr ? "OpenSSL does not say why" : text;
}

// The server's own one first, then those of the authorities between it and the root.
std::vector<Certificate> read_chain(const std::string& pem) {
    const Bio bio = bio_of(pem);
    std::vector<Certificate> chain;
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        chain.emplace_back(next, X509_free);
    }
    return chain;
}

// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

Key read_key(const std::string& pem) {
    return {PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, no_passphrase, nullptr),
            EVP_PKEY_free};
}

std::optional<base::Timestamp> end_of(const X509& certificate) {
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) {
        return std::nullopt;
    }
    return base::Timestamp(std::chrono::seconds(::timegm(&end)));
}

Poco::Net::Context::Ptr empty_context() {
    Poco::Net::Context::Ptr context(new Poco::Net::Context(
        Poco::Net::Context::TLS_SERVER_USE, "", "", "", Poco::Net::Context::VERIFY_NONE));
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    return context;
}

}  // namespace

std::string CertificateFiles::digest() const {
    return base::sha256(certificate + '\0' + key);
}

CertificateFiles read_certificate(const ServerOptions& options) {
    return {read_file(options.certificate), read_file(options.key)};
}

// SSL_CTX drops a key that does not fit without a word, so that fit is asked for here.
CertificatePair open_certificate(const ServerOptions& options, const CertificateFiles& files) {
    ERR_clear_error();
    const std::vector<Certificate> chain = read_chain(files.certificate);
    if (chain.empty()) {
        throw failure(options.certificate, "holds no certificate in PEM");
    }
    const Key key = read_key(files.key);
    if (!key) {
        throw failure(options.key, "holds no private key in PEM that opens without a passphrase");
    }
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        throw failure(
            options.key,
            fmt::format("is not the key of the first certificate in {}", options.certificate));
    }
    const Poco::Net::Context::Ptr context = empty_context();
    SSL_CTX* const raw = context->sslContext();
    bool usable = SSL_CTX_use_certificate(raw, chain.front().get()) == 1;
    for (std::size_t i = 1; usable && i < chain.size(); ++i) {
        usable = SSL_CTX_add1_chain_cert(raw, chain[i].get()) == 1;
    }
    if (!usable || SSL_CTX_use_PrivateKey(raw, key.get()) != 1) {
        throw failure(options.certificate, fmt::format("cannot be used: {}", reason()));
    }
    ERR_clear_error();
    return {context, files.digest(), end_of(*chain.front())};
}

Poco::Net::Context::Ptr CurrentCertificate::context() const {
    const std::lock_guard lock(mutex_);
    return pair_.context;
}

std::string CurrentCertificate::digest() const {
    const std::lock_guard lock(mutex_);
    return pair_.digest;
}

std::optional<base::Timestamp> CurrentCertificate::end() const {
    const std::lock_guard lock(mutex_);
    return pair_.end;
}

void CurrentCertificate::replace(CertificatePair pair) {
    const std::lock_guard lock(mutex_);
    pair_ = std::move(pair);
}

}  // namespace hrbridge::web
