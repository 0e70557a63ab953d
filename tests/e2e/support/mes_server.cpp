#include "tests/e2e/support/mes_server.h"

#include <memory>
#include <stdexcept>

#include <libpq-fe.h>

#include "tests/e2e/support/source_table.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::e2e {
namespace {

using test::PostgresServer;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

constexpr const char* kTables = R"(
CREATE TABLE mes_operation (op_code varchar(16) PRIMARY KEY, op_name varchar(40) NOT NULL,
  op_kind varchar(8) NOT NULL);
CREATE TABLE mes_cause (cause_code varchar(16) PRIMARY KEY, cause_name varchar(40) NOT NULL,
  cause_class varchar(4) NOT NULL, controllable varchar(4) NOT NULL);
CREATE TABLE mes_work_order (order_no varchar(32) PRIMARY KEY, product varchar(80) NOT NULL,
  qty_ordered int NOT NULL, due_date date, updated_at timestamp NOT NULL);
CREATE TABLE mes_production (report_no varchar(32) PRIMARY KEY, emp_no varchar(20) NOT NULL,
  op_code varchar(16) NOT NULL, order_no varchar(32), work_date date NOT NULL, started_at timestamp,
  ended_at timestamp, machine varchar(16), material_lot varchar(32), shift varchar(4),
  qty_good int NOT NULL, qty_scrap int NOT NULL, qty_rework int NOT NULL, qty_target int,
  updated_at timestamp NOT NULL);
CREATE TABLE mes_defect (defect_no varchar(32) PRIMARY KEY, found_at timestamp NOT NULL,
  report_no varchar(32), found_by varchar(20), found_op varchar(16), cause_code varchar(16),
  qty int NOT NULL, disposition varchar(8) NOT NULL, updated_at timestamp NOT NULL);
)";

constexpr std::string_view kNow = "{now}";
constexpr std::string_view kSomeMinutesAgo =
    "date_trunc('second', now() AT TIME ZONE 'Asia/Shanghai' - interval '3 minutes')";

Connection connect(const std::string& database) {
    Connection connection(PQconnectdb(PostgresServer::instance().connection(database).c_str()),
                          PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        throw std::runtime_error("cannot reach the MES");
    }
    return connection;
}

void expect(const Connection& connection, PGresult* result, ExecStatusType wanted) {
    const ExecStatusType got = PQresultStatus(result);
    PQclear(result);
    if (got != wanted) {
        throw std::runtime_error(std::string("MES: ") + PQerrorMessage(connection.get()));
    }
}

}  // namespace

MesServer::MesServer(const app::demo::Company& company, app::demo::PlantedFaults& planted)
    : database_(PostgresServer::instance().create_database()) {
    const test::TempDir folder;
    app::demo::write_mes(company, folder.file("mes.db"), planted);
    execute(kTables);
    for (const char* table :
         {"mes_operation", "mes_cause", "mes_work_order", "mes_production", "mes_defect"}) {
        copy(folder.file("mes.db"), table);
    }
}

MesServer::~MesServer() {
    PostgresServer::instance().drop_database(database_);
}

void MesServer::execute(std::string sql) {
    for (std::size_t at = sql.find(kNow); at != std::string::npos; at = sql.find(kNow)) {
        sql.replace(at, kNow.size(), kSomeMinutesAgo);
    }
    const Connection connection = connect(database_);
    expect(connection, PQexec(connection.get(), sql.c_str()), PGRES_COMMAND_OK);
}

void MesServer::copy(const std::string& path, const std::string& table) {
    const Connection connection = connect(database_);
    const std::string lines = copy_lines(read_table(path, table));
    expect(connection,
           PQexec(connection.get(), ("COPY " + table + " FROM STDIN").c_str()),
           PGRES_COPY_IN);
    PQputCopyData(connection.get(), lines.data(), static_cast<int>(lines.size()));
    PQputCopyEnd(connection.get(), nullptr);
    expect(connection, PQgetResult(connection.get()), PGRES_COMMAND_OK);
}

}  // namespace hrbridge::e2e
