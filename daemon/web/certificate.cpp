#include "daemon/web/certificate.h"

#include <ctime>
#include <memory>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace hrbridge::web {

std::optional<base::Timestamp> end_of_certificate(const std::string& file) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new_file(file.c_str(), "r"), BIO_free);
    if (!pem) {
        return std::nullopt;
    }
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr), X509_free);
    std::tm end{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
        return std::nullopt;
    }
    return base::Timestamp(std::chrono::seconds(::timegm(&end)));
}

}  // namespace hrbridge::web
