#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/iclock/terminals.h"
#include "daemon/base/clock.h"

namespace hrbridge::iclock {

// What a terminal pushed, as it was kept: a punch, or a line that is none.
struct Record {
    std::int64_t id = 0;  // grows with the order of arrival
    std::string serial;
    std::string pin;
    std::string time;
    std::string status;
    std::string verify;
    std::string workcode;
    std::optional<std::int64_t> utc_offset_s;
    base::Timestamp received_at;
    bool ahead = false;   // its time was not yet when it came
    std::string problem;  // not empty: no punch, `raw` is the line
    std::string raw;
};

// What the daemon received for the sources of kind iclock. Thread-safe; throws
// base::ConnectorError.
class Received {
  public:
    virtual ~Received() = default;
    // The greatest id of a source; 0: none.
    virtual std::int64_t newest(const std::string& source) = 0;
    // At most `limit` records with ids in (behind, until], by id.
    virtual std::vector<Record> read(const std::string& source,
                                     std::int64_t behind,
                                     std::int64_t until,
                                     std::size_t limit) = 0;
};

// Punches that terminals pushed to the daemon (kind "iclock"), in the order of their arrival, each
// once: a reading begins behind the last one of the reading before. README.md describes the
// columns.
class IclockConnector final : public connectors::Connector {
  public:
    // The references must outlive it and its sources.
    IclockConnector(Options options, Received& received, base::Clock& clock)
        : options_(std::move(options)), received_(received), clock_(clock) {}

    std::string_view kind() const override { return "iclock"; }
    // The terminals come by themselves: there is nothing to reach.
    void check() override {}
    base::Timestamp now(const std::stop_token&) override { return clock_.now(); }
    base::Faults validate(const base::YamlNode& dataset) const override;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;
    const Options& options() const { return options_; }

  private:
    Options options_;
    Received& received_;
    base::Clock& clock_;
};

}  // namespace hrbridge::iclock
