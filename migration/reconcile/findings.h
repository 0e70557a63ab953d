#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "migration/check/verdict.h"
#include "migration/reconcile/target_rows.h"

namespace hrbridge::reconcile {

// Collects what differs of one mapping: counts all, keeps the first by key.
class Findings {
  public:
    Findings(const TargetRows& target, std::size_t listed) : target_(target), listed_(listed) {}

    // Rows that differ though their source did not change since the load, and those of which that
    // cannot be said.
    enum class Since { Load, Moved };

    // Both sides have the key: one finding a field that differs, and none where all agree. Gives
    // the number of fields.
    std::size_t changed(const std::vector<base::Value>& key,
                        const std::vector<base::Value>& source,
                        const std::vector<base::Value>& target,
                        Since since);
    // A finding about a row as a whole.
    void row(const std::vector<base::Value>& key, check::Note note, Since since);
    void field(const std::vector<base::Value>& key,
               const std::string& field,
               check::Note note,
               Since since);
    // Rows that are only counted.
    void more(std::int64_t rows, Since since);

    std::int64_t rows(Since since) const { return side(since).rows; }
    // By key and field.
    std::vector<check::Located> take(Since since);

  private:
    struct Side {
        std::int64_t rows = 0;
        std::vector<check::Located> located;
    };
    Side& side(Since since) { return since == Since::Load ? load_ : moved_; }
    const Side& side(Since since) const { return since == Since::Load ? load_ : moved_; }
    void add(Side& side, check::Located located) const;
    check::Located differing(const engine::FieldRule& field,
                             const std::vector<base::Value>& key,
                             const base::Value& source,
                             const base::Value& target) const;

    const TargetRows& target_;
    std::size_t listed_;
    Side load_;
    Side moved_;
};

}  // namespace hrbridge::reconcile
