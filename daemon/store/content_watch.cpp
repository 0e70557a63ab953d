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

void ContentWatch::before(std::string_view rows, std::optional<base::Timestamp> kept_at) {
    images_->scan(fmt::format("SELECT {} {}", images_->columns("t"), rows),
                  [this, kept_at](const RowImages::Row& row) {
                      change_.subtract(row.image);
                      --rows_;
                      changed_ = true;
                      if (kept_at) {
                          kept_.add(images_->superseded(row.image, *kept_at));
                          ++kept_rows_;
                      }
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
    move_on(plan_.table.name, change_, rows_, batch_identity);
    if (kept_rows_ > 0) {
        move_on(history_of(plan_.table.name), kept_, kept_rows_, batch_identity);
    }
}

// Superseded rows have no sum before the entity's next promotion where it was promoted by a version
// that made none.
void ContentWatch::move_on(const std::string& entity,
                           const base::RowSum& change,
                           std::int64_t rows,
                           const std::string& batch_identity) {
    auto sum = read_content_sum(connection_, entity, true);
    if (!sum) {
        return;
    }
    sum->total.add(change);
    sum->rows += rows;
    write_content_sum(connection_, *sum);
    plan_.seal_content(connection_,
                       {entity, plan_.mapping, batch_identity, sum->digest(), sum->rows});
}

void ContentWatch::forget() {
    asked_ = false;
    images_.reset();
    change_ = {};
    rows_ = 0;
    changed_ = false;
    kept_ = {};
    kept_rows_ = 0;
}

}  // namespace hrbridge::store
