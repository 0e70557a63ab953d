#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::model {

// A Checker works through the sheets of spot checks and sees nothing else.
enum class Role { Operator, Implementer, Hr, Checker };

struct Account {
    std::int64_t id = 0;
    std::string name;
    Role role = Role::Operator;
    std::string password_hash;                // empty: none
    std::optional<std::string> wecom_userid;  // in lower case: who may log in by WeCom
    bool disabled = false;
};

struct Session {
    std::string token_hash;  // SHA-256 of the cookie's value
    std::int64_t account_id = 0;
    std::string form_token;
    base::Timestamp created_at;
    base::Timestamp expires_at;
    base::Timestamp last_seen;
};

}  // namespace hrbridge::model
