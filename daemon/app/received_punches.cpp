#include "daemon/app/received_punches.h"

#include <utility>

#include "daemon/base/error.h"
#include "daemon/store/terminal_inbox.h"

namespace hrbridge::app {
namespace {

iclock::Record record_of(model::TerminalRecord from) {
    return {from.id,
            std::move(from.serial),
            std::move(from.pin),
            std::move(from.punched),
            std::move(from.status),
            std::move(from.verify),
            std::move(from.workcode),
            from.utc_offset_s,
            from.received_at,
            from.ahead,
            std::move(from.problem),
            std::move(from.line)};
}

// For who reads a source, the store that holds it is the source.
template <typename Work>
auto as_source(const std::string& source, Work work) {
    try {
        return work();
    } catch (const base::StoreError& error) {
        throw base::ConnectorError(source, error.code(), error.remedy(), error.what());
    }
}

}  // namespace

std::int64_t ReceivedPunches::newest(const std::string& source) {
    return as_source(source, [&] {
        const auto connection = store_.connect();
        return store::TerminalInbox(*connection).newest(source);
    });
}

std::vector<iclock::Record> ReceivedPunches::read(const std::string& source,
                                                  std::int64_t behind,
                                                  std::int64_t until,
                                                  std::size_t limit) {
    return as_source(source, [&] {
        std::vector<iclock::Record> records;
        if (!keys_) {
            throw base::StoreError("seal_key",
                                   base::Remedy::Stop,
                                   "the punches cannot be opened: hrbridge.yaml has no seal_keys");
        }
        const auto connection = store_.connect();
        for (auto& each :
             store::TerminalInbox(*connection).read(source, behind, until, limit, *keys_)) {
            records.push_back(record_of(std::move(each)));
        }
        return records;
    });
}

}  // namespace hrbridge::app
