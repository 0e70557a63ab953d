#include "daemon/store/content_move.h"

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"

namespace hrbridge::store {

ContentMove::ContentMove(sql::Connection& connection, const EntityTable& table, Of of)
    : connection_(connection),
      name_(of == Of::Versions ? history_of(table.name) : table.name),
      versions_(of == Of::Versions),
      sum_(read_content_sum(connection, name_, true)) {
    if (sum_) {
        images_.emplace(connection, table, sum_->columns);
    }
}

void ContentMove::before(const std::string& where) {
    scan(where, [this](const base::RowImage& image) {
        sum_->total.subtract(image);
        --sum_->rows;
    });
}

void ContentMove::after(const std::string& where) {
    scan(where, [this](const base::RowImage& image) {
        sum_->total.add(image);
        ++sum_->rows;
    });
}

void ContentMove::tell(
    const std::function<void(sql::Connection&, const SealedContent&)>& seal_content,
    const std::string& mapping,
    const std::string& step) {
    if (!sum_) {
        return;
    }
    if (!seal_content) {
        throw base::StoreError("seal_content",
                               base::Remedy::Stop,
                               "nobody can tell the ledger what " + name_ + " holds");
    }
    write_content_sum(connection_, *sum_);
    seal_content(connection_,
                 {sum_->entity, mapping, base::sha256(step), sum_->digest(), sum_->rows});
}

void ContentMove::scan(const std::string& where,
                       const std::function<void(const base::RowImage&)>& work) {
    if (!images_) {
        return;
    }
    if (versions_) {
        images_->scan_history(
            fmt::format(
                "SELECT {}, t.known_to FROM {} t WHERE {}", images_->columns("t"), name_, where),
            work);
        return;
    }
    images_->scan(fmt::format("SELECT {} FROM {} t WHERE {}", images_->columns("t"), name_, where),
                  [&](const RowImages::Row& row) { work(row.image); });
}

}  // namespace hrbridge::store
