#pragma once

#include <optional>

#include "daemon/app/services.h"
#include "daemon/web/wecom_login.h"

namespace hrbridge::app {

// Where people come back to from the platform; below wecom.page_url.
inline constexpr const char* kLoginReturn = "/login/wecom/callback";

// Login by WeCom as configured; nullopt when it is not. The services must outlive it.
std::optional<web::WecomLogin> make_wecom_login(Services& services);

}  // namespace hrbridge::app
