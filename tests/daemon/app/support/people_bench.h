#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/app/services.h"
#include "daemon/base/text.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"

namespace hrbridge::test {

// A company of three people with attendance and work, loaded from files, over a store of either
// kind: E1 has left, E2 works and was E1's subordinate, E3 found E1's defects.
class PeopleBench : public CommandBench {
  public:
    explicit PeopleBench(const std::string& kind) {
        std::filesystem::remove(folder.file("mappings/operation.map.yaml"));
        std::string store = "{kind: sqlite, path: hr.db}";
        options_.path = folder.file("hr.db");
        if (kind == "postgres") {
            database_ = PostgresServer::instance().create_database();
            options_ = {};
            options_.kind = kind;
            options_.connection = PostgresServer::instance().connection(database_);
            store = "{kind: postgres, connection: '" + options_.connection + "'}";
        }
        store_yaml_ = store;
        settings("");
        put_mappings();
        put_company();
    }
    PeopleBench(const PeopleBench&) = delete;
    PeopleBench& operator=(const PeopleBench&) = delete;
    ~PeopleBench() {
        if (!database_.empty()) {
            PostgresServer::instance().drop_database(database_);
        }
    }

    void settings(const std::string& more) const {
        folder.write(
            "hrbridge.yaml",
            "store: " + store_yaml_ +
                "\nseal_keys: {file: keys}\ncontrol_socket: control.sock\nbackup: {folder: "
                "backups}\nsources:\n  files: {kind: file, folder: in, stable: 1s}\n" +
                more);
    }
    // Text in a file of the source, as written an hour ago.
    void put(const std::string& name, const std::string& text) const {
        std::filesystem::last_write_time(
            folder.write("in/" + name + ".csv", text),
            std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    }
    void sync() const {
        const Ran ran = run({"sync", "all", "--full"});
        ASSERT_EQ(ran.exit, app::Exit::Done) << ran.out << ran.errors;
    }
    // A command that reads a number from its standard input.
    Ran people(const std::string& command,
               const std::string& number,
               const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words{"people", command};
        words.insert(words.end(), more.begin(), more.end());
        return run_program(words, folder.write("number", number + "\n"));
    }
    std::string list(const std::string& sql) const {
        const auto store = store::open_store(options_);
        const auto connection = store->connect();
        const auto rows = connection->query(sql, {});
        std::string text;
        while (rows->next()) {
            text += (text.empty() ? "" : " ") + base::to_string(rows->value(0));
        }
        return text;
    }
    // "table.column value" of every text in the store, but for digests in hex.
    std::vector<std::string> texts() const {
        const auto store = store::open_store(options_);
        const auto connection = store->connect();
        std::vector<std::string> tables;
        {
            const auto rows = connection->query(
                options_.kind == "sqlite"
                    ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                    : "SELECT CAST(table_name AS text) FROM information_schema.tables WHERE "
                      "table_schema = 'public'",
                {});
            while (rows->next()) {
                tables.push_back(rows->text(0));
            }
        }
        std::vector<std::string> all;
        for (const std::string& table : tables) {
            const auto columns = store::table_columns(*connection, table);
            const auto rows = connection->query("SELECT * FROM " + table, {});
            while (rows->next()) {
                for (std::size_t i = 0; i < columns.size(); ++i) {
                    const base::Value value = rows->value(static_cast<int>(i));
                    const auto* const text = std::get_if<std::string>(&value);
                    if (text != nullptr && !is_digest(*text)) {
                        all.push_back(table + "." + columns[i].name + " " + *text);
                    }
                }
            }
        }
        return all;
    }
    std::string count(const std::string& table) const {
        return list("SELECT count(*) FROM " + table);
    }
    void change(const std::string& sql) const {
        const auto store = store::open_store(options_);
        store->connect()->run_script(sql);
    }
    std::unique_ptr<app::Services> services() const {
        auto loaded = app::load_services(folder.file("hrbridge.yaml"), log_, clock_, metrics_);
        EXPECT_TRUE(loaded.services) << loaded.faults.size();
        return std::move(loaded.services);
    }
    // Makes the bytes of the one refused row such that no key opens them; gives what they were.
    std::string hide_rejects() const {
        const std::string packed = base::to_hex(bytes_of("SELECT packed_row FROM reject"));
        set_rejects(std::string(40, 'x'));
        return packed;
    }
    void show_rejects(const std::string& packed) const { set_rejects(*base::from_hex(packed)); }

  private:
    std::string bytes_of(const std::string& sql) const {
        const auto store = store::open_store(options_);
        const auto connection = store->connect();
        const auto rows = connection->query(sql, {});
        return rows->next() ? rows->bytes(0) : std::string();
    }
    void set_rejects(const std::string& packed) const {
        const auto store = store::open_store(options_);
        store->connect()->execute("UPDATE reject SET packed_row = $1", {base::Bytes{packed}});
    }

    void put_company() const {
        put("unit", "code,name,kind\nT1,Team 1,team\n");
        put("person",
            "no,name,idn,userid\nE1,An Hong,110101199003076632,an.hong\nE2,Bo Li,,bo\nE3,Cai "
            "Wu,,cai\n");
        put("spell",
            "emp,no,hire,leave,pay\nE1,E1,2019-03-17,2024-05-09,6500.00\nE2,E2,2020-01-01,,"
            "7000.00\nE3,E3,2020-01-01,,7000.00\n");
        put("assignment",
            "emp,unit,boss,since\nE1,T1,,2019-03-17\nE2,T1,E1,2020-01-01\nE3,T1,E2,2020-01-01\n");
        put("punch", "id,emp,at\n1,E1,2024-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n");
        put("operation", "code,name\nOP1,weld\n");
        put("fact", "id,emp,day,good\nF1,E1,2024-05-06,100\nF2,E2,2024-05-06,90\n");
        put("defect",
            "id,day,finder,maker\nD1,2024-05-06,E3,E1\nD2,2024-05-06,E1,E2\nD3,2024-05-06,E3,E2\n");
    }

    void put_mappings() const {
        mapping("unit",
                "org_unit",
                "code",
                "code",
                "  code: {from: code, type: text(32), id: F01}\n"
                "  name: {from: name, type: text(80), id: F02}\n"
                "  kind: {from: kind, type: text(16), id: F03}\n");
        mapping("person",
                "person",
                "no",
                "person_no",
                "  person_no: {from: no, do: [trim, upper], match: 'E\\d+', type: text(32), id: "
                "F01}\n"
                "  name: {from: name, type: text(80), match: '[A-Za-z ]+', pii: name, id: F02}\n"
                "  id_number: {from: idn, do: [empty_to_null], type: text(18), opt: true, pii: "
                "high, id: F03}\n"
                "  wecom_userid: {from: userid, do: [lower, empty_to_null], type: text(64), opt: "
                "true, id: F04}\n");
        mapping(
            "spell",
            "employment_spell",
            "emp",
            "employee_no",
            "  employee_no: {from: emp, do: [trim, upper], type: text(32), id: F01}\n"
            "  person_id: {from: no, do: [trim, upper], ref: person.person_no, type: text(32), "
            "else: hold, id: F02}\n"
            "  kind: {value: permanent, type: text(16), id: F03}\n"
            "  hire_date: {from: hire, type: date, id: F04}\n"
            "  end_date: {from: leave, do: [empty_to_null], type: date, opt: true, id: F05}\n"
            "  base_salary: {from: pay, type: 'decimal(12,2)', opt: true, pii: high, id: F06}\n",
            "history",
            "person");
        mapping(
            "assignment",
            "assignment",
            "emp, since",
            "spell_id, valid_from",
            spell_field("emp") +
                "  valid_from: {from: since, type: date, id: F02}\n"
                "  org_unit_id: {from: unit, ref: org_unit.code, type: text(32), id: F03}\n"
                "  job: {value: welder, type: text(80), id: F04}\n"
                "  job_kind: {value: production, type: text(16), id: F05}\n"
                "  manager_id: {from: boss, do: [upper, empty_to_null], ref: "
                "employment_spell.employee_no, type: text(32), opt: true, else: hold, id: F06}\n",
            "history",
            "spell, unit");
        mapping("punch",
                "punch",
                "id",
                "punch_no",
                "  punch_no: {from: id, type: text(96), id: F02}\n" + spell_field("emp") +
                    "  punched_at: {from: at, type: timestamp, id: F03}\n"
                    "  direction: {value: in, type: text(16), id: F04}\n",
                "upsert",
                "spell");
        mapping("operation",
                "operation",
                "code",
                "code",
                "  code: {from: code, type: text(32), id: F01}\n"
                "  name: {from: name, type: text(80), id: F02}\n"
                "  kind: {value: production, type: text(16), id: F03}\n");
        mapping("fact",
                "production_fact",
                "id",
                "fact_no",
                "  fact_no: {from: id, type: text(48), id: F02}\n" + spell_field("emp") +
                    "  operation_id: {value: OP1, ref: operation.code, type: text(32), id: F03}\n"
                    "  work_date: {from: day, type: date, id: F04}\n"
                    "  qty_good: {from: good, type: int, id: F05}\n"
                    "  qty_scrap: {value: '0', type: int, id: F06}\n"
                    "  qty_rework: {value: '0', type: int, id: F07}\n",
                "upsert",
                "spell, operation");
        mapping("defect",
                "defect",
                "id",
                "defect_no",
                "  defect_no: {from: id, type: text(48), id: F01}\n"
                "  found_at: {value: '2024-05-07 00:00:00', type: timestamp, id: F02}\n"
                "  made_date: {from: day, type: date, id: F03}\n"
                "  finder_spell_id: {from: finder, ref: employment_spell.employee_no, type: "
                "text(32), opt: true, else: 'null', id: F04}\n"
                "  responsible_spell_id: {from: maker, ref: employment_spell.employee_no, type: "
                "text(32), opt: true, else: 'null', id: F05}\n"
                "  qty: {value: '1', type: int, id: F06}\n"
                "  attribution: {value: routing, type: text(16), id: F07}\n"
                "  disposition: {value: scrap, type: text(16), id: F08}\n",
                "upsert",
                "spell");
    }

    static bool is_digest(const std::string& text) {
        return (text.size() == 16 || text.size() == 64) &&
               text.find_first_not_of("0123456789abcdef") == std::string::npos;
    }

    static std::string spell_field(const std::string& from) {
        return "  spell_id: {from: " + from +
               ", do: [trim, upper], ref: employment_spell.employee_no, type: text(32), else: "
               "hold, "
               "id: F01}\n";
    }

    void mapping(const std::string& name,
                 const std::string& entity,
                 const std::string& source_key,
                 const std::string& key,
                 const std::string& fields,
                 const std::string& write = "upsert",
                 const std::string& needs = "") const {
        std::string all;
        std::string rest = needs;
        while (!rest.empty()) {
            const auto comma = rest.find(", ");
            all += (all.empty() ? "" : ", ") + ("test/" + rest.substr(0, comma));
            rest = comma == std::string::npos ? "" : rest.substr(comma + 2);
        }
        folder.write(
            "mappings/" + name + ".map.yaml",
            "map: test/" + name + "\n" + (all.empty() ? "" : "needs: [" + all + "]\n") +
                "source:\n  conn: files\n  read_as: {charset: utf-8, zone: UTC}\n  files: '" +
                name + ".csv'\n  key: [" + source_key + "]\n" + columns_of(fields) +
                "target: {entity: " + entity + ", key: [" + key + "], write: " + write +
                "}\nfields:\n" + fields);
    }

    // The contract: each column that a field takes.
    static std::string columns_of(const std::string& fields) {
        std::map<std::string, bool> seen;
        std::string out;
        for (std::size_t at = fields.find("{from: "); at != std::string::npos;
             at = fields.find("{from: ", at + 1)) {
            const std::string name = fields.substr(at + 7, fields.find_first_of(",}", at) - at - 7);
            if (!seen[name]) {
                seen[name] = true;
                out += (out.empty() ? "" : ", ") + name + ": text";
            }
        }
        return "  columns: {" + out + "}\n";
    }

    mutable MemoryLog log_;
    mutable base::SystemClock clock_;
    mutable monitoring::Metrics metrics_;
    store::StoreOptions options_;
    std::string database_;
    std::string store_yaml_;
};

}  // namespace hrbridge::test
