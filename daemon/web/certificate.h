#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <Poco/Net/Context.h>

#include "daemon/base/time.h"
#include "daemon/web/server.h"

namespace hrbridge::web {

// A certificate and its key as their files held them at one moment.
struct CertificatePair {
    Poco::Net::Context::Ptr context;
    std::string digest;                  // of both files
    std::optional<base::Timestamp> end;  // of the first certificate
};

// What the files of a certificate and its key hold. Each is read once.
struct CertificateFiles {
    std::string certificate;
    std::string key;
    std::string digest() const;
};

// Throw base::SystemError that names the file, and says what is wrong with it.
CertificateFiles read_certificate(const ServerOptions& options);
CertificatePair open_certificate(const ServerOptions& options, const CertificateFiles& files);

// The certificate that connections are shown which begin now. Thread-safe.
class CurrentCertificate {
  public:
    explicit CurrentCertificate(CertificatePair pair) : pair_(std::move(pair)) {}
    Poco::Net::Context::Ptr context() const;
    std::string digest() const;
    std::optional<base::Timestamp> end() const;
    void replace(CertificatePair pair);

  private:
    mutable std::mutex mutex_;
    CertificatePair pair_;
};

}  // namespace hrbridge::web
