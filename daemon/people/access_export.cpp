#include "daemon/people/access_export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "daemon/base/packed_row.h"
#include "daemon/base/text.h"
#include "daemon/people/findings.h"
#include "daemon/people/kept_rows.h"
#include "daemon/people/places.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::people {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that no text can hold are hex.
Json json_of(const base::Value& value) {
    if (std::holds_alternative<base::Null>(value)) {
        return nullptr;
    }
    if (const auto* const bytes = std::get_if<base::Bytes>(&value)) {
        return base::to_hex(bytes->data);
    }
    if (const auto* const number = std::get_if<std::int64_t>(&value)) {
        return *number;
    }
    if (const auto* const yes = std::get_if<bool>(&value)) {
        return *yes;
    }
    return base::to_string(value);
}

Json json_of_cell(const base::PackedCell& cell) {
    if (cell.length < 0) {
        return nullptr;
    }
    return base::is_valid_utf8(cell.bytes) ? Json(std::string(cell.bytes))
                                           : Json("0x" + base::to_hex(cell.bytes));
}

class Export {
  public:
    Export(const ExportParts& parts, const Person& person)
        : parts_(parts),
          connection_(parts.connection),
          person_(person),
          look_{parts.connection, parts.keys, parts.mappings, only(person, parts.keys)} {}

    Json run() {
        Json out{{"format", "hrbridge access export 1"},
                 {"made_at", base::to_string(parts_.now)},
                 {"person_no", person_.person_no}};
        out["data"] = entities();
        out["findings"] = findings();
        out["kpi_facts"] = rows_of("kpi_fact", {}, in_spells("spell_id"));
        out["messages"] = messages();
        out["refused_rows"] = refused();
        out["terminal_records"] = terminal_records();
        out["accounts"] = accounts_of(connection_, person_);
        return out;
    }

  private:
    Json entities() {
        Json all = Json::object();
        for (const Place& place : places_of(connection_)) {
            all[place.table.name] =
                rows_of(place.table.name, place.table, place.about(person_, "t"));
            if (place.table.has_history) {
                const std::string name = store::history_of(place.table.name);
                all[name] = rows_of(name, place.table, place.about(person_, "t"));
            }
        }
        return all;
    }

    // Without what the loader keeps beside the values; `entity` says what is sealed.
    Json rows_of(const std::string& name,
                 const store::EntityTable& entity,
                 const std::string& where) {
        std::vector<std::string> columns;
        for (const store::EntityColumn& column : store::table_columns(connection_, name)) {
            if (!is_loaders(column.name)) {
                columns.push_back(column.name);
            }
        }
        Json all = Json::array();
        const auto rows =
            connection_.query(fmt::format("SELECT t.{} FROM {} t WHERE {} ORDER BY t.id",
                                          fmt::join(columns, ", t."),
                                          name,
                                          where),
                              {});
        while (rows->next()) {
            Json row = Json::object();
            for (std::size_t i = 0; i < columns.size(); ++i) {
                row[columns[i]] = json_of(rows->value(static_cast<int>(i)));
            }
            open_sealed(entity, *rows, columns, row);
            all.push_back(std::move(row));
        }
        return all;
    }

    static bool is_loaders(const std::string& column) {
        return column == "row_hash" || column == "lineage" || column == "inputs_hash" ||
               column.starts_with("source_");
    }

    void open_sealed(const store::EntityTable& entity,
                     const store::sql::Rows& rows,
                     const std::vector<std::string>& columns,
                     Json& row) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto column =
                std::find_if(entity.columns.begin(), entity.columns.end(), [&](const auto& each) {
                    return each.sealed && each.name == columns[i];
                });
            const int place = static_cast<int>(i);
            if (column == entity.columns.end() || rows.is_null(place)) {
                continue;
            }
            const auto plain = parts_.keys.open(
                rows.bytes(place),
                store::seal_place(
                    entity.name, column->name, row[entity.key.front()].get<std::string>()));
            row[columns[i]] = plain ? Json(*plain) : Json("(no present key opens it)");
        }
    }

    Json findings() {
        Json all = rows_of("finding", {}, in_spells("spell_id"));
        for (Json& finding : all) {
            finding["evidence"] =
                Json::parse(finding["evidence"].get<std::string>(), nullptr, false);
            finding["notes"] =
                rows_of("finding_note",
                        {},
                        fmt::format("t.finding_id = {}", finding["id"].get<std::int64_t>()));
        }
        return all;
    }

    Json messages() {
        Json all = Json::array();
        for (const Spell& spell : person_.spells) {
            for (Json& row :
                 rows_of("outbox", {}, fmt::format("t.event_key LIKE '%-{}-____-__%'", spell.id))) {
                all.push_back(std::move(row));
            }
        }
        return all;
    }

    Json refused() {
        Json all = Json::array();
        for (const KeptRow& row : KeptRowsLook(look_).run()) {
            if (!row.about) {
                continue;
            }
            std::vector<base::PackedCell> cells;
            base::read_packed_row(row.packed, cells);
            Json values = Json::object();
            for (const base::PackedCell& cell : cells) {
                values[std::string(cell.name)] = json_of_cell(cell);
            }
            all.push_back({{"mapping", row.mapping->name}, {"cells", std::move(values)}});
        }
        return all;
    }

    Json terminal_records() {
        Json all = Json::array();
        for (const auto& [source, pin] : pins_of(look_)) {
            const auto rows = connection_.query(
                "SELECT serial, received_at, punched, status FROM terminal_record WHERE source = "
                "$1 "
                "AND pin = $2 ORDER BY id",
                {source, pin});
            while (rows->next()) {
                all.push_back({{"source", source},
                               {"terminal", rows->text(0)},
                               {"received_at", base::to_string(rows->timestamp(1))},
                               {"pin", pin},
                               {"punched", rows->optional_text(2).value_or("")},
                               {"status", rows->optional_text(3).value_or("")}});
            }
        }
        return all;
    }

    std::string in_spells(const std::string& column) const {
        std::vector<std::int64_t> ids{0};
        for (const Spell& spell : person_.spells) {
            ids.push_back(spell.id);
        }
        return fmt::format("t.{} IN ({})", column, fmt::join(ids, ", "));
    }

    const ExportParts& parts_;
    store::sql::Connection& connection_;
    const Person& person_;
    LookFor look_;
};

}  // namespace

std::string access_export(const ExportParts& parts, const Person& person) {
    const store::sql::Transaction transaction(parts.connection, store::sql::Reads::Snapshot);
    return Export(parts, person).run().dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hrbridge::people
