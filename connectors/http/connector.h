#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connectors/connector.h"
#include "connectors/http/auth.h"
#include "connectors/http/exchange.h"
#include "connectors/http/options.h"
#include "daemon/base/clock.h"

namespace hrbridge::http {

// A system with an HTTP/JSON interface ("kind: http"). README.md describes datasets.
class HttpConnector final : public connectors::Connector {
  public:
    // `clock` outlives the connector and its sources.
    HttpConnector(std::string name, Options options, base::Clock& clock);

    std::string_view kind() const override { return "http"; }
    void check() override;
    base::Timestamp now(const std::stop_token& stop) override;
    base::Faults validate(const base::YamlNode& dataset) const override;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

  private:
    Url probe_url() const;

    std::string name_;
    Options options_;
    base::Clock& clock_;
    Authenticator auth_;
    BodyCache cache_;
};

}  // namespace hrbridge::http
