#include "daemon/app/fresh_source.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "connectors/connector.h"
#include "daemon/app/cleared_source.h"
#include "daemon/app/obstacles.h"
#include "daemon/app/query_check.h"
#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "mappings/engine/charset.h"
#include "mappings/engine/key_part.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/watermark.h"

namespace hrbridge::app {
namespace {

using spot_check::FreshRow;

class Collecting {
  public:
    Collecting(const engine::Mapping& mapping,
               const std::set<std::string>& keys,
               base::Date today,
               std::map<std::string, FreshRow>& out)
        : mapping_(mapping),
          key_mapping_(engine::key_part(mapping)),
          keys_(keys),
          today_(today),
          out_(out),
          zone_(base::Zone::find(mapping.read_as.zone).value_or(base::Zone::utc())),
          decoder_(engine::Decoder::make(mapping.read_as.charset)) {}

    void begin(const std::vector<base::DescribedColumn>& columns) {
        columns_ = columns;
        auto mapper = engine::Mapper::make(key_mapping_, columns_, today_);
        if (!mapper) {
            fault_ = mapper.fault();
            return;
        }
        mapper_.emplace(std::move(mapper).value());
        watermark_.reset();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!mapping_.sync.window_by.empty() &&
                base::same_name(columns_[i].name, mapping_.sync.window_by)) {
                watermark_ = i;
            }
        }
    }

    void take(const base::RawBlock& block) {
        mapper_->map(block, mapped_);
        std::vector<base::Value> key(mapping_.target_key.size());
        for (std::size_t row = 0; row < mapped_.batch.rows(); ++row) {
            for (std::size_t i = 0; i < key.size(); ++i) {
                key[i] = mapped_.batch.find(mapping_.target_key[i])->value(row);
            }
            const std::string match = spot_check::match_key(key);
            if (keys_.contains(match)) {
                add(match, block, mapped_.batch.source_rows[row]);
            }
        }
    }

    const std::optional<base::Fault>& fault() const { return fault_; }

  private:
    // Of several the one that the source changed last, of equal ones the later, as at the load.
    void add(const std::string& match, const base::RawBlock& block, std::size_t row) {
        const auto time =
            watermark_ ? engine::watermark_of(block.columns[*watermark_].cell(row)) : std::nullopt;
        const auto before = out_.find(match);
        if (before != out_.end()) {
            ++before->second.rows;
            if (time < times_[match]) {
                return;
            }
        }
        FreshRow fresh = read(block, row);
        fresh.rows = before == out_.end() ? 1 : before->second.rows;
        times_[match] = time;
        out_[match] = std::move(fresh);
    }

    FreshRow read(const base::RawBlock& block, std::size_t row) const {
        FreshRow out;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].name == base::kMalformedColumn ||
                columns_[i].name == base::kPlaceColumn || block.columns[i].is_absent(row)) {
                continue;
            }
            const bool null = block.columns[i].is_null(row);
            out.cells.push_back(
                {columns_[i].name,
                 null ? std::nullopt : std::optional(decoded(block.columns[i].cell(row)))});
        }
        if (watermark_) {
            out.changed_at = instant(block.columns[*watermark_].cell(row));
        }
        return out;
    }

    std::string decoded(std::string_view bytes) const {
        std::string buffer;
        std::string_view text;
        return decoder_ && decoder_->decode(bytes, buffer, text).ok ? std::string(text)
                                                                    : "0x" + base::to_hex(bytes);
    }

    std::optional<base::Timestamp> instant(std::string_view cell) const {
        const auto time = engine::watermark_of(cell);
        const auto form = engine::watermark_form(cell);
        if (!time || !form || *form == engine::WatermarkForm::Number) {
            return std::nullopt;
        }
        const std::chrono::microseconds since(*time);
        return *form == engine::WatermarkForm::Instant ? base::Timestamp(since)
                                                       : zone_.to_instant(base::LocalTime(since));
    }

    const engine::Mapping& mapping_;
    const engine::Mapping key_mapping_;
    const std::set<std::string>& keys_;
    base::Date today_;
    std::map<std::string, FreshRow>& out_;
    base::Zone zone_;
    std::optional<engine::Decoder> decoder_;
    std::vector<base::DescribedColumn> columns_;
    std::optional<engine::Mapper> mapper_;
    std::optional<std::size_t> watermark_;
    std::map<std::string, std::optional<std::int64_t>> times_;
    engine::MapOutcome mapped_;
    std::optional<base::Fault> fault_;
};

}  // namespace

base::Result<std::map<std::string, FreshRow>> FreshSource::read(const engine::Mapping& mapping,
                                                                const std::set<std::string>& keys,
                                                                const std::stop_token& stop) {
    std::map<std::string, FreshRow> out;
    Collecting collecting(
        mapping, keys, std::chrono::floor<std::chrono::days>(context_.services.clock.now()), out);
    const Services& services = context_.services;
    const auto connector = services.connectors.find(mapping.connection);
    if (connector == services.connectors.end()) {
        return base::Fault{mapping.name, "the configuration has no source " + mapping.connection};
    }
    if (!context_.line.has("force")) {
        if (const auto why = outside_hours_of(mapping, services.config, services.clock.now())) {
            return base::Fault{mapping.name, *why};
        }
    }
    context_.output.progress(mapping.name);
    try {
        base::Faults lost;
        const auto cleared = cleared_source(context_.services, mapping, *connector->second);
        const auto source = open_or_fault(mapping, *cleared, lost);
        if (source == nullptr) {
            return lost.front();
        }
        collecting.begin(source->columns());
        base::RawBlock block;
        while (!collecting.fault() && source->read(block, stop)) {
            collecting.take(block);
        }
    } catch (const connectors::PutOff& why) {
        return base::Fault{mapping.name, why.what()};
    } catch (const base::ConnectorError& error) {
        return base::Fault{mapping.name, error.what()};
    }
    if (collecting.fault()) {
        return *collecting.fault();
    }
    return out;
}

}  // namespace hrbridge::app
