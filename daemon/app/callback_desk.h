#pragma once

#include "connectors/wecom/callback.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "daemon/web/callback_route.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {

// Takes the callbacks of the WeCom application: checks and deciphers them, stores them in
// callback_inbox and answers; the work on them is callback_job.h's. A delivery that comes again is
// stored once and answered alike. Thread-safe.
class CallbackDesk {
  public:
    struct Parts {
        store::Store& store;
        const base::SealKeys& keys;
        base::Clock& clock;
        base::Log& log;
        monitoring::Metrics& metrics;
    };
    CallbackDesk(wecom::MessageCrypto crypto, const Parts& parts);

    // The check that the platform makes when an administrator saves the address: its bare text
    // comes back, or 403.
    web::Response verify(const web::CallbackCall& call);
    // 200 once the callback is stored, with an encrypted reply that greys the button when it is one
    // of ours; 400 or 403 when it is refused. No answer when it could not be stored: whether the
    // platform repeats what got an error is not certain, but it repeats what got no answer.
    web::Response receive(const web::CallbackCall& call);
    void too_long();
    std::size_t most_bytes() const { return receiver_.options().most_bytes; }

  private:
    bool keep(const wecom::CallbackEvent& event);
    web::Response answer(const wecom::CallbackEvent& event) const;
    void count(const std::string& event, const std::string& verdict);
    web::Response refuse(wecom::CallbackRefusal refusal);

    Parts parts_;
    wecom::CallbackReceiver receiver_;
};

}  // namespace hrbridge::app
