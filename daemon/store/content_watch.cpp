#include "daemon/store/content_watch.h"

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::store {

ContentWatch::ContentWatch(sql::Connection& connection, const BatchPlan& plan)
    : connection_(connection), plan_(plan) {}

bool ContentWatch::is_on() {
    if (!asked_) {
        // Locked from here on: of two mappings that write one entity, the second must not take a
        // row for what it was before the first.
        const bool writes = plan_.run_id != 0;
        if (const auto sum = read_content_sum(connection_, plan_.table.name, writes)) {
            images_.emplace(connection_, plan_.table, sum->columns);
        }
        asked_ = true;
    }
    return images_.has_value();
}

void ContentWatch::before(std::string_view rows) {
    images_->scan(fmt::format("SELECT {} {}", images_->columns("t"), rows),
                  [this](const RowImages::Row& row) {
                      change_.subtract(row.image);
                      --rows_;
                      changed_ = true;
                  });
}

void ContentWatch::after(std::string_view rows) {
    images_->scan(fmt::format("SELECT {} {}", images_->columns("t"), rows),
                  [this](const RowImages::Row& row) {
                      change_.add(row.image);
                      ++rows_;
                      changed_ = true;
                  });
}

void ContentWatch::seal(const std::string& batch_identity) {
    if (!changed_) {
        return;
    }
    if (!plan_.seal_content) {
        throw base::StoreError(
            "content_sum",
            base::Remedy::Stop,
            fmt::format("{} was promoted, and what writes it must tell the ledger; this process "
                        "has none",
                        plan_.table.name));
    }
    ContentSum sum = read_content_sum(connection_, plan_.table.name, true).value();
    sum.total.add(change_);
    sum.rows += rows_;
    write_content_sum(connection_, sum);
    plan_.seal_content(connection_,
                       {plan_.table.name, plan_.mapping, batch_identity, sum.digest(), sum.rows});
}

void ContentWatch::forget() {
    asked_ = false;
    images_.reset();
    change_ = {};
    rows_ = 0;
    changed_ = false;
}

}  // namespace hrbridge::store
