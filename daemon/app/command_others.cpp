#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/findings_job.h"
#include "daemon/app/store_commands.h"
#include "daemon/base/text.h"
#include "daemon/pip/explain.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kFindingsShown = 200;
constexpr std::size_t kRunsShown = 20;

std::string employee_text(store::FindingRepository& findings, std::int64_t spell_id) {
    const auto employee = findings.employee(spell_id);
    return employee ? fmt::format(
                          "{} {} ({})", employee->employee_no, employee->name, employee->org_unit)
                    : fmt::format("spell {}", spell_id);
}

const char* word(model::FindingLevel level) {
    return level == model::FindingLevel::Warning ? "warning" : "watch";
}

Exit list_findings(const CommandContext& context, store::FindingRepository& findings) {
    nlohmann::json all = nlohmann::json::array();
    for (const model::Finding& finding : findings.list(kFindingsShown)) {
        const std::string employee = employee_text(findings, finding.spell_id);
        const std::string period = base::to_string(finding.period).substr(0, 7);
        if (context.line.has("json")) {
            all.push_back({{"id", finding.id},
                           {"rule", finding.rule},
                           {"level", word(finding.level)},
                           {"state", finding.state},
                           {"period", period},
                           {"employee", employee},
                           {"evidence", nlohmann::json::parse(finding.evidence)}});
            continue;
        }
        context.output.line(fmt::format("{:>6}  {} {:<8} {:<10} {}  {}",
                                        finding.id,
                                        finding.rule,
                                        word(finding.level),
                                        finding.state,
                                        period,
                                        employee));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

Exit explain_finding(const CommandContext& context, store::FindingRepository& findings) {
    const std::string& text = context.line.arguments.front();
    const bool digits = !text.empty() && text.size() < 19 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    const auto finding = digits ? findings.find(std::stoll(text)) : std::nullopt;
    if (!finding) {
        context.output.error("there is no such finding; hrbridge findings list shows them");
        return Exit::Usage;
    }
    context.output.line(pip::explain(*finding,
                                     employee_text(findings, finding->spell_id),
                                     context.line.option("language", "zh")));
    return Exit::Done;
}

std::optional<model::Role> role_of(const std::string& text) {
    if (text == "operator") {
        return model::Role::Operator;
    }
    if (text == "implementer") {
        return model::Role::Implementer;
    }
    return text == "hr" ? std::optional(model::Role::Hr) : std::nullopt;
}

const char* word(model::Role role) {
    switch (role) {
        case model::Role::Operator:
            return "operator";
        case model::Role::Implementer:
            return "implementer";
        case model::Role::Hr:
            return "hr";
    }
    return "operator";
}

Exit add_user(const CommandContext& context, store::sql::Connection& connection) {
    const std::string& name = context.line.arguments.front();
    const auto role = role_of(context.line.option("role"));
    const std::string password(base::trim(context.input));
    store::AccountRepository accounts(connection);
    std::string problem;
    if (!role) {
        problem = "give --role operator, implementer or hr";
    } else if (accounts.find(name)) {
        problem = "there is an account of this name already";
    } else if (name.empty() || name.size() > 64 || !base::is_valid_utf8(name)) {
        problem = "a name has 1 to 64 bytes of UTF-8 text";
    } else {
        problem = web::password_fault(password);
    }
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    model::Account account;
    account.name = name;
    account.role = *role;
    account.password_hash = web::hash_password(password);
    const auto now = context.services.clock.now();
    store::sql::Transaction transaction(connection);
    accounts.add(account, now);
    store::AuditRepository(connection).add(context.actor, "user.add", name, word(*role), now);
    transaction.commit();
    context.output.line(fmt::format("account {} ({}) added", name, word(*role)));
    return Exit::Done;
}

Exit disable_user(const CommandContext& context, store::sql::Connection& connection) {
    store::AccountRepository accounts(connection);
    const auto account = accounts.find(context.line.arguments.front());
    if (!account) {
        context.output.error("there is no such account; hrbridge user list shows them");
        return Exit::Usage;
    }
    store::sql::Transaction transaction(connection);
    accounts.disable(account->id);
    accounts.end_sessions(account->id);
    store::AuditRepository(connection)
        .add(context.actor, "user.disable", account->name, "", context.services.clock.now());
    transaction.commit();
    context.output.line(fmt::format("account {} disabled, its sessions ended", account->name));
    return Exit::Done;
}

}  // namespace

Exit run_findings(const CommandContext& context) {
    if (context.line.command == "findings evaluate") {
        const pip::EvaluationReport report = evaluate_findings(context.services);
        for (const model::Evaluation& rule : report.rules) {
            context.output.line(
                fmt::format("{} {}: {} people, {} with too few data, {} warnings (by chance {}), "
                            "{} watches (by chance {})",
                            rule.rule,
                            base::to_string(rule.period).substr(0, 7),
                            rule.people,
                            rule.too_few_data,
                            rule.warnings,
                            rule.chance_warnings,
                            rule.watches,
                            rule.chance_watches));
        }
        context.output.line(fmt::format("{} changed, {} retracted, {} messages written",
                                        report.changed,
                                        report.retracted,
                                        report.announced));
        return Exit::Done;
    }
    const auto connection = context.services.store->connect();
    store::FindingRepository findings(*connection);
    return context.line.command == "findings explain" ? explain_finding(context, findings)
                                                      : list_findings(context, findings);
}

Exit run_jobs(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    store::JobRepository jobs(*connection);
    const std::string& name = context.line.arguments.front();
    const auto now = context.services.clock.now();
    const bool is_sync =
        name.starts_with("sync/") && context.services.find_mapping(name.substr(5)) != nullptr;
    if (!jobs.find(name) && !is_sync) {
        context.output.error("there is no job '" + name + "'; hrbridge status shows them");
        return Exit::Usage;
    }
    store::sql::Transaction transaction(*connection);
    if (context.line.command == "job pause") {
        jobs.pause(name, context.actor, context.line.option("reason"), now);
    } else {
        jobs.resume(name);
    }
    store::AuditRepository(*connection)
        .add(context.actor,
             context.line.command == "job pause" ? "job.pause" : "job.resume",
             name,
             context.line.option("reason"),
             now);
    transaction.commit();
    context.output.line(
        fmt::format("{} {}", name, context.line.command == "job pause" ? "paused" : "resumed"));
    return Exit::Done;
}

Exit run_users(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    if (context.line.command == "user add") {
        return add_user(context, *connection);
    }
    if (context.line.command == "user disable") {
        return disable_user(context, *connection);
    }
    for (const model::Account& account : store::AccountRepository(*connection).all()) {
        context.output.line(fmt::format("{:<20} {:<12}{}",
                                        account.name,
                                        word(account.role),
                                        account.disabled ? " disabled" : ""));
    }
    return Exit::Done;
}

Exit run_status(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    nlohmann::json out{{"store", context.services.store->describe()},
                       {"schema", store::schema_version(*connection)},
                       {"jobs", nlohmann::json::array()},
                       {"runs", nlohmann::json::array()}};
    for (const model::Job& job : store::JobRepository(*connection).all()) {
        out["jobs"].push_back(
            {{"name", job.name},
             {"paused", job.paused},
             {"last_start", job.last_start ? base::to_string(*job.last_start) : ""},
             {"next_start", job.next_start ? base::to_string(*job.next_start) : ""}});
    }
    for (const model::Run& run : store::RunRepository(*connection).latest(kRunsShown)) {
        out["runs"].push_back({{"id", run.id},
                               {"mapping", run.mapping},
                               {"outcome", run.outcome},
                               {"started", base::to_string(run.started_at)},
                               {"read", run.rows_read},
                               {"rejected", run.rows_rejected},
                               {"error", run.error.value_or("")}});
    }
    if (context.line.has("json")) {
        context.output.line(out.dump(2));
        return Exit::Done;
    }
    context.output.line(fmt::format(
        "store   {} (schema {})", context.services.store->describe(), out["schema"].get<int>()));
    for (const auto& job : out["jobs"]) {
        context.output.line(fmt::format("job     {:<32} last {:<21} next {:<21}{}",
                                        job["name"].get<std::string>(),
                                        job["last_start"].get<std::string>(),
                                        job["next_start"].get<std::string>(),
                                        job["paused"].get<bool>() ? " paused" : ""));
    }
    for (const auto& run : out["runs"]) {
        context.output.line(fmt::format("run     {:>6} {:<28} {:<8} {} read {} rejected {} {}",
                                        run["id"].get<std::int64_t>(),
                                        run["mapping"].get<std::string>(),
                                        run["outcome"].get<std::string>(),
                                        run["started"].get<std::string>(),
                                        run["read"].get<std::int64_t>(),
                                        run["rejected"].get<std::int64_t>(),
                                        run["error"].get<std::string>()));
    }
    return Exit::Done;
}

Exit run_store(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    const int before = store::schema_version(*connection);
    store::migrate(*connection);
    context.output.line(
        fmt::format("schema version {} → {}", before, store::schema_version(*connection)));
    return Exit::Done;
}

}  // namespace hrbridge::app
