#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/support/https_server.h"

namespace hrbridge::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long kDay = 86'400;

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) {
        throw std::runtime_error("cannot make a certificate");
    }
    X509_EXTENSION_free(extension);
}

Certificate make(
    const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, long serial, int days) {
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()),
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name),
                               -1,
                               -1,
                               0);
    X509* signer = issuer == nullptr ? certificate.get() : issuer;
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
    if (issuer == nullptr) {
        add_extension(certificate.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
        add_extension(certificate.get(), signer, NID_subject_key_identifier, "hash");
    } else {
        add_extension(
            certificate.get(), signer, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
        add_extension(certificate.get(), signer, NID_authority_key_identifier, "keyid");
    }
    if (X509_sign(certificate.get(), issuer_key, EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign a certificate");
    }
    return certificate;
}

template <typename Write>
void write_pem(const std::string& path, Write write) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr || write(file) != 1) {
        throw std::runtime_error("cannot write " + path);
    }
    std::fclose(file);
}

}  // namespace

void make_certificates(const std::string& folder, int days) {
    const Key ca_key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Key server_key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate ca =
        make("hrbridge test authority", ca_key.get(), nullptr, ca_key.get(), 1, days);
    const Certificate server = make("127.0.0.1", server_key.get(), ca.get(), ca_key.get(), 2, days);
    write_pem(folder + "/ca.pem", [&](std::FILE* file) { return PEM_write_X509(file, ca.get()); });
    write_pem(folder + "/server.pem",
              [&](std::FILE* file) { return PEM_write_X509(file, server.get()); });
    write_pem(folder + "/server.key", [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, server_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

}  // namespace hrbridge::test
