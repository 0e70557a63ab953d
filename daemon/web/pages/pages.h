#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/store.h"
#include "daemon/web/router.h"

namespace hrbridge::web {

// What pages work with. All references outlive the server.
struct PageParts {
    store::Store& store;
    base::Clock& clock;
    base::Log& log;
    base::Zone zone;  // times are shown in it
    std::chrono::hours session_length{8};
    bool secure_cookies = false;  // with TLS
    // Maps the open rejects of a mapping again; nullopt when there is no such mapping. Empty: the
    // page offers no replay.
    std::function<std::optional<jobs::ReplayReport>(const std::string& mapping,
                                                    const std::string& actor)>
        replay = {};
};

// One function a page; each adds its routes.
void add_login_pages(Router& router, const PageParts& parts);    // /login, /logout, /
void add_run_pages(Router& router, const PageParts& parts);      // /runs, pause and resume
void add_reject_pages(Router& router, const PageParts& parts);   // /rejects, replay
void add_outbox_pages(Router& router, const PageParts& parts);   // /outbox
void add_finding_pages(Router& router, const PageParts& parts);  // /findings, /findings/{id}
void add_asset_routes(Router& router);                           // /assets/style.css

// "2024-05-06 15:08" in the zone; the text for `never` when there is none.
std::string show_time(const PageParts& parts,
                      const std::optional<base::Timestamp>& time,
                      const std::string& language);

}  // namespace hrbridge::web
