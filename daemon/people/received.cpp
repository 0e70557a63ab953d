#include "daemon/people/received.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "daemon/base/text.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::people {
namespace {

constexpr std::size_t kRowsATransaction = 200;
// The newest row stays in place of its number, from which the next ones count.
constexpr const char* kForgetPin =
    "DELETE FROM terminal_record WHERE source = $1 AND pin = $2 AND id < (SELECT max(id) FROM "
    "terminal_record)";
constexpr const char* kBlankPin =
    "UPDATE terminal_record SET pin = NULL, punched = NULL, status = NULL, verify = NULL, workcode "
    "= NULL, problem = 'erased' WHERE source = $1 AND pin = $2";
constexpr const char* kCountPin =
    "SELECT count(*) FROM terminal_record WHERE source = $1 AND pin = $2";
constexpr const char* kLines =
    "SELECT id, serial, line_digest, line FROM terminal_record WHERE line IS NOT NULL ORDER BY id";
// What was said of the row may show the number.
constexpr const char* kRewrite =
    "UPDATE reject SET packed_row = $2, long_row = NULL, waits_for = NULL, "
    "reason = 'named somebody who was erased' WHERE id = $1";

// The value behind each of these names, up to a blank, a tab or a bracket.
std::vector<std::string> values_behind(const std::string& text,
                                       const std::vector<std::string_view>& names) {
    std::vector<std::string> values;
    for (const std::string_view name : names) {
        for (std::size_t at = text.find(name); at != std::string::npos;
             at = text.find(name, at + 1)) {
            const std::size_t begin = at + name.size();
            values.push_back(text.substr(begin, text.find_first_of(" \t\r\n]<", begin) - begin));
        }
    }
    return values;
}

// "USER PIN=12\tName=…", "12\t2024-05-06 …"
std::vector<std::string> pins_in(const std::string& line) {
    auto pins = values_behind(line, {"PIN=", "Pin=", "pin="});
    pins.push_back(line.substr(0, line.find_first_of(" \t\r\n")));
    return pins;
}

std::vector<std::string> users_in(const std::string& body) {
    return values_behind(body,
                         {"<FromUserName><![CDATA[", "<UserId><![CDATA[", "<UserID><![CDATA["});
}

class Forgetting {
  public:
    Forgetting(const LookFor& look, bool dry_run)
        : look_(look), digest_(look.keys.digest(store::kErasedPurpose)), dry_run_(dry_run) {}

    Forgotten run() {
        forget_rejects();
        forget_pins();
        const std::size_t lines =
            forget(sealed(
                       kLines, [](const auto& rows) { return line_place(rows); }, 3),
                   pins_in,
                   {"employment_spell.employee_no", "person.person_no"},
                   "UPDATE terminal_record SET line = NULL WHERE id = $1");
        const std::size_t callbacks =
            forget(sealed(
                       "SELECT id, dedupe_key, body FROM callback_inbox ORDER BY id",
                       [](const auto& rows) {
                           return store::seal_place("callback_inbox", "body", rows.text(1));
                       },
                       2),
                   users_in,
                   {"person.wecom_userid"},
                   "DELETE FROM callback_inbox WHERE id = $1");
        count("terminal_record", lines);
        count("callback_inbox", callbacks);
        return std::move(out_);
    }

  private:
    struct Sealed {
        std::int64_t id;
        std::string place;
        std::string bytes;
    };

    static std::string line_place(const store::sql::Rows& rows) {
        return store::seal_place(
            "terminal_record", "line", rows.text(1) + "/" + base::to_hex(rows.bytes(2)));
    }

    void count(const std::string& table, std::size_t rows) {
        if (rows > 0) {
            out_.deleted[table] += static_cast<std::int64_t>(rows);
        }
    }

    void forget_rejects() {
        KeptRowsLook kept(look_);
        const std::vector<KeptRow> rows = kept.run();
        out_.unopened = kept.unopened();
        out_.unknown = kept.unknown();
        write(rows, [&](const KeptRow& row) {
            if (row.about) {
                look_.connection.execute("DELETE FROM reject WHERE id = $1", {row.id});
                return;
            }
            look_.connection.execute(
                kRewrite,
                {row.id,
                 base::Bytes{store::seal_packed_row(
                     row.without, row.mapping->name, row.key_digest, &look_.keys)}});
        });
        const auto about = static_cast<std::size_t>(
            std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.about; }));
        count("reject", about);
        out_.named = static_cast<std::int64_t>(rows.size() - about);
    }

    void forget_pins() {
        const auto pins = pins_of(look_);
        for (const auto& [source, pin] : pins) {
            const auto rows = look_.connection.query(kCountPin, {source, pin});
            count("terminal_record", rows->next() ? static_cast<std::size_t>(rows->integer(0)) : 0);
        }
        write(pins, [&](const auto& each) {
            look_.connection.execute(kForgetPin, {each.first, each.second});
            look_.connection.execute(kBlankPin, {each.first, each.second});
        });
    }

    std::vector<Sealed> sealed(const char* select,
                               const std::function<std::string(const store::sql::Rows&)>& place,
                               int bytes) {
        std::vector<Sealed> all;
        const auto rows = look_.connection.query(select, {});
        while (rows->next()) {
            all.push_back({rows->integer(0), place(*rows), rows->bytes(bytes)});
        }
        return all;
    }

    std::size_t forget(std::vector<Sealed> all,
                       const std::function<std::vector<std::string>(const std::string&)>& numbers,
                       const std::vector<const char*>& fields,
                       const char* statement) {
        std::erase_if(all, [&](const Sealed& each) {
            const auto plain = look_.keys.open(each.bytes, each.place);
            return !plain || !has_any(numbers(*plain), fields);
        });
        write(all, [&](const Sealed& each) { look_.connection.execute(statement, {each.id}); });
        return all.size();
    }

    bool has_any(const std::vector<std::string>& numbers, const std::vector<const char*>& fields) {
        return std::any_of(numbers.begin(), numbers.end(), [&](const std::string& number) {
            return std::any_of(fields.begin(), fields.end(), [&](const char* field) {
                return look_.whom->holds(store::erased_digest(digest_, field, number));
            });
        });
    }

    template <typename Row, typename Work>
    void write(const std::vector<Row>& rows, const Work& work) {
        for (std::size_t first = 0; !dry_run_ && first < rows.size(); first += kRowsATransaction) {
            store::sql::Transaction transaction(look_.connection);
            for (std::size_t i = first; i < std::min(first + kRowsATransaction, rows.size()); ++i) {
                work(rows[i]);
            }
            transaction.commit();
        }
    }

    const LookFor& look_;
    base::KeyedDigest digest_;
    bool dry_run_;
    Forgotten out_;
};

}  // namespace

Forgotten forget_received(const LookFor& look, bool dry_run) {
    if (look.connection.dialect() == store::sql::Dialect::Sqlite) {
        look.connection.run_script("PRAGMA secure_delete = ON");
    }
    return Forgetting(look, dry_run).run();
}

}  // namespace hrbridge::people
