#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "connectors/connector.h"

namespace hrbridge::jobs {

// A connector that is asked for nothing while something stands against it: the clock, a reading and
// each of its blocks end with PutOff then. The rows that came before are good.
class SparedConnector final : public connectors::Connector {
  public:
    // What stands against asking the source now; nullopt: nothing. Asked in the thread that reads.
    using Obstacle = std::function<std::optional<std::string>()>;

    // `real` outlives this and all that it opened.
    SparedConnector(connectors::Connector& real, Obstacle obstacle)
        : real_(real), obstacle_(std::move(obstacle)) {}

    std::string_view kind() const override { return real_.kind(); }
    void check() override;
    base::Timestamp now(const std::stop_token& stop) override;
    base::Faults validate(const base::YamlNode& dataset) const override {
        return real_.validate(dataset);
    }
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

  private:
    connectors::Connector& real_;
    Obstacle obstacle_;
};

}  // namespace hrbridge::jobs
