#pragma once

#include <memory>
#include <string>

#include "daemon/app/demo/company.h"
#include "daemon/base/log.h"
#include "daemon/base/secret.h"
#include "daemon/web/server.h"

namespace hrbridge::app::demo {

// Plays an attendance system with an HTTP/JSON interface on loopback: a day's result for every
// person, two years of them, by cursor. Wants a bearer token.
class AttendanceSource {
  public:
    AttendanceSource(const Company& company, const base::Secret& token, base::Log& log);
    std::string base_url() const;
    // How many days it has to give.
    std::int64_t days() const;

  private:
    web::Response answer(const web::Request& request) const;

    const Company& company_;
    base::Secret token_;
    std::vector<base::Date> dates_;
    web::Server server_;
};

}  // namespace hrbridge::app::demo
