#include "daemon/store/key_rotation.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/content_move.h"
#include "daemon/store/id_page.h"
#include "daemon/store/sealed_columns.h"

namespace hrbridge::store {
namespace {

constexpr const char* kMapping = "(keys)";
constexpr std::string_view kStands =
    "SELECT count(*) FROM promotion p JOIN promotion_entity e ON e.promotion_id = p.id "
    "WHERE e.entity = $1 AND p.state = 'promoted' AND p.forgotten_at IS NULL";

// The ids of a step: behind `after`, up to `last`.
struct Range {
    std::int64_t after = 0;
    std::int64_t last = 0;
};

// Sealed by another key than the current one: an unsealed row of a reject has no version byte.
std::string stale(const SealedColumn& place, const std::string& prefix) {
    return fmt::format("{0} IS NOT NULL AND substr({0}, 1, 1) = $2 AND substr({0}, 1, {1}) <> $1",
                       place.column,
                       prefix.size());
}

// Rows as they are, and as they become, in the sums that the ledger was told.
class Moved {
  public:
    Moved(sql::Connection& connection, const SealedColumn& place) {
        if (place.entity) {
            move_.emplace(connection,
                          *place.entity,
                          place.versions ? ContentMove::Of::Versions : ContentMove::Of::Entity);
        }
    }
    void before(const Range& range) {
        if (move_) {
            move_->before(rows_of(range));
        }
    }
    void after(const Range& range) {
        if (move_) {
            move_->after(rows_of(range));
        }
    }
    void tell(const Rotation& rotation, const std::string& step) {
        if (move_) {
            move_->tell(rotation.seal_content, kMapping, step);
        }
    }

  private:
    static std::string rows_of(const Range& range) {
        return fmt::format("t.id > {} AND t.id <= {}", range.after, range.last);
    }

    std::optional<ContentMove> move_;
};

class ColumnRotation {
  public:
    ColumnRotation(sql::Connection& connection, const Rotation& rotation, const SealedColumn& place)
        : connection_(connection),
          rotation_(rotation),
          place_(place),
          prefix_(base::SealKeys::sealed_prefix(rotation.keys.current())),
          version_(prefix_.substr(0, 1)),
          stale_(stale(place, prefix_)) {}

    RotatedColumn run() {
        RotatedColumn out{place_.table, place_.column};
        reseal_all(out);
        out.left = count_left();
        if (out.left == 0) {
            out.kept = Kept::No;
        } else if (out.kept == Kept::No) {
            out.kept = Kept::Unreadable;
        }
        return out;
    }

  private:
    struct Sealed {
        std::int64_t id = 0;
        std::string former;
        std::string fresh;
    };

    // Whether a rollback would hold these rows against what a promotion left.
    bool has_rollback() {
        if (!place_.entity) {
            return false;
        }
        const auto rows = connection_.query(kStands, {place_.entity->name});
        return rows->next() && rows->integer(0) > 0;
    }

    std::int64_t count_left() {
        const auto rows =
            connection_.query(fmt::format("SELECT count(*) FROM {} WHERE {}", place_.table, stale_),
                              {bytes(prefix_), bytes(version_)});
        return rows->next() ? rows->integer(0) : 0;
    }

    static base::Value bytes(const std::string& text) { return base::Bytes{text}; }

    void reseal_all(RotatedColumn& out) {
        Range range;
        while (next(range)) {
            if (rotation_.stop.stop_requested()) {
                throw base::Stopped();
            }
            const auto changed = step(range);
            if (!changed) {
                out.kept = Kept::Rollback;
                return;
            }
            out.resealed += *changed;
            range.after = range.last;
        }
    }

    // False when nothing is left behind `after`.
    bool next(Range& range) {
        const base::Value values[] = {bytes(prefix_), bytes(version_), range.after};
        const auto end = page_end(
            connection_,
            fmt::format("SELECT id, length({}) FROM {} WHERE {} AND id > $3 ORDER BY id LIMIT {}",
                        place_.column,
                        place_.table,
                        stale_,
                        rotation_.rows_at_a_time),
            values);
        range.last = end.value_or(range.last);
        return end.has_value();
    }

    // nullopt: nothing may be sealed anew for a rollback's sake. Asked behind the locks, which a
    // promotion takes too.
    std::optional<std::int64_t> step(const Range& range) {
        sql::Transaction transaction(connection_);
        Moved moved(connection_, place_);
        if (rotation_.still_allowed) {
            rotation_.still_allowed(connection_);
        }
        if (has_rollback()) {
            return std::nullopt;
        }
        const std::vector<Sealed> rows = read(range);
        moved.before(range);
        std::int64_t changed = 0;
        // A value that somebody wrote meanwhile is left to him.
        for (const Sealed& row : rows) {
            changed += connection_.execute(
                fmt::format("UPDATE {0} SET {1} = $1 WHERE id = $2 AND {1} = $3",
                            place_.table,
                            place_.column),
                {bytes(row.fresh), row.id, bytes(row.former)});
        }
        if (changed > 0) {
            moved.after(range);
            moved.tell(rotation_,
                       fmt::format("hrbridge key rotation 1/{}.{}/{}/{}",
                                   place_.table,
                                   place_.column,
                                   rotation_.keys.current(),
                                   base::to_hex(rows.front().fresh)));
        }
        transaction.commit();
        return changed;
    }

    std::vector<Sealed> read(const Range& range) {
        std::vector<Sealed> out;
        const auto rows = connection_.query(
            fmt::format("SELECT id, {}, {} FROM {} WHERE {} AND id > $3 AND id <= $4",
                        place_.column,
                        place_.beside,
                        place_.table,
                        stale_),
            {bytes(prefix_), bytes(version_), range.after, range.last});
        while (rows->next()) {
            const auto place = place_.place(*rows);
            std::string former = rows->bytes(1);
            const auto plain = place ? rotation_.keys.open(former, *place)
                                     : base::Result<std::string>(base::Fault{});
            if (plain) {
                out.push_back({rows->integer(0), former, rotation_.keys.seal(*plain, *place)});
            }
        }
        return out;
    }

    sql::Connection& connection_;
    const Rotation& rotation_;
    const SealedColumn& place_;
    std::string prefix_;
    std::string version_;
    std::string stale_;
};

}  // namespace

std::vector<RotatedColumn> rotate_keys(sql::Connection& connection, const Rotation& rotation) {
    std::vector<RotatedColumn> out;
    for (const SealedColumn& place : sealed_columns(connection)) {
        out.push_back(ColumnRotation(connection, rotation, place).run());
    }
    const std::string prefix = base::SealKeys::sealed_prefix(rotation.keys.current());
    for (const auto& [table, column] : evidence_columns()) {
        const SealedColumn place{table, column, "", {}};
        const auto rows = connection.query(
            fmt::format("SELECT count(*) FROM {} WHERE {}", table, stale(place, prefix)),
            {base::Bytes{prefix}, base::Bytes{prefix.substr(0, 1)}});
        const std::int64_t left = rows->next() ? rows->integer(0) : 0;
        out.push_back({table, column, 0, left, left == 0 ? Kept::No : Kept::Evidence});
    }
    return out;
}

}  // namespace hrbridge::store
