#include "daemon/people/erasure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/people/findings.h"
#include "daemon/people/left_over.h"
#include "daemon/people/obstacles.h"
#include "daemon/people/places.h"
#include "daemon/store/content_move.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/repositories.h"

namespace hrbridge::people {
namespace {

constexpr const char* kLedgerMapping = "(people)";
constexpr std::size_t kUidBytes = 16;
constexpr const char* kBegin =
    "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
    "rows_kept) VALUES ($1, $2, $3, $4, $5, $6, 0, 0) RETURNING id";
constexpr const char* kNumber =
    "INSERT INTO erased_number (field, digest, row_id, erasure_id) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (field, digest, row_id) DO NOTHING";

// Of one person.
class Erasure {
  public:
    Erasure(const ErasureParts& parts,
            const Person& person,
            const ErasureWish& wish,
            ErasureReport& report)
        : parts_(parts),
          connection_(parts.connection),
          person_(person),
          wish_(wish),
          report_(report) {}

    // What was found of him goes last: an evaluation under way fails at his employments, which are
    // others by then, and looks again.
    void run() {
        begin();
        const LeftOver left{connection_, person_, id_, parts_.zone};
        for (const Place& place : places_of(connection_)) {
            place.kept ? blank(place, left) : remove(place);
        }
        erase_findings(left, report_.deleted);
        forget_readings();
        for (std::string& account : accounts_of(connection_, person_)) {
            report_.accounts.push_back(std::move(account));
        }
        finish();
    }

  private:
    void begin() {
        const auto rows =
            connection_.query(kBegin,
                              {base::Bytes{uid_},
                               parts_.now,
                               wish_.actor,
                               std::string(to_string(wish_.cause)),
                               wish_.reason,
                               base::Bytes{parts_.keys.digest_check_value(parts_.keys.eldest())}});
        rows->next();
        id_ = rows->integer(0);
        report_.ids.push_back(id_);
    }

    void remove(const Place& place) {
        const std::string where = place.about(person_, "t");
        store::ContentMove move(connection_, place.table, store::ContentMove::Of::Entity);
        move.before(where);
        const std::int64_t rows = connection_.execute(
            fmt::format("DELETE FROM {} AS t WHERE {}", place.table.name, where), {});
        tell(move, place.table.name, rows);
        count(report_.deleted, deleted_, place.table.name, rows);
        remove_versions(place);
    }

    void blank(const Place& place, const LeftOver& left) {
        remove_versions(place);
        const std::string where = place.about(person_, "t");
        store::ContentMove move(connection_, place.table, store::ContentMove::Of::Entity);
        move.before(where);
        const std::string ids = ids_of(place.table.name, where);
        const std::int64_t rows = blank_rows(left, place.table.name, ids);
        move.after("t.id IN (" + ids + ")");
        tell(move, place.table.name, rows);
        count(report_.kept, kept_, place.table.name, rows);
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
        count(report_.deleted, deleted_, name, rows);
    }

    void tell(store::ContentMove& move, const std::string& table, std::int64_t rows) {
        if (rows > 0) {
            move.tell(parts_.seal_content,
                      kLedgerMapping,
                      fmt::format("hrbridge erasure 1/{}/{}", id_, table));
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
                      std::int64_t& sum,
                      const std::string& table,
                      std::int64_t rows) {
        if (rows > 0) {
            of[table] += rows;
            sum += rows;
        }
    }

    // A connector that keeps userids in what it remembers reads its source from the beginning.
    void forget_readings() {
        if (!person_.wecom_userid) {
            return;
        }
        std::vector<std::string> mappings;
        {
            const auto rows =
                connection_.query("SELECT mapping, memory, position FROM checkpoint", {});
            while (rows->next()) {
                if (has_part(rows->text(1)) || has_part(rows->text(2))) {
                    mappings.push_back(rows->text(0));
                }
            }
        }
        for (const std::string& mapping : mappings) {
            connection_.execute(
                "UPDATE checkpoint SET memory = '', position = '' WHERE mapping = $1", {mapping});
        }
    }

    bool has_part(const std::string& text) const {
        for (const std::string_view line : base::split(text, '\n')) {
            for (const std::string_view part : base::split(line, '|')) {
                if (base::same_name(part, *person_.wecom_userid)) {
                    return true;
                }
            }
        }
        return false;
    }

    void finish() {
        base::KeyedDigest digest = parts_.keys.digest(store::kErasedPurpose);
        Numbers numbers;
        for (const NumberOf& number : numbers_of(person_)) {
            numbers.emplace_back(number.field,
                                 store::erased_digest(digest, number.field, number.number));
            connection_.execute(
                kNumber, {number.field, base::Bytes{numbers.back().second}, number.row, id_});
        }
        connection_.execute("UPDATE erasure SET rows_deleted = $2, rows_kept = $3 WHERE id = $1",
                            {id_, deleted_, kept_});
        store::AuditRepository(connection_)
            .add(wish_.actor,
                 "person.erase",
                 fmt::format("erasure {}", id_),
                 to_string(wish_.cause),
                 parts_.now);
        if (wish_.seen) {
            wish_.seen(uid_, numbers);
        }
        if (wish_.noted) {
            wish_.noted(uid_, numbers);
        }
    }

    const ErasureParts& parts_;
    store::sql::Connection& connection_;
    const Person& person_;
    const ErasureWish& wish_;
    ErasureReport& report_;
    std::string uid_ = base::random_bytes(kUidBytes);
    std::int64_t id_ = 0;
    std::int64_t deleted_ = 0;
    std::int64_t kept_ = 0;
};

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

// Asked behind begin_erasure(), for which a new hold and the batch of a new employment wait.
ErasureReport erase(const ErasureParts& parts,
                    const std::vector<std::int64_t>& people,
                    const ErasureWish& wish,
                    bool dry_run) {
    ErasureReport report;
    store::sql::Transaction transaction(parts.connection);
    store::begin_erasure(parts.connection);
    parts.still_allowed(parts.connection);
    for (const std::int64_t id : people) {
        const auto person = read_person(parts.connection, id);
        if (!person) {
            continue;
        }
        if (!hold_of(parts.connection, id).empty() ||
            (wish.still_due && !wish.still_due(*person))) {
            ++report.left;
            continue;
        }
        Erasure(parts, *person, wish, report).run();
    }
    if (!dry_run) {
        transaction.commit();
    }
    return report;
}

}  // namespace hrbridge::people
