#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/passwords.h"
#include "daemon/web/router.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {

using Fields = std::map<std::string, std::string>;

// Every page over a store of its own, asked without a network. One account a role, named as the
// role; all have kPassword.
class Site {
  public:
    static constexpr const char* kPassword = "correct horse battery";
    static constexpr const char* kHost = "hr.example";

    explicit Site(SessionRules rules = {}, store::Store* replica = nullptr) : sessions(rules) {
        store::StoreOptions options;
        options.path = folder_.file("hr.db");
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
        add_account("operator", model::Role::Operator);
        add_account("implementer", model::Role::Implementer);
        add_account("hr", model::Role::Hr);
        add_account("checker", model::Role::Checker);
        PageParts parts{*store_, clock, log, base::Zone::utc(), sessions, {}, &keys, nullptr};
        parts.replica = replica;
        router = std::make_unique<Router>(*store_, clock, log, sessions);
        add_asset_routes(*router);
        add_login_pages(*router, parts);
        add_run_pages(*router, parts);
        add_reject_pages(*router, parts);
        add_outbox_pages(*router, parts);
        add_finding_pages(*router, parts);
        add_check_pages(*router, parts);
    }

    std::unique_ptr<store::sql::Connection> connect() { return store_->connect(); }

    void add_account(const std::string& name, model::Role role) {
        static const std::string kHash = hash_password(kPassword);
        model::Account account;
        account.name = name;
        account.role = role;
        account.password_hash = kHash;
        store::AccountRepository(*connect()).add(account, clock.now());
    }

    static Request request(const std::string& method, const std::string& path) {
        Request request;
        request.method = method;
        request.path = path;
        request.headers["host"] = kHost;
        request.peer = "127.0.0.1";
        return request;
    }
    Response get(const std::string& path, const std::string& session = {}, Fields query = {}) {
        Request asked = request("GET", path);
        asked.query = std::move(query);
        if (!session.empty()) {
            asked.cookies[sessions.cookie_name(kSessionCookie)] = session;
        }
        return router->handle(asked);
    }
    Response post(const std::string& path, const std::string& session, Fields form) {
        Request asked = request("POST", path);
        asked.headers["origin"] = std::string("https://") + kHost;
        asked.form = std::move(form);
        if (!session.empty()) {
            asked.cookies[sessions.cookie_name(kSessionCookie)] = session;
        }
        return router->handle(asked);
    }
    Response try_login(const std::string& name, const std::string& password) {
        return post("/login", {}, {{"name", name}, {"password", password}});
    }
    // The session cookie's value; empty when the login was refused.
    std::string login(const std::string& name) { return session_of(try_login(name, kPassword)); }
    static std::string session_of(const Response& response) {
        const auto header = response.headers.find("Set-Cookie");
        if (header == response.headers.end()) {
            return {};
        }
        const std::size_t from = header->second.find('=') + 1;
        return header->second.substr(from, header->second.find(';') - from);
    }
    // The hidden field of the pages of this session.
    std::string form_token(const std::string& session) {
        const std::string body = get("/runs", session).body + get("/findings", session).body +
                                 get("/checks", session).body;
        const std::string mark = R"(name="form_token" value=")";
        const std::size_t at = body.find(mark);
        if (at == std::string::npos) {
            return {};
        }
        const std::size_t from = at + mark.size();
        return body.substr(from, body.find('"', from) - from);
    }

    SessionRules sessions;
    test::ManualClock clock;
    test::MemoryLog log;
    base::SealKeys keys = *base::SealKeys::parse(base::SealKeys::generate("k1"));
    std::unique_ptr<Router> router;

  private:
    test::TempDir folder_;
    std::unique_ptr<store::Store> store_;
};

}  // namespace hrbridge::web
