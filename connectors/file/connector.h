#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/connector.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace hrbridge::file {

struct Options {
    std::string name;  // the source's, for errors
    std::string folder;
    std::int64_t stable_ms = 5000;  // a file is read when it has not changed for so long
    std::int64_t max_file_bytes = 4LL << 30;
};

// CSV files in a watched folder ("kind: file"). README.md describes datasets.
class FileConnector final : public connectors::Connector {
  public:
    // `log` hears of files that are empty; nullptr: nobody does.
    FileConnector(Options options, base::Clock& clock, base::Log* log = nullptr)
        : options_(std::move(options)), clock_(clock), log_(log) {}

    std::string_view kind() const override { return "file"; }
    void check() override;
    base::Timestamp now(const std::stop_token&) override { return clock_.now(); }
    base::Faults validate(const base::YamlNode& dataset) const override;
    // Files of the dataset that a reading now leaves for a later one (Options::stable_ms).
    std::size_t too_young(const base::YamlNode& dataset) const;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

  private:
    Options options_;
    base::Clock& clock_;
    base::Log* log_;
};

}  // namespace hrbridge::file
