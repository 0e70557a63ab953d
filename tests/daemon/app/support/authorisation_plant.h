#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/web/passwords.h"
#include "migration/spot_check/desk.h"
#include "tests/daemon/app/support/live_bench.h"
#include "tests/support/raw_http.h"

namespace hrbridge::test {

using Names = std::set<std::string>;

// A daemon with every kind of route: pages, callbacks, terminals, probes. It has a finding, a sheet
// and an account of each role; no jobs run beside the requests.
class AuthorisationPlant {
  public:
    AuthorisationPlant() {
        bench_.folder.write("secret", "0123456789abcdef0123456789abcdef");
        std::filesystem::permissions(bench_.folder.file("secret"),
                                     std::filesystem::perms::owner_read);
        const std::string shipped = HRBRIDGE_SOURCE_DIR "/mappings/iclock/";
        std::string mapping = read_file(shipped + "punch.map.yaml");
        const std::string needs = "needs: [erp/employment_spell]\n";
        mapping.erase(mapping.find(needs), needs.size());
        bench_.folder.write("mappings/punch.map.yaml", mapping);
        bench_.folder.write("mappings/codes/direction.csv",
                            read_file(shipped + "codes/direction.csv"));
        bench_.configure(
            "web: {port: 0}\nsources:\n  gates: {kind: iclock, listen: {host: 127.0.0.1, port: 0}, "
            "token: {file: secret}, terminals: {A1: {site: gate-1}}}\n");
        bench_.start().end_jobs();
        bench_.send_warning();
        connection_ = bench_.services->store->connect();
        connection_->execute(
            "UPDATE finding SET evidence = json_set(evidence, '$.reason', 'evidence')", {});
        for (const auto& [name, role] :
             std::map<std::string, model::Role>{{"operator", model::Role::Operator},
                                                {"implementer", model::Role::Implementer},
                                                {"hr", model::Role::Hr},
                                                {"checker", model::Role::Checker},
                                                {"other checker", model::Role::Checker},
                                                {"disabled", model::Role::Operator}}) {
            add_account(name, role);
        }
        add_sheet();
        store::JobRepository(*connection_).pause("retention", "a", "", bench_.clock.now());
    }

    // Of pages that people reach by https.
    static constexpr const char* kCookie = "__Host-hrbridge_session";

    app::Live& live() { return *bench_.live; }
    store::sql::Connection& connection() { return *connection_; }

    struct Session {
        std::string cookie;
        std::string form_token;
    };
    Session log_in(const std::string& name, std::chrono::hours lasts = std::chrono::hours(1)) {
        const Session session{base::random_id(), base::random_id()};
        store::AccountRepository accounts(*connection_);
        const auto now = bench_.clock.now();
        accounts.add_session({base::sha256(session.cookie),
                              accounts.find(name)->id,
                              session.form_token,
                              now,
                              now + lasts,
                              now});
        return session;
    }

    struct Call {
        std::string method;
        std::string target;
        std::string form = {};
        std::string cookie = {};
        std::string origin = {};
        bool at_terminals = false;
    };
    // The status, or "login" where a page leads to the login page.
    std::string ask(const Call& call) {
        bench_.clock.advance(std::chrono::seconds(1));
        HttpCall out{call.method, call.target, {}, call.form};
        out.headers["Content-Type"] = "application/x-www-form-urlencoded";
        if (!call.cookie.empty()) {
            out.headers["Cookie"] = kCookie + ("=" + call.cookie);
        }
        if (!call.origin.empty()) {
            out.headers["Origin"] = call.origin;
        }
        const auto answer = http_call(
            call.at_terminals ? live().terminal_port("127.0.0.1", 0) : live().port(), out);
        location_ =
            answer.head.substr(std::min(answer.head.find("Location: "), answer.head.size()));
        const bool to_login = answer.status == 303 && call.method != "POST" &&
                              location_.starts_with("Location: /login");
        return to_login ? "login" : std::to_string(answer.status);
    }
    const std::string& location() const { return location_; }

    // The tables that hold something else than at the last call.
    Names written() {
        Names names;
        for (const std::string& name : tables()) {
            const std::string now = content(name);
            std::string& before = seen_[name];
            if (now != before) {
                names.insert(name);
            }
            before = now;
        }
        return names;
    }

  private:
    void add_account(const std::string& name, model::Role role) {
        static const std::string kHash = web::hash_password("correct horse battery");
        store::AccountRepository accounts(*connection_);
        accounts.add({0, name, role, kHash, std::nullopt, false}, bench_.clock.now());
        accounts.set_disabled(accounts.find(name)->id, name == "disabled");
    }
    void add_sheet() {
        connection_->execute(
            "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
            "started_at) VALUES ('core', 1, 'p', '', '', 'frozen', 'a', $1)",
            {bench_.clock.now()});
        spot_check::DrawRecord draw;
        draw.number = draw.rehearsal_id = 1;
        draw.drawn_at = bench_.clock.now();
        draw.plan =
            spot_check::make_plan({{"person", "core/person", 400}}, 30'000, 950'000).value();
        spot_check::add_draw(*connection_, draw);
        spot_check::RowContent row;
        row.entity = "person";
        row.key = row.shown_key = "E1";
        row.fields = {{"name", base::Kind::Text, "张三", true, false, false, {"name"}}};
        row.source = {{"name", "张三", true}};
        row.source_rows = 1;
        spot_check::Sheet(*connection_, *bench_.services->keys, 1).add({row, row});
        spot_check::open_draw(*connection_, 1);
    }
    std::vector<std::string> tables() {
        std::vector<std::string> names;
        const auto rows = connection_->query(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", {});
        while (rows->next()) {
            names.push_back(rows->text(0));
        }
        return names;
    }
    std::string content(const std::string& name) {
        std::string columns;
        const auto each = connection_->query("SELECT name FROM pragma_table_info($1)", {name});
        while (each->next()) {
            columns +=
                (columns.empty() ? "" : " || '|' || ") + ("quote(\"" + each->text(0) + "\")");
        }
        const auto rows =
            connection_->query("SELECT group_concat(" + columns + ") FROM \"" + name + "\"", {});
        rows->next();
        return rows->optional_text(0).value_or("");
    }

    LiveBench bench_;
    std::unique_ptr<store::sql::Connection> connection_;
    std::map<std::string, std::string> seen_;
    std::string location_;
};

}  // namespace hrbridge::test
