#include "connectors/wecom/checkin_source.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <tuple>
#include <utility>

#include "connectors/wecom/json.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

constexpr std::size_t kMostUsers = 100;
constexpr std::int64_t kWindowSeconds = 30 * 86'400;
constexpr int kMostTries = 4;
constexpr const char* kApi = "checkin/getcheckindata";

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end ? std::optional(value) : std::nullopt;
}

base::ConnectorError wrong_shape(const std::string& what) {
    return {"wecom", "shape", base::Remedy::Retry, std::string(kApi) + ": " + what};
}

}  // namespace

bool CheckinSource::Row::operator<(const Row& other) const {
    return std::tie(userid, time, digest) < std::tie(other.userid, other.time, other.digest);
}

CheckinSource::CheckinSource(Client& client, CallPacer& pacer, CheckinQuery query)
    : client_(client), pacer_(pacer), query_(std::move(query)) {
    position_.window = pass().from;
    if (!query_.position.empty()) {
        std::optional<Position> position = parse_position(query_.position);
        if (!position) {
            throw base::ConnectorError("wecom",
                                       "position",
                                       base::Remedy::Stop,
                                       "the checkpoint is not one of this connector; read in full");
        }
        position_ = std::move(*position);
    }
}

// "1|1714953600|zhangsan" or "1|1714953600|zhangsan|wangwu|1714960000|<digest>"; userids hold no
// '|'.
std::optional<CheckinSource::Position> CheckinSource::parse_position(
    const std::string& text) const {
    const std::vector<std::string_view> parts = base::split(text, '|');
    if (parts.size() != 3 && parts.size() != 6) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> pass = to_integer(parts[0]);
    const std::optional<std::int64_t> window = to_integer(parts[1]);
    const auto passes = static_cast<std::int64_t>(query_.plan.passes.size());
    if (!pass || *pass < 0 || *pass >= passes || !window) {
        return std::nullopt;
    }
    Position position{
        static_cast<std::size_t>(*pass), *window, std::string(parts[2]), std::nullopt};
    if (parts.size() == 6) {
        const std::optional<std::int64_t> time = to_integer(parts[4]);
        if (!time) {
            return std::nullopt;
        }
        position.last = Row{std::string(parts[3]), *time, std::string(parts[5]), {}};
    }
    return position;
}

std::string CheckinSource::position_text() const {
    std::string text = std::to_string(position_.pass) + "|" + std::to_string(position_.window) +
                       "|" + position_.done;
    if (position_.last) {
        text += "|" + position_.last->userid + "|" + std::to_string(position_.last->time) + "|" +
                position_.last->digest;
    }
    if (!query_.plan.fresh.empty()) {
        text += "\n" + join_users(query_.plan.fresh);
    }
    return text;
}

std::int64_t CheckinSource::window_end() const {
    return std::min(position_.window + kWindowSeconds, pass().to);
}

std::string CheckinSource::request_of(const std::vector<std::string>& users) const {
    nlohmann::ordered_json request;
    request["opencheckindatatype"] = query_.type;
    request["starttime"] = position_.window;
    // The platform's end counts; ours does not.
    request["endtime"] = window_end() - 1;
    request["useridlist"] = users;
    return request.dump();
}

Reply CheckinSource::call(const std::string& request, const std::stop_token& stop) {
    std::chrono::seconds pause{1};
    for (int attempt = 1;; ++attempt) {
        pacer_.wait(stop);
        Reply reply = client_.post(kApi, request);
        const Reaction reaction = rule_of(reply.errcode).reaction;
        const bool again = reaction == Reaction::RetrySoon || reaction == Reaction::RetryLater;
        if (!again || attempt == kMostTries) {
            require_ok(kApi, reply);
            return reply;
        }
        if (!pacer_.clock().sleep(pause, stop)) {
            throw base::Stopped();
        }
        pause *= 2;
    }
}

void CheckinSource::take_rows(const Reply& reply) {
    const nlohmann::json body = parse_object(reply.body);
    const auto found = body.find("checkindata");
    if (found == body.end()) {
        return;
    }
    if (!found->is_array()) {
        throw wrong_shape("checkindata is no list");
    }
    std::vector<Row> rows;
    for (const nlohmann::json& item : *found) {
        if (!item.is_object()) {
            throw wrong_shape("a record is no object");
        }
        Row row{text_of(item, "userid"),
                integer_of(item, "checkin_time").value_or(position_.window),
                base::to_hex(base::sha256(item.dump())),
                {}};
        const bool inside = row.time >= pass().from && row.time < pass().to;
        if (!inside || (position_.last && !(*position_.last < row))) {
            continue;
        }
        for (const base::DescribedColumn& column : checkin_columns()) {
            const auto value = item.find(column.name);
            if (value == item.end()) {
                row.cells.push_back({base::RawColumn::kAbsent, ""});
            } else if (value->is_null()) {
                row.cells.push_back({base::RawColumn::kNull, ""});
            } else {
                row.cells.push_back(
                    {0, value->is_string() ? value->get<std::string>() : value->dump()});
            }
        }
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end());
    const auto same = [](const Row& a, const Row& b) { return !(a < b) && !(b < a); };
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
    pending_.assign(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
}

void CheckinSource::end_chunk() {
    position_.done = std::move(chunk_end_);
    position_.last.reset();
    chunk_end_.clear();
    if (position_.done >= pass().users.back()) {
        position_.window = window_end();
        position_.done.clear();
    }
}

bool CheckinSource::enter_pass() {
    const std::size_t last = query_.plan.passes.size() - 1;
    while (pass().users.empty() || position_.window >= pass().to) {
        if (position_.pass == last) {
            return false;
        }
        const std::size_t next = position_.pass + 1;
        position_ = {next, query_.plan.passes[next].from, "", std::nullopt};
    }
    return true;
}

bool CheckinSource::fetch(const std::stop_token& stop) {
    while (enter_pass()) {
        const std::vector<std::string>& all = pass().users;
        const auto begin = std::upper_bound(all.begin(), all.end(), position_.done);
        const auto left = static_cast<std::size_t>(all.end() - begin);
        if (left == 0) {
            chunk_end_ = all.back();
            end_chunk();
            continue;
        }
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, kMostUsers));
        const std::vector<std::string> users(begin, end);
        take_rows(call(request_of(users), stop));
        chunk_end_ = users.back();
        if (!pending_.empty()) {
            return true;
        }
        end_chunk();
    }
    return false;
}

bool CheckinSource::read(base::RawBlock& block, const std::stop_token& stop) {
    block.clear();
    block.columns.resize(checkin_columns().size());
    for (base::RawColumn& column : block.columns) {
        column.use_packed();
    }
    if (pending_.empty() && !fetch(stop)) {
        return false;
    }
    std::size_t bytes = 0;
    while (!pending_.empty() && block.rows < query_.block_rows && bytes < query_.block_bytes) {
        Row row = std::move(pending_.front());
        pending_.pop_front();
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const Cell& cell = row.cells[i];
            if (cell.kind == base::RawColumn::kAbsent) {
                block.columns[i].append_absent();
            } else if (cell.kind == base::RawColumn::kNull) {
                block.columns[i].append_null();
            } else {
                block.columns[i].append(cell.text);
            }
            bytes += cell.text.size();
        }
        ++block.rows;
        row.cells.clear();
        position_.last = std::move(row);
    }
    if (pending_.empty()) {
        end_chunk();
    }
    block.position = position_text();
    return true;
}

}  // namespace hrbridge::wecom
