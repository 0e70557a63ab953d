#include "connectors/wecom/checkin.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "connectors/wecom/checkin_source.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kDefaultDays = 90;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kPlatformOffset = 8 * 3600;
constexpr std::chrono::milliseconds kCallInterval{101};

std::int64_t floor_seconds(base::Timestamp at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

std::int64_t ceil_seconds(base::Timestamp at) {
    return std::chrono::ceil<seconds>(at).time_since_epoch().count();
}

int type_number(const std::string& name) {
    if (name == "outdoor") {
        return 2;
    }
    return name == "all" ? 3 : 1;
}

struct Dataset {
    std::string type = "attendance";
    std::string users_file;
    std::optional<base::Date> from;
};

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults) {
    Dataset dataset;
    base::YamlReader reader(&node, "source", faults);
    for (const std::string_view shared : {"conn", "read_as", "key", "columns", "drift"}) {
        reader.child(shared);
    }
    dataset.type = reader.choice("type", {"attendance", "outdoor", "all"}).value_or(dataset.type);
    if (const auto file = reader.text("users")) {
        const std::filesystem::path folder = std::filesystem::path(node.file).parent_path();
        dataset.users_file = (folder / *file).string();
        if (!std::filesystem::exists(dataset.users_file)) {
            reader.fault("users", "there is no such file beside the mapping: one userid a line");
        }
    }
    if (const auto day = reader.text("from")) {
        dataset.from = base::parse_date(*day);
        if (!dataset.from) {
            reader.fault("from", "must be a day, YYYY-MM-DD");
        }
    }
    reader.finish();
    return dataset;
}

std::vector<std::string> read_users(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        throw base::ConnectorError(
            "wecom", "users", base::Remedy::Stop, "the file of userids cannot be read: " + path);
    }
    std::vector<std::string> users;
    std::string line;
    while (std::getline(file, line)) {
        const std::string_view user = base::trim(line);
        if (!user.empty() && user.front() != '#') {
            users.emplace_back(user);
        }
    }
    return users;
}

base::Timestamp at_second(std::int64_t second) {
    return base::Timestamp(seconds(second));
}

// Of a position: where the reading stands; behind it stand the people it reads for the first time.
std::string first_line(const std::string& position) {
    return position.substr(0, position.find('\n'));
}

std::vector<base::DescribedColumn> make_columns() {
    std::vector<base::DescribedColumn> columns;
    for (const char* name : {"userid",
                             "groupname",
                             "checkin_type",
                             "exception_type",
                             "checkin_time",
                             "location_title",
                             "location_detail",
                             "wifiname",
                             "wifimac",
                             "notes",
                             "deviceid",
                             "lat",
                             "lng",
                             "sch_checkin_time",
                             "groupid",
                             "schedule_id",
                             "timeline_id"}) {
        columns.push_back({name, "varchar", 0, 0, true});
    }
    return columns;
}

}  // namespace

const std::vector<base::DescribedColumn>& checkin_columns() {
    static const std::vector<base::DescribedColumn> kColumns = make_columns();
    return kColumns;
}

void CallPacer::wait(const std::stop_token& stop) {
    std::chrono::nanoseconds turn{0};
    {
        const std::scoped_lock lock(mutex_);
        turn = std::max(next_, clock_.monotonic());
        next_ = turn + kCallInterval;
    }
    const std::chrono::nanoseconds pause = turn - clock_.monotonic();
    if (stop.stop_requested() || (pause.count() > 0 && !clock_.sleep(pause, stop))) {
        throw base::Stopped();
    }
}

void CheckinConnector::check() {
    const std::vector<std::string> users =
        users_ ? users_(pacer_.clock().now()) : std::vector<std::string>{};
    if (users.empty()) {
        require_ok("get_api_domain_ip", client_.get("get_api_domain_ip", ""));
        return;
    }
    // Only a real call shows whether the app may use the check-in API (48002).
    CheckinQuery query;
    const std::int64_t to = floor_seconds(pacer_.clock().now());
    query.plan.passes = {{{users.front()}, to - 1, to}};
    base::RawBlock block;
    CheckinSource(client_, pacer_, std::move(query)).read(block, std::stop_token{});
}

base::Faults CheckinConnector::validate(const base::YamlNode& dataset) const {
    base::Faults faults;
    const Dataset read = read_dataset(dataset, faults);
    if (read.users_file.empty() && !users_) {
        faults.push_back({dataset.place(), "users: is missing: a file with one userid a line"});
    }
    return faults;
}

CheckinPlan CheckinConnector::plan(const std::string& users_file,
                                   const CheckinBounds& bounds,
                                   const connectors::ReadRequest& request) const {
    std::vector<std::string> everyone;
    std::vector<std::string> current;
    if (!users_file.empty()) {
        current = everyone = read_users(users_file);
    } else if (users_) {
        everyone = users_(at_second(bounds.first));
        current = users_(at_second(bounds.from));
    }
    if (everyone.empty()) {
        throw base::ConnectorError(
            "wecom",
            "users",
            base::Remedy::Retry,
            users_file.empty()
                ? "nobody in the store has a WeCom userid and a spell of employment in this time; "
                  "bring persons and spells into the store first"
                : "the file of userids names nobody: " + users_file);
    }
    const auto fresh = split_users(request.after.substr(first_line(request.after).size()));
    return plan_checkins(std::move(everyone),
                         std::move(current),
                         request.memory,
                         request.after.empty() ? nullptr : &fresh,
                         bounds);
}

std::unique_ptr<connectors::Source> CheckinConnector::open(const connectors::ReadRequest& request) {
    Dataset dataset;
    if (request.dataset != nullptr) {
        base::Faults faults;
        dataset = read_dataset(*request.dataset, faults);
        if (!faults.empty()) {
            throw base::ConnectorError("wecom",
                                       "dataset",
                                       base::Remedy::Stop,
                                       faults.front().where + ": " + faults.front().what);
        }
    }
    const std::int64_t to =
        ceil_seconds(request.window ? request.window->to : pacer_.clock().now());
    std::int64_t first = to - kDefaultDays * kDaySeconds;
    if (dataset.from) {
        first = dataset.from->time_since_epoch().count() * kDaySeconds - kPlatformOffset;
    }
    std::int64_t from = first;
    if (request.window && request.window->from) {
        from = floor_seconds(*request.window->from);
        first = std::min(first, from);
    }
    CheckinQuery query;
    query.type = type_number(dataset.type);
    query.plan = plan(dataset.users_file, {first, from, to}, request);
    query.position = first_line(request.after);
    query.block_rows = std::max<std::size_t>(request.block_rows, 1);
    query.block_bytes = request.block_bytes;
    return std::make_unique<CheckinSource>(client_, pacer_, std::move(query));
}

}  // namespace hrbridge::wecom
