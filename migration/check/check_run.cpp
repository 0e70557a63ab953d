#include "migration/check/check_run.h"

#include "daemon/base/error.h"

namespace hrbridge::check {

void forget_run(store::sql::Connection& connection, const std::string& check) {
    connection.execute("DELETE FROM check_run WHERE check_name = $1", {check});
}

void keep_run(store::sql::Connection& connection, const CheckRun& run) {
    forget_run(connection, run.check);
    connection.execute(
        "INSERT INTO check_run (check_name, plan_hash, mapping_set, content_root, quick, "
        "judged_at) VALUES ($1, $2, $3, $4, $5, $6)",
        {run.check,
         run.plan_hash,
         run.mapping_set,
         base::Bytes{std::string(run.content_root.view())},
         run.quick,
         run.judged_at});
}

std::vector<CheckRun> kept_runs(store::sql::Connection& connection) {
    std::vector<CheckRun> out;
    const auto rows = connection.query(
        "SELECT check_name, plan_hash, mapping_set, content_root, quick, judged_at FROM check_run "
        "ORDER BY check_name",
        {});
    while (rows->next()) {
        const auto root = ledger::Digest::from_bytes(rows->bytes(3));
        if (!root) {
            throw base::StoreError("check_run",
                                   base::Remedy::Stop,
                                   "the record of a check was changed from outside; check again");
        }
        out.push_back({rows->text(0),
                       rows->text(1),
                       rows->text(2),
                       *root,
                       rows->boolean(4),
                       rows->timestamp(5)});
    }
    return out;
}

}  // namespace hrbridge::check
