#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/wecom/checkin.h"
#include "connectors/wecom/checkin_plan.h"
#include "connectors/wecom/client.h"

namespace hrbridge::wecom {

// What one reading asks for.
struct CheckinQuery {
    CheckinPlan plan;
    int type = 1;  // opencheckindatatype
    std::size_t block_rows = 2000;
    std::size_t block_bytes = 8U << 20U;
    std::string position;  // first line of the block's position to go on behind; empty: the start
};

// Reads pass by pass, in each pass window by window, in each window people by people. A block's
// position holds the pass, the window, the last person of the chunks that are done and, within a
// chunk, the last row in the order of (userid, time, digest), then the plan's new people, one a
// line; so it stays right when the list of people changes.
class CheckinSource final : public connectors::Source {
  public:
    CheckinSource(Client& client, CallPacer& pacer, CheckinQuery query);

    const std::vector<base::DescribedColumn>& columns() const override { return checkin_columns(); }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;
    std::string memory() const override { return query_.plan.memory; }

  private:
    struct Cell {
        std::int64_t kind = 0;  // 0: text; base::RawColumn::kNull or kAbsent
        std::string text;
    };
    struct Row {
        std::string userid;
        std::int64_t time = 0;
        std::string digest;
        std::vector<Cell> cells;
        bool operator<(const Row& other) const;
    };
    struct Position {
        std::size_t pass = 0;
        std::int64_t window = 0;  // start
        std::string done;         // last person whose chunk is done in this window
        std::optional<Row> last;  // of the chunk behind `done`
    };

    std::optional<Position> parse_position(const std::string& text) const;
    std::string position_text() const;
    // Fetches the next chunk with rows; false at the end.
    bool fetch(const std::stop_token& stop);
    void take_rows(const Reply& reply);
    Reply call(const std::string& request, const std::stop_token& stop);
    std::string request_of(const std::vector<std::string>& users) const;
    std::int64_t window_end() const;
    const CheckinPass& pass() const { return query_.plan.passes[position_.pass]; }
    // Goes to the next pass that has something to read; false at the end.
    bool enter_pass();
    void end_chunk();

    Client& client_;
    CallPacer& pacer_;
    CheckinQuery query_;
    Position position_;
    std::string chunk_end_;  // last person of the chunk whose rows are pending; empty: none
    std::deque<Row> pending_;
};

}  // namespace hrbridge::wecom
