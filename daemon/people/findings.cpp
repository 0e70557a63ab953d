#include "daemon/people/findings.h"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace hrbridge::people {
namespace {

// "R1-defect_rate-12-2024-05", "…-2", "…-back"
std::int64_t erase_messages(const LeftOver& of) {
    std::int64_t rows = 0;
    for (const Spell& spell : of.person.spells) {
        const std::string event = fmt::format("%-{}-____-__", spell.id);
        for (const std::string& form : {event, event + "-%"}) {
            rows += of.connection.execute("DELETE FROM outbox WHERE event_key LIKE $1", {form});
        }
    }
    return rows;
}

// He may have noted the same twice, under his userid in two spellings.
void rename_notes(const LeftOver& of) {
    if (!of.person.wecom_userid) {
        return;
    }
    std::vector<std::int64_t> first;
    std::vector<std::int64_t> again;
    {
        std::set<std::pair<std::int64_t, std::string>> seen;
        const auto rows = of.connection.query(
            "SELECT id, finding_id, note FROM finding_note WHERE lower(actor) = lower($1) ORDER BY "
            "id",
            {"wecom/" + *of.person.wecom_userid});
        while (rows->next()) {
            const bool is_new = seen.emplace(rows->integer(1), rows->text(2)).second;
            (is_new ? first : again).push_back(rows->integer(0));
        }
    }
    for (const std::int64_t id : again) {
        of.connection.execute("DELETE FROM finding_note WHERE id = $1", {id});
    }
    for (const std::int64_t id : first) {
        of.connection.execute("UPDATE finding_note SET actor = $2 WHERE id = $1",
                              {id, fmt::format("wecom/erased-{}", of.erasure)});
    }
}

void count(std::map<std::string, std::int64_t>& of, const char* table, std::int64_t rows) {
    if (rows > 0) {
        of[table] += rows;
    }
}

}  // namespace

void erase_findings(const LeftOver& of, std::map<std::string, std::int64_t>& deleted) {
    count(deleted, "outbox", erase_messages(of));
    for (const Spell& spell : of.person.spells) {
        count(deleted,
              "finding_note",
              of.connection.execute("DELETE FROM finding_note WHERE finding_id IN (SELECT id FROM "
                                    "finding WHERE spell_id = $1)",
                                    {spell.id}));
        count(deleted,
              "finding",
              of.connection.execute("DELETE FROM finding WHERE spell_id = $1", {spell.id}));
    }
    // Of an evaluation for whose end the findings had to wait.
    count(deleted, "outbox", erase_messages(of));
    rename_notes(of);
}

std::vector<std::string> accounts_of(store::sql::Connection& connection, const Person& person) {
    std::vector<std::string> names;
    if (person.wecom_userid) {
        const auto rows = connection.query(
            "SELECT name FROM account WHERE lower(wecom_userid) = lower($1) ORDER BY name",
            {*person.wecom_userid});
        while (rows->next()) {
            names.push_back(rows->text(0));
        }
    }
    return names;
}

}  // namespace hrbridge::people
