#include "connectors/iclock/connector.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "connectors/iclock/attlog.h"

namespace hrbridge::iclock {
namespace {

constexpr std::size_t kLastCell = 10;  // of the columns, the one before #malformed

const std::vector<base::DescribedColumn>& record_columns() {
    static const std::vector<base::DescribedColumn> all = [] {
        std::vector<base::DescribedColumn> columns;
        for (const char* name : {"id",
                                 "sn",
                                 "site",
                                 "pin",
                                 "time",
                                 "punched_at",
                                 "status",
                                 "verify",
                                 "workcode",
                                 "received_at",
                                 "clock_ahead"}) {
            columns.push_back({name, "varchar", 0, 0, true});
        }
        columns.push_back({std::string(base::kMalformedColumn), "", 0, 0, true});
        return columns;
    }();
    return all;
}

std::optional<std::int64_t> number_of(const std::string& text) {
    std::int64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    return error == std::errc() && end == last && number >= 0 ? std::optional(number)
                                                              : std::nullopt;
}

// Reads up to what was there when it was opened. A position and the memory are ids.
class IclockSource final : public connectors::Source {
  public:
    IclockSource(const Options& options, Received& received, const connectors::ReadRequest& request)
        : options_(options),
          received_(received),
          limit_(std::max<std::size_t>(request.block_rows, 1)),
          behind_(std::max(id_of(request.memory), id_of(request.after))),
          until_(std::max(behind_, received.newest(options.name))) {}

    const std::vector<base::DescribedColumn>& columns() const override { return record_columns(); }

    bool read(base::RawBlock& block, const std::stop_token& stop) override {
        block.clear();
        block.columns.resize(record_columns().size());
        for (base::RawColumn& column : block.columns) {
            column.use_packed();
        }
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        for (const Record& record : received_.read(options_.name, behind_, until_, limit_)) {
            append(block, record);
            behind_ = record.id;
        }
        block.position = std::to_string(behind_);
        return block.rows > 0;
    }

    std::string memory() const override { return std::to_string(until_); }

  private:
    std::int64_t id_of(const std::string& text) const {
        if (text.empty()) {
            return 0;
        }
        const auto number = number_of(text);
        if (!number) {
            throw base::ConnectorError(options_.name,
                                       "position",
                                       base::Remedy::Stop,
                                       "the checkpoint is not one of this connector; run the "
                                       "mapping with --full");
        }
        return *number;
    }

    void append(base::RawBlock& block, const Record& record) const {
        ++block.rows;
        if (!record.problem.empty()) {
            for (std::size_t i = 0; i <= kLastCell; ++i) {
                block.columns[i].append_absent();
            }
            block.columns.back().append(
                fmt::format("{}: {}\n{}", record.serial, record.problem, record.raw));
            return;
        }
        const Terminal* terminal = options_.find(record.serial);
        const base::Zone& zone = terminal == nullptr ? options_.zone : terminal->zone;
        const std::string at = base::to_string(instant_of(record.time, record.utc_offset_s, zone));
        std::size_t place = 0;
        const auto put = [&](const std::string& text) {
            base::RawColumn& column = block.columns[place++];
            text.empty() ? column.append_null() : column.append(text);
        };
        put(std::to_string(record.id));
        put(record.serial);
        put(terminal == nullptr ? "" : terminal->site);
        put(record.pin);
        put(record.time);
        put(at);
        // Parts of the key, so never NULL.
        block.columns[place++].append(record.status);
        block.columns[place++].append(record.verify);
        put(record.workcode);
        put(base::to_string(record.received_at));
        put(record.ahead ? "1" : "0");
        block.columns.back().append_absent();
    }

    const Options& options_;
    Received& received_;
    std::size_t limit_;
    std::int64_t behind_;
    std::int64_t until_;
};

}  // namespace

base::Faults IclockConnector::validate(const base::YamlNode& dataset) const {
    base::Faults faults;
    base::YamlReader reader(&dataset, "source", faults);
    for (const char* shared : {"conn", "key", "columns", "drift", "read_as"}) {
        reader.child(shared);
    }
    reader.finish();
    return faults;
}

std::unique_ptr<connectors::Source> IclockConnector::open(const connectors::ReadRequest& request) {
    if (request.window) {
        throw base::ConnectorError(options_.name,
                                   "window",
                                   base::Remedy::Stop,
                                   "punches are read once each, in the order of their arrival; "
                                   "leave sync.window out of the mapping");
    }
    return std::make_unique<IclockSource>(options_, received_, request);
}

}  // namespace hrbridge::iclock
