#include "migration/check/violation.h"

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "migration/check/stream.h"

namespace hrbridge::check {
namespace {

class Reading {
  public:
    explicit Reading(store::sql::Connection& connection) : connection_(connection) {
        connection_.begin_reading();
    }
    ~Reading() { connection_.rollback(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

  private:
    store::sql::Connection& connection_;
};

// Of rows: id, the parts of the key, the field's value when there is one.
Located located(const Entity& entity, const store::sql::Rows& row, const std::string& field) {
    Located out;
    out.entity = entity.name();
    out.field = field;
    const std::size_t parts = entity.table().key.size();
    for (std::size_t i = 0; i < parts; ++i) {
        const std::string text = shown_text(row.value(static_cast<int>(i) + 1));
        out.key += i == 0 ? "" : "/";
        out.key += entity.key_is_personal(i) ? base::mask(text) : text;
    }
    if (field.empty() || entity.need(field).sealed) {
        return out;
    }
    const base::Value value = row.value(static_cast<int>(parts) + 1);
    if (!std::holds_alternative<base::Null>(value)) {
        out.value = entity.is_personal(field) ? base::mask(shown_text(value)) : shown_text(value);
    }
    return out;
}

// The columns that located() reads, and the joins that they need.
std::string located_from(const Entity& entity, const std::string& field, std::string& order) {
    std::string joins;
    std::string columns = "e.id";
    for (const std::string& part : entity.key_parts("e", joins)) {
        columns += ", " + part;
        order += (order.empty() ? "" : ", ") + part;
    }
    if (!field.empty() && !entity.need(field).sealed) {
        columns += ", " + entity.shown(field, "e", joins);
    }
    return fmt::format("{} FROM {} e{}", columns, as_name(entity.name()), joins);
}

std::vector<FoundRow> found_rows(const Scope& scope,
                                 const Entity& entity,
                                 const std::string& field,
                                 const std::string& with,
                                 const std::string& condition,
                                 const std::vector<base::Value>& values = {}) {
    std::string order;
    const std::string from = located_from(entity, field, order);
    std::vector<FoundRow> out;
    const auto rows =
        scope.connection.query(fmt::format("{}SELECT {} WHERE {} ORDER BY {} LIMIT {}",
                                           with,
                                           from,
                                           condition,
                                           order,
                                           scope.examples),
                               values);
    while (rows->next()) {
        out.push_back({rows->integer(0), located(entity, *rows, field)});
    }
    return out;
}

// Of a SELECT that gives one whole number.
std::int64_t counted(const Scope& scope,
                     const std::string& select,
                     const std::vector<base::Value>& values) {
    const bool remembered = scope.counts != nullptr && values.empty();
    if (remembered) {
        const auto known = scope.counts->find(select);
        if (known != scope.counts->end()) {
            return known->second;
        }
    }
    const auto rows = scope.connection.query(select, values);
    rows->next();
    const std::int64_t count = rows->integer(0);
    if (remembered) {
        scope.counts->emplace(select, count);
    }
    return count;
}

}  // namespace

std::string id_list(const std::vector<std::int64_t>& ids) {
    return fmt::format("{}", fmt::join(ids, ", "));
}

std::string with_clause(const Violation& violation) {
    return fmt::format("WITH RECURSIVE checked AS ({}){}, broken AS ({}) ",
                       violation.checked,
                       violation.beside,
                       violation.rows);
}

std::int64_t count_rows(const Scope& scope, const std::string& select) {
    return counted(scope, fmt::format("SELECT count(*) FROM ({}) c", select), {});
}

Found find_rows(const Scope& scope, const Entity& entity, const Violation& violation) {
    Found found;
    found.examined = count_rows(scope, entity.rows({}, violation.where));
    const std::string with = with_clause(violation);
    found.failed = counted(scope,
                           with + "SELECT count(*) FROM (SELECT DISTINCT row_no FROM broken) b",
                           violation.values);
    if (found.failed > 0) {
        found.rows = found_rows(scope,
                                entity,
                                violation.field,
                                with,
                                "e.id IN (SELECT row_no FROM broken)",
                                violation.values);
    }
    return found;
}

std::vector<FoundRow> locate(const Scope& scope,
                             const Entity& entity,
                             const std::vector<std::int64_t>& ids,
                             const std::string& field) {
    if (ids.empty()) {
        return {};
    }
    return found_rows(scope, entity, field, "", fmt::format("e.id IN ({})", id_list(ids)));
}

Verdict judge(const Scope& scope, Verdict verdict, const std::function<void(Verdict&)>& work) {
    const Verdict blank = verdict;
    const auto not_checked = [&](Note why, std::vector<Located> where = {}) {
        verdict = blank;
        verdict.outcome = Outcome::NotChecked;
        verdict.why = std::move(why);
        verdict.where = std::move(where);
        verdict.next = {"next_not_checked", {}};
    };
    try {
        const Reading reading(scope.connection);
        work(verdict);
        verdict.outcome = verdict.failed == 0 ? Outcome::Pass : Outcome::Fail;
        if (verdict.failed > 0 && verdict.next.code.empty()) {
            verdict.next = {"next_rows", {}};
        }
    } catch (const CannotCheck& reason) {
        not_checked(reason.why(), reason.where());
    } catch (const base::StoreError& error) {
        not_checked({"store_refused", {{"code", error.code()}, {"what", error.what()}}});
    }
    return verdict;
}

void take(Verdict& verdict, Found found) {
    verdict.why = {"of_entity", {}};
    verdict.examined += found.examined;
    verdict.failed += found.failed;
    for (FoundRow& row : found.rows) {
        verdict.where.push_back(std::move(row.located));
    }
}

}  // namespace hrbridge::check
