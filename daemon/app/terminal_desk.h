#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/iclock/protocol.h"
#include "connectors/iclock/terminals.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "daemon/web/http.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {

// Answers the attendance terminals of the configuration (connectors/iclock/protocol.h) and keeps
// what they push. A body of records is answered "OK:<lines>" only when all of it is committed,
// lines that are no punches too; otherwise the terminal keeps them and sends them again. Who is not
// configured, or comes from elsewhere, gets 403 whatever he asks. Thread-safe.
class TerminalDesk {
  public:
    struct Parts {
        store::Store& store;
        const base::SealKeys& keys;
        base::Clock& clock;
        base::Log& log;
        monitoring::Metrics& metrics;
        // Why nothing may be stored now, e.g. a disk that is nearly full; absent: it may.
        std::function<std::optional<std::string>()> obstacle;
    };
    static constexpr const char* kPath = "/iclock/";
    static constexpr std::size_t kMostBytes = 2U << 20U;  // of a body

    TerminalDesk(std::vector<iclock::Options> sources, Parts parts);

    web::Response answer(const web::Request& request);
    // Puts the contacts that the store knows into the metrics, so that a terminal which is silent
    // since a restart shows as that. Throws StoreError.
    void show_contacts();

  private:
    struct Known {
        const iclock::Options& source;
        const iclock::Terminal& terminal;
    };

    std::optional<Known> find(const std::string& serial) const;
    // The reason to refuse, a label; empty: none.
    std::string refusal(const iclock::Call& call,
                        const std::optional<Known>& known,
                        const web::Request& request);
    bool is_of_wrong_kind(const iclock::Call& call);
    void tell_of_other_table(const web::Request& request, const Known& known);
    web::Response refuse(const std::string& reason,
                         const iclock::Call& call,
                         const web::Request& request);
    web::Response options(const iclock::Call& call,
                          const Known& known,
                          const web::Request& request);
    web::Response records(const iclock::Call& call,
                          const Known& known,
                          const web::Request& request);
    web::Response not_stored(const char* reason, const std::string& why, const Known& known);
    void measure_contact(const Known& known, base::Timestamp at);
    void note_contact(const Known& known, const std::string& peer, bool at_once);
    void count(const iclock::Options& source, const char* verdict, std::int64_t lines);

    std::vector<iclock::Options> sources_;
    Parts parts_;
    std::mutex mutex_;
    std::map<std::string, base::Timestamp> noted_;  // when a terminal's contact was last stored
    std::set<std::string> wrong_kind_;  // serial numbers that began as no attendance terminal
    std::optional<base::Timestamp> refusal_told_;
    std::int64_t refusals_untold_ = 0;
};

}  // namespace hrbridge::app
