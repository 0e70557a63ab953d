#include "daemon/store/terminal_inbox.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/patient_transaction.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::store {
namespace {

// Any number that no other program uses on the same server; "terminal" in ASCII.
constexpr std::int64_t kUploadLock = 0x7465'726D'696E'616C;
constexpr std::string_view kLinePurpose = "terminal line 1";
constexpr std::size_t kRowsAtOnce = 200;
constexpr std::size_t kColumns = 13;

constexpr std::string_view kInsert =
    "INSERT INTO terminal_record (source, serial, received_at, pin, punched, status, verify, "
    "workcode, utc_offset_s, ahead, problem, line_digest, line) VALUES ";
constexpr std::string_view kOnce =
    " ON CONFLICT DO NOTHING RETURNING ahead, CASE WHEN problem IS NULL THEN 0 ELSE 1 END";
constexpr std::string_view kContact =
    "INSERT INTO terminal (serial, source, address, last_contact, last_records, stamp, records, "
    "ahead) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (serial) DO UPDATE SET source = excluded.source, address = excluded.address, "
    "last_contact = excluded.last_contact, "
    "last_records = coalesce(excluded.last_records, terminal.last_records), "
    "stamp = coalesce(excluded.stamp, terminal.stamp), "
    "records = terminal.records + excluded.records, ahead = terminal.ahead + excluded.ahead";
constexpr std::string_view kStamp = "SELECT stamp FROM terminal WHERE serial = $1";
constexpr std::string_view kTerminals =
    "SELECT serial, source, address, last_contact, last_records, stamp, records, ahead "
    "FROM terminal ORDER BY source, serial";
constexpr std::string_view kNewest =
    "SELECT id FROM terminal_record WHERE source = $1 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kRead =
    "SELECT id, serial, received_at, pin, punched, status, verify, workcode, utc_offset_s, ahead, "
    "problem, line_digest, line FROM terminal_record WHERE source = $1 AND id > $2 AND id <= $3 "
    "AND (problem IS NULL OR line IS NOT NULL) ORDER BY id LIMIT $4";  // not what was erased
constexpr std::string_view kPurge =
    "DELETE FROM terminal_record WHERE received_at < $1 "
    "AND id < (SELECT max(id) FROM terminal_record)";

std::string insert_of(std::size_t rows) {
    std::string sql(kInsert);
    for (std::size_t row = 0; row < rows; ++row) {
        sql += row == 0 ? "(" : ", (";
        for (std::size_t column = 0; column < kColumns; ++column) {
            sql += fmt::format("{}${}", column == 0 ? "" : ", ", row * kColumns + column + 1);
        }
        sql += ")";
    }
    return sql + std::string(kOnce);
}

std::string line_place(const std::string& serial, const std::string& digest) {
    return seal_place("terminal_record", "line", serial + "/" + base::to_hex(digest));
}

base::Value optional_text(const std::string& text, bool there) {
    return there ? base::Value(text) : base::Value();
}

void append_values(std::vector<base::Value>& values,
                   const model::TerminalUpload& upload,
                   const model::TerminalRecord& record,
                   const base::SealKeys& keys,
                   base::KeyedDigest& digest) {
    const bool good = record.problem.empty();
    values.emplace_back(upload.source);
    values.emplace_back(upload.serial);
    values.emplace_back(upload.received_at);
    for (const std::string* text :
         {&record.pin, &record.punched, &record.status, &record.verify, &record.workcode}) {
        values.push_back(optional_text(*text, good));
    }
    values.push_back(record.utc_offset_s ? base::Value(*record.utc_offset_s) : base::Value());
    values.emplace_back(record.ahead);
    values.push_back(optional_text(record.problem, !good));
    if (good) {
        values.resize(values.size() + 2);
        return;
    }
    const std::string known_by = digest.of(record.line);
    values.emplace_back(base::Bytes{known_by});
    values.emplace_back(base::Bytes{keys.seal(record.line, line_place(upload.serial, known_by))});
}

model::TerminalRecord record_of(const sql::Rows& rows, const base::SealKeys& keys) {
    model::TerminalRecord record;
    record.id = rows.integer(0);
    record.serial = rows.text(1);
    record.received_at = rows.timestamp(2);
    record.problem = rows.optional_text(10).value_or("");
    if (record.problem.empty()) {
        record.pin = rows.text(3);
        record.punched = rows.text(4);
        record.status = rows.text(5);
        record.verify = rows.text(6);
        record.workcode = rows.text(7);
        record.utc_offset_s = rows.optional_integer(8);
        record.ahead = rows.boolean(9);
        return record;
    }
    auto line = keys.open(rows.bytes(12), line_place(record.serial, rows.bytes(11)));
    if (!line) {
        throw base::StoreError(
            "seal_key",
            base::Remedy::Stop,
            "a line that a terminal sent opens with no present key: " + line.fault().what);
    }
    record.line = std::move(line).value();
    return record;
}

}  // namespace

TerminalInbox::Added TerminalInbox::add(const model::TerminalUpload& upload,
                                        const base::SealKeys& keys,
                                        std::chrono::milliseconds patience) {
    PatientTransaction transaction(connection_, patience);
    if (connection_.dialect() == sql::Dialect::Postgres) {
        connection_.query("SELECT pg_advisory_xact_lock($1)", {kUploadLock})->next();
    }
    Added added;
    base::KeyedDigest digest = keys.digest(kLinePurpose);
    std::vector<base::Value> values;
    for (std::size_t from = 0; from < upload.records.size(); from += kRowsAtOnce) {
        const std::size_t rows = std::min(kRowsAtOnce, upload.records.size() - from);
        values.clear();
        for (std::size_t row = from; row < from + rows; ++row) {
            append_values(values, upload, upload.records[row], keys, digest);
        }
        const auto kept = connection_.query(insert_of(rows), std::span<const base::Value>(values));
        while (kept->next()) {
            ++added.kept;
            added.ahead += kept->boolean(0) ? 1 : 0;
            added.problems += kept->integer(1);
        }
    }
    note_contact(upload, &added);
    transaction.commit();
    return added;
}

void TerminalInbox::touch(const model::TerminalUpload& contact,
                          std::chrono::milliseconds patience) {
    PatientTransaction transaction(connection_, patience);
    note_contact(contact, nullptr);
    transaction.commit();
}

void TerminalInbox::note_contact(const model::TerminalUpload& contact, const Added* added) {
    connection_.execute(kContact,
                        {contact.serial,
                         contact.source,
                         contact.address,
                         contact.received_at,
                         added != nullptr ? base::Value(contact.received_at) : base::Value(),
                         contact.stamp ? base::Value(*contact.stamp) : base::Value(),
                         added != nullptr ? added->kept : std::int64_t{0},
                         added != nullptr ? added->ahead : std::int64_t{0}});
}

std::optional<std::string> TerminalInbox::stamp(const std::string& serial) {
    const auto rows = connection_.query(kStamp, {serial});
    return rows->next() ? rows->optional_text(0) : std::nullopt;
}

std::vector<model::Terminal> TerminalInbox::terminals() {
    std::vector<model::Terminal> all;
    const auto rows = connection_.query(kTerminals, {});
    while (rows->next()) {
        all.push_back({rows->text(0),
                       rows->text(1),
                       rows->text(2),
                       rows->timestamp(3),
                       rows->optional_timestamp(4),
                       rows->optional_text(5),
                       rows->integer(6),
                       rows->integer(7)});
    }
    return all;
}

std::int64_t TerminalInbox::newest(const std::string& source) {
    const auto rows = connection_.query(kNewest, {source});
    return rows->next() ? rows->integer(0) : 0;
}

std::vector<model::TerminalRecord> TerminalInbox::read(const std::string& source,
                                                       std::int64_t behind,
                                                       std::int64_t until,
                                                       std::size_t limit,
                                                       const base::SealKeys& keys) {
    std::vector<model::TerminalRecord> records;
    const auto rows =
        connection_.query(kRead, {source, behind, until, static_cast<std::int64_t>(limit)});
    while (rows->next()) {
        records.push_back(record_of(*rows, keys));
    }
    return records;
}

std::int64_t TerminalInbox::purge(base::Timestamp before) {
    return connection_.execute(kPurge, {before});
}

}  // namespace hrbridge::store
