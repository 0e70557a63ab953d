#include "daemon/app/demo/attendance_source.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/row_hash.h"

namespace hrbridge::app::demo {
namespace {

constexpr std::size_t kMaxPage = 2000;

std::size_t number_or(const std::string& text, std::size_t otherwise) {
    std::size_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<base::Date> dates_of(const Company& company) {
    std::vector<base::Date> dates;
    for (base::Date day = company.months.front(); day < month_start(company.today);
         day += std::chrono::days(1)) {
        if (is_workday(day)) {
            dates.push_back(day);
        }
    }
    return dates;
}

// A day's result follows from person and date alone, so any page can be given at any time.
nlohmann::json day_of(const Person& person, base::Date date) {
    const std::string day = base::to_string(date);
    const std::uint64_t dice = base::hash64(person.number + day);
    const bool absent = dice % 67 == 0;
    const int late = !absent && dice % 29 == 1 ? static_cast<int>(dice / 29 % 25) + 1 : 0;
    return {{"employee_no", person.number},
            {"work_date", day},
            {"day_class", "WORK"},
            {"scheduled_minutes", 480},
            {"worked_minutes", absent ? 0 : 480 - late + static_cast<int>(dice / 1000 % 40)},
            {"late_minutes", late},
            {"early_minutes", 0},
            {"absent_minutes", absent ? 480 : 0},
            {"changed_at", day + " 18:30:00"}};
}

}  // namespace

AttendanceSource::AttendanceSource(const Company& company,
                                   const base::Secret& token,
                                   base::Log& log)
    : company_(company),
      token_(token),
      dates_(dates_of(company)),
      server_(
          {}, [this](const web::Request& request) { return answer(request); }, log) {}

std::string AttendanceSource::base_url() const {
    return fmt::format("http://127.0.0.1:{}", server_.port());
}

std::int64_t AttendanceSource::days() const {
    return static_cast<std::int64_t>(dates_.size() * company_.people.size());
}

web::Response AttendanceSource::answer(const web::Request& request) const {
    const auto authorization = request.headers.find("authorization");
    if (authorization == request.headers.end() ||
        authorization->second != "Bearer " + std::string(token_.reveal())) {
        return web::plain_text(401, "a bearer token is needed\n");
    }
    if (request.path != "/api/v1/attendance-days") {
        return web::plain_text(404, "no such resource\n");
    }
    const std::string from = request.query_value("changed_from").substr(0, 10);
    const std::string to = request.query_value("changed_to").substr(0, 10);
    const std::size_t limit = std::min(number_or(request.query_value("limit"), kMaxPage), kMaxPage);
    const std::size_t total = dates_.size() * company_.people.size();
    std::size_t index = number_or(request.query_value("cursor"), 0);
    nlohmann::json items = nlohmann::json::array();
    for (; index < total && items.size() < limit; ++index) {
        const base::Date date = dates_[index / company_.people.size()];
        const std::string day = base::to_string(date);
        if ((from.empty() || day >= from) && (to.empty() || day <= to)) {
            items.push_back(day_of(company_.people[index % company_.people.size()], date));
        }
    }
    nlohmann::json body;
    body["data"]["items"] = std::move(items);
    body["data"]["next_cursor"] =
        index < total ? nlohmann::json(std::to_string(index)) : nlohmann::json();
    web::Response response;
    response.content_type = "application/json";
    response.body = body.dump();
    return response;
}

}  // namespace hrbridge::app::demo
