#include "daemon/people/other_rows.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/text.h"
#include "daemon/people/kept_rows.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::people {
namespace {

// The newest row stays in place of its number, from which the next ones count.
constexpr const char* kForgetPin =
    "DELETE FROM terminal_record WHERE source = $1 AND pin = $2 AND id < (SELECT max(id) FROM "
    "terminal_record)";
constexpr const char* kBlankPin =
    "UPDATE terminal_record SET pin = NULL, punched = NULL, status = NULL, verify = NULL, workcode "
    "= NULL, problem = 'erased' WHERE source = $1 AND pin = $2";
constexpr const char* kLines =
    "SELECT id, serial, line_digest, line FROM terminal_record WHERE line IS NOT NULL ORDER BY id";

void count(RowCounts& of, const std::string& table, std::int64_t rows) {
    if (rows > 0) {
        of[table] += rows;
    }
}

std::string spell_list(const Person& person) {
    std::vector<std::int64_t> ids{0};
    for (const Spell& spell : person.spells) {
        ids.push_back(spell.id);
    }
    return fmt::format("{}", fmt::join(ids, ", "));
}

// "R1-defect_rate-12-2024-05", "…-2", "…-back"
std::int64_t erase_messages(const LeftOver& of) {
    std::int64_t rows = 0;
    for (const Spell& spell : of.person.spells) {
        for (const char* form : {"%-{}-____-__", "%-{}-____-__-%"}) {
            rows += of.connection.execute("DELETE FROM outbox WHERE event_key LIKE $1",
                                          {fmt::format(fmt::runtime(form), spell.id)});
        }
    }
    return rows;
}

// Whole words between separators, in lower case.
bool has_word(const std::string& text, const std::set<std::string>& words) {
    constexpr std::string_view kSeparators = " \t\r\n=,;[]<>\"'&";
    const std::string lower = base::to_lower_ascii(text);
    std::size_t at = 0;
    while (at < lower.size()) {
        const std::size_t begin = lower.find_first_not_of(kSeparators, at);
        if (begin == std::string::npos) {
            return false;
        }
        const std::size_t end = std::min(lower.find_first_of(kSeparators, begin), lower.size());
        if (words.contains(lower.substr(begin, end - begin))) {
            return true;
        }
        at = end;
    }
    return false;
}

class ReceivedErasure {
  public:
    ReceivedErasure(const Received& from, const Person& person) : from_(from), person_(person) {
        for (const std::string& number : person.numbers()) {
            words_.insert(base::to_lower_ascii(number));
        }
    }

    void run(RowCounts& deleted) {
        count(deleted, "terminal_record", erase_pins() + erase_lines());
        count(deleted, "callback_inbox", erase_callbacks());
    }

  private:
    struct Sealed {
        std::int64_t id;
        std::string place;
        std::string bytes;
    };

    std::int64_t erase_pins() {
        std::int64_t erased = 0;
        const RowsOf of{from_.connection, from_.keys, from_.mappings, person_};
        for (const auto& [source, pin] : PinOwner(of).pins()) {
            words_.insert(base::to_lower_ascii(pin));
            erased += from_.connection.execute(kForgetPin, {source, pin});
            erased += from_.connection.execute(kBlankPin, {source, pin});
        }
        return erased;
    }

    // Lines that are no punches, such as a terminal's list of users.
    std::int64_t erase_lines() {
        std::vector<Sealed> lines;
        {
            const auto rows = from_.connection.query(kLines, {});
            while (rows->next()) {
                lines.push_back(
                    {rows->integer(0),
                     store::seal_place("terminal_record",
                                       "line",
                                       rows->text(1) + "/" + base::to_hex(rows->bytes(2))),
                     rows->bytes(3)});
            }
        }
        return erase_naming(lines, "UPDATE terminal_record SET line = NULL WHERE id = $1");
    }

    std::int64_t erase_callbacks() {
        std::vector<Sealed> bodies;
        {
            const auto rows =
                from_.connection.query("SELECT id, dedupe_key, body FROM callback_inbox", {});
            while (rows->next()) {
                bodies.push_back({rows->integer(0),
                                  store::seal_place("callback_inbox", "body", rows->text(1)),
                                  rows->bytes(2)});
            }
        }
        return erase_naming(bodies, "DELETE FROM callback_inbox WHERE id = $1");
    }

    std::int64_t erase_naming(const std::vector<Sealed>& all, const char* statement) {
        std::int64_t erased = 0;
        for (const Sealed& each : all) {
            const auto plain = from_.keys.open(each.bytes, each.place);
            if (plain && has_word(*plain, words_)) {
                erased += from_.connection.execute(statement, {each.id});
            }
        }
        return erased;
    }

    const Received& from_;
    const Person& person_;
    std::set<std::string> words_;
};

}  // namespace

void erase_findings(const LeftOver& of, RowCounts& deleted) {
    const std::string spells = spell_list(of.person);
    count(deleted, "outbox", erase_messages(of));
    count(deleted,
          "finding_note",
          of.connection.execute(fmt::format("DELETE FROM finding_note WHERE finding_id IN (SELECT "
                                            "id FROM finding WHERE spell_id IN ({}))",
                                            spells),
                                {}));
    count(deleted,
          "finding",
          of.connection.execute(fmt::format("DELETE FROM finding WHERE spell_id IN ({})", spells),
                                {}));
    if (of.person.wecom_userid) {
        of.connection.execute(
            "UPDATE finding_note SET actor = $1 WHERE lower(actor) = lower($2)",
            {fmt::format("wecom/erased-{}", of.erasure), "wecom/" + *of.person.wecom_userid});
    }
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

void erase_received(const Received& from, const Person& person, RowCounts& deleted) {
    ReceivedErasure(from, person).run(deleted);
}

}  // namespace hrbridge::people
