#include "migration/ledger/ledger.h"

#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "daemon/store/errors.h"
#include "migration/ledger/body_json.h"
#include "migration/ledger/plain_text.h"

namespace hrbridge::ledger {
namespace {

namespace sql = store::sql;

constexpr std::int64_t kLedgerLock = 0x6c65'6467'6572;  // "ledger"
constexpr std::size_t kMostNameBytes = 200;
constexpr std::size_t kShownDigits = 16;
constexpr const char* kKeySubject = "ledger";

constexpr std::string_view kHead =
    "SELECT seq, at, hash, seal FROM ledger_entry ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kKey =
    "SELECT body FROM ledger_entry WHERE kind = 'key_added' ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kAdd =
    "INSERT INTO ledger_entry (seq, form, at, kind, subject, actor, body, prev_hash, hash, seal, "
    "signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

base::StoreError broken(const std::string& what) {
    return {"ledger", base::Remedy::Stop, what + "; run: hrbridge store verify"};
}

std::optional<Head> read_head(sql::Connection& connection) {
    const auto rows = connection.query(kHead, {});
    if (!rows->next()) {
        return std::nullopt;
    }
    const auto hash = Digest::from_bytes(rows->bytes(2));
    if (!hash) {
        throw broken("the hash of the ledger's last entry is no hash");
    }
    return Head{rows->integer(0),
                rows->timestamp(1),
                *hash,
                rows->is_null(3) ? std::string() : rows->bytes(3)};
}

base::Value to_value(const std::string& bytes) {
    return bytes.empty() ? base::Value{base::Null{}} : base::Value{base::Bytes{bytes}};
}

void check(const NewEntry& entry, const PrivateKey* signer) {
    if (!is_plain_text(entry.subject, kMostNameBytes) ||
        !is_plain_text(entry.actor, kMostNameBytes)) {
        throw std::invalid_argument(
            "subject and actor of a ledger entry are 1 to 200 bytes of text without line ends");
    }
    const auto named = signer_of(entry.body);
    if (named.has_value() != (signer != nullptr) || (named && *named != signer->public_key())) {
        throw std::invalid_argument("a signature is made with the key that it names");
    }
}

void insert(sql::Connection& connection, const Entry& entry, const std::string& body) {
    try {
        connection.execute(kAdd,
                           {entry.sequence,
                            kForm,
                            entry.at,
                            std::string(to_string(kind_of(entry.body))),
                            entry.subject,
                            entry.actor,
                            body,
                            base::Bytes{std::string(entry.previous.view())},
                            base::Bytes{std::string(entry.hash.view())},
                            to_value(entry.seal),
                            to_value(entry.signature)});
    } catch (const base::StoreError& error) {
        if (store::is_unique_violation(error)) {
            throw base::StoreError("ledger",
                                   base::Remedy::Retry,
                                   "another entry came between; run the transaction again");
        }
        throw;
    }
}

}  // namespace

std::optional<Head> Ledger::head() {
    return read_head(connection_);
}

std::optional<Head> Ledger::lock() {
    if (!connection_.in_transaction()) {
        throw std::logic_error("a ledger entry belongs to the transaction of what it tells");
    }
    if (connection_.dialect() == sql::Dialect::Postgres) {
        connection_.query("SELECT pg_advisory_xact_lock($1)", {kLedgerLock})->next();
    }
    return read_head(connection_);
}

std::optional<PublicKey> Ledger::key() {
    const auto rows = connection_.query(kKey, {});
    if (!rows->next()) {
        return std::nullopt;
    }
    Note why;
    const auto body = parse_body(Kind::KeyAdded, rows->text(0), why);
    if (!body) {
        throw broken("the ledger's entry of its key cannot be read");
    }
    return std::get<KeyAdded>(*body).key;
}

const PrivateKey* Ledger::sealer(base::Timestamp at,
                                 const std::string& actor,
                                 std::optional<Head>& head,
                                 bool& added) {
    const auto known = key();
    if (keys_ == nullptr && !known) {
        return nullptr;
    }
    const PrivateKey* const before = known && keys_ != nullptr ? keys_->find(*known) : nullptr;
    if (known && before == nullptr) {
        throw base::StoreError(
            "ledger",
            base::Remedy::Stop,
            fmt::format("the ledger is sealed by the key {}…, which ledger_key does not hold; put "
                        "that key back, below a newer one where there is one",
                        known->fingerprint().hex().substr(0, kShownDigits)));
    }
    const PrivateKey& current = keys_->current();
    const PublicKey key = current.public_key();
    if (!known || *known != key) {
        const NewEntry entry{at, kKeySubject, actor, KeyAdded{key, key.fingerprint()}};
        check(entry, nullptr);
        const Entry stored = add(entry, head, known ? before : &current, nullptr);
        head = Head{stored.sequence, stored.at, stored.hash, stored.seal};
        added = true;
    }
    return &current;
}

Entry Ledger::add(const NewEntry& entry,
                  const std::optional<Head>& head,
                  const PrivateKey* sealer,
                  const PrivateKey* signer) {
    const std::string body = to_json(entry.body);
    Entry out{head ? head->sequence + 1 : 1,
              entry.at,
              entry.subject,
              entry.actor,
              entry.body,
              head ? head->hash : Digest(),
              {},
              {},
              {}};
    out.hash = entry_hash({out.sequence,
                           out.at.time_since_epoch().count(),
                           to_string(kind_of(out.body)),
                           out.subject,
                           out.actor,
                           body,
                           out.previous.view()});
    if (sealer != nullptr) {
        out.seal = sealer->sign(seal_message(out.sequence, out.at, out.hash));
    }
    if (signer != nullptr) {
        out.signature = signer->sign(signature_message(out.sequence, out.at, out.hash));
    }
    insert(connection_, out, body);
    return out;
}

Entry Ledger::append(const NewEntry& entry, const PrivateKey* signer) {
    check(entry, signer);
    if (std::holds_alternative<KeyAdded>(entry.body)) {
        throw std::invalid_argument("the ledger itself adds its keys");
    }
    to_json(entry.body);  // refuses before others wait
    std::optional<Head> head = lock();
    bool added = false;
    const PrivateKey* const sealing = sealer(entry.at, entry.actor, head, added);
    return add(entry, head, sealing, signer);
}

bool Ledger::add_key(base::Timestamp at, const std::string& actor) {
    std::optional<Head> head = lock();
    bool added = false;
    sealer(at, actor, head, added);
    return added;
}

}  // namespace hrbridge::ledger
