#pragma once

#include <stdexcept>
#include <string>

namespace hrbridge::base {

// What the caller can do about a failed outside system.
enum class Remedy {
    Retry,  // connection lost, time-out, deadlock, HTTP 429/5xx: try again later
    Stop,   // refused login, wrong setting, missing right: a person must act
    Row,    // this row or item can never work; the next one may
};

// An outside system (database, HTTP service, file system, WeCom) failed. `code` is the system's
// own (SQLSTATE with native code "40001/1213", "HTTP 503", "errcode 45009") for logs and metrics;
// what() is for people and holds no personal data and no secret.
class SystemError : public std::runtime_error {
  public:
    SystemError(std::string system, std::string code, Remedy remedy, const std::string& what)
        : std::runtime_error(what),
          system_(std::move(system)),
          code_(std::move(code)),
          remedy_(remedy) {}

    const std::string& system() const { return system_; }
    const std::string& code() const { return code_; }
    Remedy remedy() const { return remedy_; }

  private:
    std::string system_;
    std::string code_;
    Remedy remedy_;
};

// The store (SQLite or PostgreSQL) failed.
class StoreError : public SystemError {
  public:
    StoreError(std::string code, Remedy remedy, const std::string& what)
        : SystemError("store", std::move(code), remedy, what) {}
};

// A source or a WeCom call failed; `system` is the source's name in the configuration.
class ConnectorError : public SystemError {
  public:
    using SystemError::SystemError;
};

// Another process holds the lease; nothing was changed.
class LeaseHeld : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The work was asked to stop (SIGTERM, pause) and gave up between two steps.
class Stopped : public std::runtime_error {
  public:
    Stopped() : std::runtime_error("stopped on request") {}
};

}  // namespace hrbridge::base
