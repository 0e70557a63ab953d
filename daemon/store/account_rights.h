#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/model/accounts.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// What an administrator says of an account: its role, and who of WeCom may log in as it, by userid
// in lower case. The account's sessions are the caller's to end.
class AccountRights {
  public:
    explicit AccountRights(sql::Connection& connection) : connection_(connection) {}
    std::optional<model::Account> find_wecom(const std::string& userid);
    void set_wecom(std::int64_t id, const std::optional<std::string>& userid);
    void set_role(std::int64_t id, model::Role role);

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
