#include "connectors/odbc/sql_connector.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "connectors/odbc/catalog.h"
#include "connectors/odbc/reader.h"
#include "connectors/odbc/select_list.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {
namespace {

std::vector<std::vector<std::optional<std::string>>> ask(Connection& connection,
                                                         const std::string& query,
                                                         const std::stop_token& stop) {
    Statement statement(connection);
    const std::stop_callback cancel(stop, [&statement] { statement.cancel(); });
    try {
        statement.run(query);
        return statement.all_rows();
    } catch (const base::ConnectorError&) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        throw;
    }
}

}  // namespace

// The sessions that a source allows; each is given back when its holder lets go.
class SqlConnector::Slots : public std::enable_shared_from_this<Slots> {
  public:
    explicit Slots(int free) : free_(std::max(1, free)) {}

    // nullptr when none became free in time.
    std::shared_ptr<void> take(std::chrono::seconds patience) {
        std::unique_lock lock(mutex_);
        if (!freed_.wait_for(lock, patience, [this] { return free_ > 0; })) {
            return nullptr;
        }
        --free_;
        return {this, [self = shared_from_this()](void*) { self->give_back(); }};
    }

  private:
    void give_back() {
        const std::lock_guard lock(mutex_);
        ++free_;
        freed_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable freed_;
    int free_;
};

SqlConnector::SqlConnector(Settings settings, connectors::SourceGuard guard, Parts parts)
    : settings_(std::move(settings)),
      guard_(std::move(guard)),
      parts_(parts),
      slots_(std::make_shared<Slots>(guard_.sessions)) {}

SqlConnector::~SqlConnector() = default;

Session SqlConnector::login(const std::string& zone, bool text_as_bytes) {
    Session session = log_in({zone, guard_.query_seconds, text_as_bytes});
    note(session);
    return session;
}

void SqlConnector::note(const Session& session) {
    for (const std::string& code : session.connection->notices()) {
        parts_.log.write(base::Level::Debug,
                         "the driver remarked on a call that succeeded",
                         std::vector<base::LogField>{{"source", settings_.name}, {"code", code}});
    }
}

void SqlConnector::check() {
    Session session = login("");
    if (session.dialect.name != "generic" || !settings_.now_query.empty()) {
        return;
    }
    parts_.log.warning("unknown database: full reads only, unless now_query is set",
                       {{"source", settings_.name}});
}

base::Timestamp SqlConnector::now(const std::stop_token& stop) {
    Session session = login("");
    const std::string query =
        settings_.now_query.empty() ? session.dialect.now_query : settings_.now_query;
    if (query.empty()) {
        session.connection->fail("clock",
                                 base::Remedy::Stop,
                                 "this database's clock is not known; set now_query to a SELECT "
                                 "that gives its UTC time as text");
    }
    const auto rows = ask(*session.connection, query, stop);
    std::optional<base::LocalTime> time;
    if (rows.size() == 1 && rows.front().size() == 1 && rows.front().front()) {
        time = base::parse_local_time(*rows.front().front());
    }
    if (!time) {
        session.connection->fail("clock",
                                 base::Remedy::Stop,
                                 "the clock query did not give one \"YYYY-MM-DD HH:MM:SS.ffffff\"");
    }
    return base::Zone::utc().to_instant(*time);
}

base::Faults SqlConnector::validate(const base::YamlNode& dataset) const {
    base::Faults faults;
    static_cast<void>(read_dataset(dataset, faults));
    return faults;
}

std::unique_ptr<connectors::Source> SqlConnector::open(const connectors::ReadRequest& request) {
    base::Faults faults;
    Dataset dataset = read_dataset(*request.dataset, faults);
    if (!faults.empty()) {
        throw base::ConnectorError(
            settings_.name,
            "mapping",
            base::Remedy::Stop,
            fmt::format("{}: {}", faults.front().where, faults.front().what));
    }
    dataset.key = request.key;
    if (const auto narrow =
            request.only.empty()
                ? std::nullopt
                : narrow_select(request.dataset->find("query")->text, request.only)) {
        dataset.query = QueryTemplate::parse(*narrow, dataset.place, faults);
    }
    std::shared_ptr<void> slot = slots_->take(std::chrono::seconds(settings_.login_timeout_s));
    if (slot == nullptr) {
        throw base::ConnectorError(
            settings_.name,
            "sessions",
            base::Remedy::Retry,
            fmt::format("{}: all {} allowed sessions are in use", settings_.name, guard_.sessions));
    }
    Session session = login(request.zone, request.text_as_bytes);
    if (session.dialect.holds_results && !session.dialect.streams && dataset.key.empty()) {
        parts_.log.warning(
            "this driver holds the whole result in memory, since the mapping has no "
            "key to page by",
            {{"source", settings_.name}, {"mapping", dataset.place}});
    }
    begin_snapshot(session);
    return std::make_unique<Reader>(std::move(session),
                                    std::move(dataset),
                                    request,
                                    Pacer(parts_.clock, guard_.rows_per_second),
                                    std::move(slot));
}

std::vector<std::string> SqlConnector::list_tables() {
    Session session = login("");
    return odbc::list_tables(session);
}

std::vector<base::DescribedColumn> SqlConnector::describe_table(const std::string& table) {
    Session session = login("");
    return odbc::describe_table(session, table);
}

std::vector<std::string> SqlConnector::key_columns(const std::string& table) {
    Session session = login("");
    return odbc::key_columns(session, table);
}

std::vector<std::string> SqlConnector::quoted(const std::vector<std::string>& names) {
    const Session session = login("");
    std::vector<std::string> out;
    for (const std::string& name : names) {
        out.push_back(column_name(session.dialect, name));
    }
    return out;
}

Sample SqlConnector::sample(const std::string& table, std::size_t rows) {
    Session session = login("");
    return {odbc::describe_table(session, table), odbc::sample_table(session, table, rows)};
}

}  // namespace hrbridge::odbc
