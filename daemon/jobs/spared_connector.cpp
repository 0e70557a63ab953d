#include "daemon/jobs/spared_connector.h"

#include <utility>

namespace hrbridge::jobs {
namespace {

void ask(const SparedConnector::Obstacle& obstacle) {
    if (const auto why = obstacle()) {
        throw connectors::PutOff(*why);
    }
}

class SparedSource final : public connectors::Source {
  public:
    SparedSource(std::unique_ptr<connectors::Source> real, SparedConnector::Obstacle obstacle)
        : real_(std::move(real)), obstacle_(std::move(obstacle)) {}

    const std::vector<base::DescribedColumn>& columns() const override { return real_->columns(); }
    bool read(base::RawBlock& block, const std::stop_token& stop) override {
        ask(obstacle_);
        return real_->read(block, stop);
    }
    std::string memory() const override { return real_->memory(); }
    std::vector<std::string> parts_read() const override { return real_->parts_read(); }

  private:
    std::unique_ptr<connectors::Source> real_;
    SparedConnector::Obstacle obstacle_;
};

}  // namespace

void SparedConnector::check() {
    ask(obstacle_);
    real_.check();
}

base::Timestamp SparedConnector::now(const std::stop_token& stop) {
    ask(obstacle_);
    return real_.now(stop);
}

std::unique_ptr<connectors::Source> SparedConnector::open(const connectors::ReadRequest& request) {
    ask(obstacle_);
    connectors::ReadRequest asked = request;
    asked.may_ask = [obstacle = obstacle_] { ask(obstacle); };
    return std::make_unique<SparedSource>(real_.open(asked), obstacle_);
}

}  // namespace hrbridge::jobs
