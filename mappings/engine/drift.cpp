#include "mappings/engine/drift.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine {
namespace {

// The families that a driver may name differently for one and the same column: a reader takes
// their cells as text anyway, and the mapping's rules check every value.
int group_of(Family family) {
    switch (family) {
        case Family::FixedText:
        case Family::Text:
            return 1;
        case Family::Integer:
        case Family::Bool:
            return 2;
        case Family::Decimal:
        case Family::Float:
            return 3;
        case Family::Date:
            return 4;
        case Family::Timestamp:
            return 5;
        case Family::Time:
            return 6;
        case Family::Bytes:
            return 7;
        case Family::Other:
            return 8;
    }
    return 8;
}

bool same_type(const std::string& contract, const std::string& described) {
    const Family left = family_of(contract);
    const Family right = family_of(described);
    if (described.empty()) {
        return true;  // the source does not say (JSON, CSV)
    }
    if (left == Family::Other || right == Family::Other) {
        return contract == described;
    }
    return group_of(left) == group_of(right);
}

std::string type_text(const std::string& type, std::int64_t size, int scale) {
    if (size == 0) {
        return type;
    }
    return scale > 0 ? fmt::format("{}({},{})", type, size, scale)
                     : fmt::format("{}({})", type, size);
}

bool has_size(const std::string& type) {
    const Family family = family_of(type);
    return family == Family::FixedText || family == Family::Text || family == Family::Decimal;
}

class Comparison {
  public:
    Comparison(const Mapping& mapping, const std::vector<base::DescribedColumn>& described)
        : mapping_(mapping), described_(described) {}

    std::vector<DriftChange> all() {
        for (const ContractColumn& contract : mapping_.columns) {
            const base::DescribedColumn* now = find(contract.name);
            if (now == nullptr) {
                missing_.push_back(&contract);
            } else {
                compare(contract, *now);
            }
        }
        for (std::size_t i = 0; i < described_.size(); ++i) {
            if (!described_[i].name.starts_with('#') && !in_contract(described_[i].name)) {
                extra_.push_back(i);
            }
        }
        match_renamed();
        for (const ContractColumn* contract : missing_) {
            add(DriftKind::Removed,
                *contract,
                "the source no longer has this column",
                mapping_.drift.removed);
        }
        for (const std::size_t index : extra_) {
            const base::DescribedColumn& column = described_[index];
            changes_.push_back({DriftKind::Added,
                                column.name,
                                type_text(column.type, column.size, column.scale),
                                {},
                                mapping_.drift.added});
        }
        return std::move(changes_);
    }

  private:
    static bool equal_names(std::string_view left, std::string_view right) {
        return base::to_lower_ascii(left) == base::to_lower_ascii(right);
    }
    const base::DescribedColumn* find(const std::string& name) const {
        for (const base::DescribedColumn& column : described_) {
            if (equal_names(column.name, name)) {
                return &column;
            }
        }
        return nullptr;
    }
    bool in_contract(const std::string& name) const {
        return std::any_of(
            mapping_.columns.begin(), mapping_.columns.end(), [&](const ContractColumn& each) {
                return equal_names(each.name, name);
            });
    }

    void add(DriftKind kind,
             const ContractColumn& contract,
             std::string detail,
             DriftAction action) {
        std::vector<int> lines{contract.line};
        for (const FieldRule& field : mapping_.fields) {
            if (field.from == contract.name) {
                lines.push_back(field.line);
            }
        }
        changes_.push_back({kind, contract.name, std::move(detail), std::move(lines), action});
    }

    void compare(const ContractColumn& contract, const base::DescribedColumn& now) {
        const std::string before = type_text(contract.type, contract.size, contract.scale);
        const std::string after = type_text(now.type, now.size, now.scale);
        if (!same_type(contract.type, now.type)) {
            add(DriftKind::Retyped, contract, before + " → " + after, mapping_.drift.retyped);
            return;
        }
        if (contract.size == 0 || now.size == 0 || !has_size(contract.type)) {
            return;
        }
        if (now.size > contract.size || now.scale > contract.scale) {
            add(DriftKind::Widened, contract, before + " → " + after, mapping_.drift.widened);
        } else if (now.size < contract.size || (now.scale > 0 && now.scale < contract.scale)) {
            // Some drivers (sqliteodbc) say 0 for every scale.
            add(DriftKind::Narrowed, contract, before + " → " + after, mapping_.drift.narrowed);
        }
    }

    // One column gone and another come at the same place with the same type looks like a new name.
    void match_renamed() {
        for (auto gone = missing_.begin(); gone != missing_.end();) {
            const auto place = static_cast<std::size_t>(*gone - mapping_.columns.data());
            const auto come = std::find_if(extra_.begin(), extra_.end(), [&](std::size_t index) {
                return index == place && same_type((*gone)->type, described_[index].type);
            });
            if (come == extra_.end()) {
                ++gone;
                continue;
            }
            add(DriftKind::Renamed,
                **gone,
                "now perhaps " + described_[*come].name,
                mapping_.drift.renamed);
            extra_.erase(come);
            gone = missing_.erase(gone);
        }
    }

    const Mapping& mapping_;
    const std::vector<base::DescribedColumn>& described_;
    std::vector<const ContractColumn*> missing_;
    std::vector<std::size_t> extra_;
    std::vector<DriftChange> changes_;
};

}  // namespace

std::vector<DriftChange> compare_columns(const Mapping& mapping,
                                         const std::vector<base::DescribedColumn>& described) {
    return Comparison(mapping, described).all();
}

std::string to_string(DriftKind kind) {
    switch (kind) {
        case DriftKind::Added:
            return "added";
        case DriftKind::Widened:
            return "widened";
        case DriftKind::Renamed:
            return "renamed";
        case DriftKind::Narrowed:
            return "narrowed";
        case DriftKind::Retyped:
            return "retyped";
        case DriftKind::Removed:
            return "removed";
    }
    return "changed";
}

}  // namespace hrbridge::engine
