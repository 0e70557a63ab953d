#include "migration/spot_check/target_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/store/seal_place.h"
#include "migration/check/entity.h"
#include "migration/check/violation.h"
#include "migration/spot_check/source_reader.h"

namespace hrbridge::spot_check {
namespace {

constexpr std::size_t kRowsAtOnce = 500;

std::string text_of(const base::Value& value, const base::Zone& zone) {
    if (const auto* const instant = std::get_if<base::Timestamp>(&value)) {
        return base::to_string(zone.to_local(*instant));
    }
    if (const auto* const bytes = std::get_if<base::Bytes>(&value)) {
        return "0x" + base::to_hex(bytes->data);
    }
    return base::to_string(value);
}

class Reading {
  public:
    Reading(const check::Scope& scope, const check::Entity& entity, const base::Zone& zone)
        : scope_(scope), entity_(entity), zone_(zone) {
        std::string joins;
        std::string columns = "e.id";
        for (const std::string& part : entity.key_parts("e", joins)) {
            columns += ", " + part;
        }
        parts_ = entity.table().key.size();
        for (const store::EntityColumn& column : entity.table().columns) {
            if (is_loaded(column.name)) {
                columns += ", " + entity.shown(column.name, "e", joins);
                fields_.push_back(&column);
            }
        }
        select_ = fmt::format("SELECT {} FROM {} e{} WHERE {} AND e.id IN (",
                              columns,
                              check::as_name(entity.name()),
                              joins,
                              entity.live("e", ""));
    }

    void read(const std::vector<std::int64_t>& ids, std::map<std::int64_t, TargetRow>& out) const {
        const auto rows = scope_.connection.query(select_ + check::id_list(ids) + ")", {});
        while (rows->next()) {
            out[rows->integer(0)] = row(*rows);
        }
    }

  private:
    TargetRow row(const store::sql::Rows& rows) const {
        TargetRow out;
        out.content.entity = entity_.name();
        std::vector<base::Value> key;
        for (std::size_t i = 0; i < parts_; ++i) {
            key.push_back(rows.value(static_cast<int>(1 + i)));
            const std::string text = base::to_string(key.back());
            const char* const gap = i == 0 ? "" : "/";
            out.content.key += gap + text;
            out.content.shown_key += gap + (entity_.key_is_personal(i) ? base::mask(text) : text);
        }
        out.match = match_key(key);
        int place = static_cast<int>(1 + parts_);
        for (const store::EntityColumn* const column : fields_) {
            out.content.fields.push_back(field(*column, rows.value(place++), out.content.key));
        }
        return out;
    }

    // What no mapping of the module fills is no part of the migration.
    bool is_loaded(const std::string& field) const {
        return std::any_of(scope_.mappings.begin(), scope_.mappings.end(), [&](const auto* each) {
            return each->entity == entity_.name() &&
                   std::any_of(each->fields.begin(), each->fields.end(), [&](const auto& rule) {
                       return rule.target == field && rule.stored;
                   });
        });
    }

    SheetField field(const store::EntityColumn& column,
                     const base::Value& value,
                     const std::string& key) const {
        SheetField out;
        out.name = column.name;
        out.kind = column.sealed ? entity_.value_type(column.name).kind
                                 : entity_.shown_type(column.name).kind;
        out.personal = entity_.is_personal(column.name);
        const auto& parts = entity_.table().key;
        out.key = std::find(parts.begin(), parts.end(), column.name) != parts.end();
        out.critical = !out.key && (column.sealed || out.kind == base::Kind::Decimal ||
                                    out.kind == base::Kind::Date);
        if (std::holds_alternative<base::Null>(value)) {
            return out;
        }
        out.target = column.sealed ? opened(column.name, value, key) : text_of(value, zone_);
        return out;
    }

    std::string opened(const std::string& field,
                       const base::Value& value,
                       const std::string& key) const {
        const auto* const sealed = std::get_if<base::Bytes>(&value);
        if (scope_.keys == nullptr || sealed == nullptr) {
            throw check::CannotCheck({"no_keys", {{"field", field}}});
        }
        auto plain = scope_.keys->open(sealed->data, store::seal_place(entity_.name(), field, key));
        if (!plain) {
            throw check::CannotCheck({"cannot_open", {{"field", field}}});
        }
        return std::move(plain).value();
    }

    const check::Scope& scope_;
    const check::Entity& entity_;
    const base::Zone& zone_;
    std::size_t parts_ = 0;
    std::vector<const store::EntityColumn*> fields_;
    std::string select_;
};

}  // namespace

std::string match_key(std::span<const base::Value> parts) {
    base::RowHasher cells;
    for (const base::Value& part : parts) {
        if (std::holds_alternative<base::Null>(part)) {
            cells.add_null();
        } else {
            cells.add_text(base::to_string(part));
        }
    }
    return std::string(cells.canonical());
}

std::map<std::int64_t, TargetRow> read_target(const check::Scope& scope,
                                              const std::vector<store::EntityTable>& tables,
                                              const std::string& entity,
                                              const std::vector<std::int64_t>& ids,
                                              const base::Zone& zone) {
    const check::Entity looked_at(scope, tables, entity);
    const Reading reading(scope, looked_at, zone);
    std::map<std::int64_t, TargetRow> out;
    for (std::size_t begin = 0; begin < ids.size(); begin += kRowsAtOnce) {
        const std::size_t end = std::min(ids.size(), begin + kRowsAtOnce);
        reading.read({ids.begin() + static_cast<std::ptrdiff_t>(begin),
                      ids.begin() + static_cast<std::ptrdiff_t>(end)},
                     out);
    }
    return out;
}

}  // namespace hrbridge::spot_check
