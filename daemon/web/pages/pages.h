#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/store.h"
#include "daemon/web/login_throttle.h"
#include "daemon/web/router.h"
#include "daemon/web/wecom_login.h"
#include "migration/ledger/key_ring.h"

namespace hrbridge::web {

// What pages work with. All references outlive the server.
struct PageParts {
    store::Store& store;
    base::Clock& clock;
    base::Log& log;
    base::Zone zone;             // times are shown in it
    SessionRules sessions = {};  // the router's too
    // Maps the open rejects of a mapping again; nullopt when there is no such mapping. Empty: the
    // page offers no replay.
    std::function<std::optional<jobs::ReplayReport>(const std::string& mapping,
                                                    const std::string& actor)>
        replay = {};
    // Of spot checks: the keys of personal data and the ledger's. No data keys: no such pages.
    const base::SealKeys* keys = nullptr;
    const ledger::KeyRing* ledger_keys = nullptr;
    std::optional<WecomLogin> wecom_login = {};  // none: only local accounts
    store::Store* replica = nullptr;             // what only reads; none: the store itself
};

// One function a page; each adds its routes.
void add_login_pages(Router& router, const PageParts& parts);    // /login, /logout, /
void add_run_pages(Router& router, const PageParts& parts);      // /runs, pause and resume
void add_reject_pages(Router& router, const PageParts& parts);   // /rejects, replay
void add_outbox_pages(Router& router, const PageParts& parts);   // /outbox
void add_finding_pages(Router& router, const PageParts& parts);  // /findings, /findings/{id}
void add_check_pages(Router& router, const PageParts& parts);    // /checks, /checks/{draw}/{place}
void add_asset_routes(Router& router);                           // /assets/…

// Of add_login_pages(): /login/wecom and the way back from there.
void add_wecom_login(Router& router,
                     const PageParts& parts,
                     const std::shared_ptr<LoginThrottle>& throttle);
// Whether the request comes from WeCom's own browser.
bool is_inside_wecom(const Request& request);

// "2024-05-06 15:08" in the zone; the text for `never` when there is none.
std::string show_time(const PageParts& parts,
                      const std::optional<base::Timestamp>& time,
                      const std::string& language);

}  // namespace hrbridge::web
