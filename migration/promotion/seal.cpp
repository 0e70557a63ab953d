#include "migration/promotion/seal.h"

#include <stdexcept>

#include <fmt/format.h>

namespace hrbridge::promotion {

Seal::Seal(store::sql::Connection& live, const store::EntityTable& table, const Rows& changing)
    : live_(live), table_(table) {
    if (auto sum = store::read_content_sum(live, table.name, true)) {
        sum_ = std::move(*sum);
    } else {
        sum_ = store::compute_content_sum(live, table);
    }
    store::RowImages images(live, table, sum_.columns);
    images.scan(select(images, changing), [this](const store::RowImages::Row& row) {
        sum_.total.subtract(row.image);
        --sum_.rows;
    });
    if (!table.has_history) {
        return;
    }
    history_ = store::read_content_sum(live, store::history_of(table.name), true);
    if (!history_) {
        history_ = store::compute_history_sum(live, table, sum_.columns);
    }
    scan_history(changing, [this](const base::RowImage& image) {
        history_->total.subtract(image);
        --history_->rows;
    });
}

std::string Seal::select(store::RowImages& images, const Rows& rows) const {
    return fmt::format("SELECT {} FROM {} a JOIN {} t ON t.id = a.row_id WHERE {}",
                       images.columns("t"),
                       rows.table,
                       table_.name,
                       rows.where);
}

void Seal::add(const Rows& written) {
    store::RowImages images(live_, table_, sum_.columns);
    images.scan(select(images, written), [this](const store::RowImages::Row& row) {
        sum_.total.add(row.image);
        ++sum_.rows;
    });
}

void Seal::add_history(const Rows& written) {
    if (history_) {
        scan_history(written, [this](const base::RowImage& image) {
            history_->total.add(image);
            ++history_->rows;
        });
    }
}

void Seal::scan_history(const Rows& rows, const std::function<void(const base::RowImage&)>& row) {
    store::RowImages images(live_, table_, history_->columns);
    images.scan_history(fmt::format("SELECT {}, h.known_to FROM {} a JOIN {} h ON h.id = a.row_id "
                                    "WHERE {}",
                                    images.columns("h"),
                                    rows.table,
                                    history_->entity,
                                    rows.where),
                        row);
}

void Seal::write() {
    for (const store::ContentSum& sum : sums()) {
        store::write_content_sum(live_, sum);
    }
}

std::vector<store::ContentSum> Seal::sums() const {
    return history_ ? std::vector{sum_, *history_} : std::vector{sum_};
}

void tell_ledger(ledger::Ledger& ledger, base::Timestamp at, const store::SealedContent& content) {
    const auto identity = ledger::Digest::from_bytes(content.identity);
    const auto root = ledger::Digest::from_bytes(content.root);
    if (!identity || !root) {
        throw std::logic_error("a batch's identity and root are digests");
    }
    ledger.append({at,
                   content.entity,
                   "hrbridge",
                   ledger::Batch{content.mapping, *identity, *root, content.rows}});
}

std::function<void(store::sql::Connection&, const store::SealedContent&)> ledger_teller(
    const ledger::KeyRing* keys, base::Clock& clock) {
    return [keys, &clock](store::sql::Connection& connection, const store::SealedContent& content) {
        ledger::Ledger ledger(connection, keys);
        tell_ledger(ledger, clock.now(), content);
    };
}

}  // namespace hrbridge::promotion
