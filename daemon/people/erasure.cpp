#include "daemon/people/erasure.h"

#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/ids.h"
#include "daemon/people/kept_rows.h"
#include "daemon/people/left_over.h"
#include "daemon/people/other_rows.h"
#include "daemon/people/places.h"
#include "daemon/store/content_move.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/repositories.h"

namespace hrbridge::people {
namespace {

constexpr const char* kLedgerMapping = "(people)";
constexpr const char* kBegin =
    "INSERT INTO erasure (erased_at, actor, cause, reason, digests_by, rows_deleted, rows_kept) "
    "VALUES ($1, $2, $3, $4, $5, 0, 0) RETURNING id";
constexpr const char* kNumber =
    "INSERT INTO erased_number (field, digest, row_id, erasure_id) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (field, digest) DO NOTHING";

class Erasure {
  public:
    Erasure(const ErasureParts& parts, const Person& person, const ErasureWish& wish)
        : parts_(parts), connection_(parts.connection), person_(person), wish_(wish) {}

    ErasureReport run() {
        parts_.still_allowed(connection_);
        begin();
        erase_findings({connection_, person_, report_.id}, report_.deleted);
        KeptRowsErasure(connection_, parts_.keys, parts_.mappings, person_).run(report_);
        erase_received({connection_, parts_.keys, parts_.mappings}, person_, report_.deleted);
        for (const Place& place : places_of(connection_)) {
            place.kept ? blank(place) : remove(place);
        }
        report_.accounts = accounts_of(connection_, person_);
        finish();
        return std::move(report_);
    }

  private:
    void begin() {
        const auto rows =
            connection_.query(kBegin,
                              {parts_.now,
                               wish_.actor,
                               std::string(to_string(wish_.cause)),
                               wish_.reason,
                               base::Bytes{parts_.keys.digest_check_value(parts_.keys.eldest())}});
        rows->next();
        report_.id = rows->integer(0);
    }

    void remove(const Place& place) {
        const std::string where = place.about(person_, "t");
        store::ContentMove move(connection_, place.table, store::ContentMove::Of::Entity);
        move.before(where);
        forget_missing(place, where);
        const std::int64_t rows = connection_.execute(
            fmt::format("DELETE FROM {} AS t WHERE {}", place.table.name, where), {});
        tell(move, place.table.name, rows);
        count(report_.deleted, place.table.name, rows);
        remove_versions(place);
    }

    void blank(const Place& place) {
        remove_versions(place);
        const std::string where = place.about(person_, "t");
        store::ContentMove move(connection_, place.table, store::ContentMove::Of::Entity);
        move.before(where);
        const std::string ids = ids_of(place.table.name, where);
        const std::int64_t rows =
            blank_rows({connection_, person_, report_.id}, place.table.name, ids);
        move.after("t.id IN (" + ids + ")");
        tell(move, place.table.name, rows);
        count(report_.kept, place.table.name, rows);
    }

    void remove_versions(const Place& place) {
        if (!place.table.has_history) {
            return;
        }
        const std::string where = place.about(person_, "t");
        const std::string name = store::history_of(place.table.name);
        store::ContentMove move(connection_, place.table, store::ContentMove::Of::Versions);
        move.before(where);
        const std::int64_t rows =
            connection_.execute(fmt::format("DELETE FROM {} AS t WHERE {}", name, where), {});
        tell(move, name, rows);
        count(report_.deleted, name, rows);
    }

    // A row's id may be another row's later.
    void forget_missing(const Place& place, const std::string& where) {
        for (const engine::Mapping& mapping : parts_.mappings) {
            if (mapping.entity == place.table.name) {
                connection_.execute(
                    fmt::format("DELETE FROM sweep_missing WHERE mapping = $1 AND row_id IN "
                                "(SELECT t.id FROM {} t WHERE {})",
                                place.table.name,
                                where),
                    {mapping.name});
            }
        }
    }

    void tell(store::ContentMove& move, const std::string& table, std::int64_t rows) {
        if (rows > 0) {
            move.tell(parts_.seal_content,
                      kLedgerMapping,
                      fmt::format("hrbridge erasure 1/{}/{}", report_.id, table));
        }
    }

    std::string ids_of(const std::string& table, const std::string& where) {
        std::vector<std::int64_t> ids{0};
        const auto rows = connection_.query(
            fmt::format("SELECT t.id FROM {} t WHERE {} ORDER BY t.id", table, where), {});
        while (rows->next()) {
            ids.push_back(rows->integer(0));
        }
        return fmt::format("{}", fmt::join(ids, ", "));
    }

    static void count(std::map<std::string, std::int64_t>& of,
                      const std::string& table,
                      std::int64_t rows) {
        if (rows > 0) {
            of[table] += rows;
        }
    }

    void finish() {
        base::KeyedDigest digest = parts_.keys.digest(store::kErasedPurpose);
        std::vector<std::pair<std::string, std::string>> numbers;
        for (const NumberOf& number : numbers_of(person_)) {
            numbers.emplace_back(number.field,
                                 store::erased_digest(digest, number.field, number.number));
            connection_.execute(
                kNumber,
                {number.field, base::Bytes{numbers.back().second}, number.row, report_.id});
        }
        connection_.execute("UPDATE erasure SET rows_deleted = $2, rows_kept = $3 WHERE id = $1",
                            {report_.id, report_.rows_deleted(), report_.rows_kept()});
        connection_.execute("DELETE FROM legal_hold WHERE person_id = $1", {person_.id});
        store::AuditRepository(connection_)
            .add(wish_.actor,
                 "person.erase",
                 fmt::format("erasure {}", report_.id),
                 to_string(wish_.cause),
                 parts_.now);
        if (wish_.noted) {
            wish_.noted(numbers);
        }
    }

    const ErasureParts& parts_;
    store::sql::Connection& connection_;
    const Person& person_;
    const ErasureWish& wish_;
    ErasureReport report_;
};

std::int64_t sum_of(const std::map<std::string, std::int64_t>& rows) {
    return std::accumulate(
        rows.begin(), rows.end(), std::int64_t{0}, [](auto sum, const auto& each) {
            return sum + each.second;
        });
}

}  // namespace

const char* to_string(Cause cause) {
    switch (cause) {
        case Cause::Request:
            return "request";
        case Cause::Retention:
            return "retention";
        case Cause::Restore:
            return "restore";
    }
    return "";
}

std::int64_t ErasureReport::rows_deleted() const {
    return sum_of(deleted);
}

std::int64_t ErasureReport::rows_kept() const {
    return sum_of(kept);
}

ErasureReport erase(const ErasureParts& parts,
                    const Person& person,
                    const ErasureWish& wish,
                    bool dry_run) {
    store::sql::Transaction transaction(parts.connection);
    ErasureReport report = Erasure(parts, person, wish).run();
    if (!dry_run) {
        transaction.commit();
    }
    return report;
}

}  // namespace hrbridge::people
