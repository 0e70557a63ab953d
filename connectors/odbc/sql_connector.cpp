#include "connectors/odbc/sql_connector.h"

#include <algorithm>
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

SqlConnector::SqlConnector(Settings settings, connectors::SourceGuard guard, Parts parts)
    : settings_(std::move(settings)),
      guard_(std::move(guard)),
      parts_(parts),
      meter_(std::make_shared<connectors::SourceMeter>(
          settings_.name,
          guard_,
          connectors::SourceMeter::Parts{parts.clock, parts.metrics, settings_.linger})) {}

SqlConnector::~SqlConnector() = default;

HeldSession SqlConnector::login(const std::stop_token& stop,
                                const std::string& zone,
                                bool text_as_bytes,
                                std::int64_t fetch_rows) {
    HeldSession held{meter_->session(stop), {}};
    held.session = log_in({zone, guard_.query_seconds, text_as_bytes, fetch_rows});
    held.session.connection->measure_by(meter_);
    note(held.session);
    return held;
}

void SqlConnector::note(const Session& session) {
    for (const std::string& code : session.connection->notices()) {
        parts_.log.write(base::Level::Debug,
                         "the driver remarked on a call that succeeded",
                         std::vector<base::LogField>{{"source", settings_.name}, {"code", code}});
    }
}

void SqlConnector::check() {
    const HeldSession held = login();
    if (held.session.dialect.name != "generic" || !settings_.now_query.empty()) {
        return;
    }
    parts_.log.warning("unknown database: full reads only, unless now_query is set",
                       {{"source", settings_.name}});
}

base::Timestamp SqlConnector::now(const std::stop_token& stop) {
    const HeldSession held = login(stop);
    const Session& session = held.session;
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
    ReadingRate rate(meter_, parts_.clock, request.rows_per_second);
    HeldSession held =
        login(request.stop, request.zone, request.text_as_bytes, rate.at_once_or_none());
    Session& session = held.session;
    if (session.dialect.holds_results && !session.dialect.streams && dataset.key.empty()) {
        parts_.log.warning(
            "this driver holds the whole result in memory, since the mapping has no "
            "key to page by",
            {{"source", settings_.name}, {"mapping", dataset.place}});
    }
    begin_snapshot(session);
    return std::make_unique<Reader>(std::move(held), std::move(dataset), request, std::move(rate));
}

std::vector<std::string> SqlConnector::list_tables() {
    HeldSession held = login();
    return odbc::list_tables(held.session);
}

std::vector<base::DescribedColumn> SqlConnector::describe_table(const std::string& table) {
    HeldSession held = login();
    return odbc::describe_table(held.session, table);
}

std::vector<std::string> SqlConnector::key_columns(const std::string& table) {
    HeldSession held = login();
    return odbc::key_columns(held.session, table);
}

std::vector<std::string> SqlConnector::quoted(const std::vector<std::string>& names) {
    const HeldSession held = login();
    std::vector<std::string> out;
    for (const std::string& name : names) {
        out.push_back(column_name(held.session.dialect, name));
    }
    return out;
}

Sample SqlConnector::sample(const std::string& table, std::size_t rows) {
    HeldSession held = login();
    return {odbc::describe_table(held.session, table),
            odbc::sample_table(held.session, table, rows)};
}

}  // namespace hrbridge::odbc
