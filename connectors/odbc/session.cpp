#include "connectors/odbc/session.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

#include "connectors/odbc/connection_string.h"
#include "connectors/odbc/handle.h"

namespace hrbridge::odbc {
namespace {

void run_first_that_works(Connection& connection, const std::vector<std::string>& alternatives) {
    for (std::size_t at = 0; at < alternatives.size(); ++at) {
        try {
            Statement(connection).run(alternatives[at]);
            return;
        } catch (const base::ConnectorError& error) {
            const bool last = at + 1 == alternatives.size();
            if (last || error.remedy() == base::Remedy::Retry) {
                throw;
            }
        }
    }
}

// What the driver fetches ahead was sent at once, whatever of it is taken when.
void bound_fetches(Dialect& dialect, std::int64_t rows) {
    for (auto& [name, value] : dialect.attributes) {
        if (rows > 0 && name == dialect.fetch_attribute && rows < std::stoll(value)) {
            value = std::to_string(rows);
        }
    }
}

// Nothing at all where the driver's SQLCancel is a danger and no other way is known.
void choose_cancelling(OdbcConnection& connection, const Dialect& dialect, const Options& options) {
    if (dialect.cancels) {
        return;
    }
    std::function<void()> end = [] {};
    if (!dialect.end_statement.empty()) {
        Statement number(connection);
        number.run(dialect.session_number_query);
        const auto rows = number.all_rows();
        if (!rows.empty() && !rows.front().empty() && rows.front().front()) {
            end = [&api = connection.api(),
                   options,
                   attributes = dialect.attributes,
                   sql = fmt::format(fmt::runtime(dialect.end_statement), *rows.front().front())] {
                OdbcConnection other(api, options.name, options.password);
                other.open(connection_string(options, attributes), options.login_timeout_s);
                Statement(other).run(sql);
            };
        }
    }
    connection.cancel_by(std::move(end));
}

std::string first_guess(const Options& options, const std::string& known) {
    if (options.dialect != "auto") {
        return options.dialect;
    }
    return known.empty() ? dialect_of_driver(options.driver) : known;
}

}  // namespace

Session open_session(Api& api,
                     const Options& options,
                     const SessionSettings& settings,
                     const std::string& known) {
    const std::string guess = first_guess(options, known);
    auto opened = std::make_unique<OdbcConnection>(api, options.name, options.password);
    OdbcConnection& connection = *opened;
    Session session{std::move(opened), dialect_named(guess)};
    bound_fetches(session.dialect, settings.fetch_rows);
    connection.open(connection_string(options, session.dialect.attributes),
                    options.login_timeout_s);
    if (options.dialect == "auto") {
        const std::string found = dialect_of_product(connection.info_text(SQL_DBMS_NAME));
        if (found != session.dialect.name) {
            session.dialect = dialect_named(found);
            bound_fetches(session.dialect, settings.fetch_rows);
            if (!session.dialect.attributes.empty()) {
                connection.open(connection_string(options, session.dialect.attributes),
                                options.login_timeout_s);
            }
        }
    }
    if (!session.dialect.ends_statements) {
        connection.limit_statements(settings.query_seconds);
    }
    choose_cancelling(connection, session.dialect, options);
    if (session.dialect.name == "generic") {
        const std::uint32_t order = connection.info_bits(SQL_NULL_COLLATION);
        session.dialect.nulls_last = order == SQL_NC_HIGH || order == SQL_NC_END;
    }
    set_up_session(session, settings, options.session_statements);
    return session;
}

void set_up_session(Session& session,
                    const SessionSettings& settings,
                    const std::vector<std::string>& statements) {
    session.query_seconds = settings.query_seconds;
    for (const auto& alternatives : session.dialect.session(settings)) {
        run_first_that_works(*session.connection, alternatives);
    }
    for (const std::string& statement : statements) {
        Statement(*session.connection).run(statement);
    }
}

void begin_snapshot(Session& session) {
    for (const std::string& statement : session.dialect.before_snapshot) {
        Statement(*session.connection).run(statement);
    }
    if (session.dialect.manual_commit) {
        session.connection->set_manual_commit();
    }
    for (const std::string& statement : session.dialect.snapshot) {
        Statement(*session.connection).run(statement);
    }
}

}  // namespace hrbridge::odbc
