#include "mappings/engine/drift.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "mappings/engine/type_change.h"

namespace hrbridge::engine {
namespace {

struct Types {
    std::string before;
    std::string now;
};

std::string contract_text(const ContractColumn& contract) {
    return type_text(contract) + (contract.never_null ? "!" : "");
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
                contract->name,
                "the source no longer has this column",
                mapping_.drift.removed,
                {contract_text(*contract), ""});
        }
        for (const std::size_t index : extra_) {
            const base::DescribedColumn& column = described_[index];
            const std::string type = type_text(column);
            add(DriftKind::Added, column.name, type, mapping_.drift.added, {"", type});
        }
        return std::move(changes_);
    }

  private:
    const base::DescribedColumn* find(const std::string& name) const {
        const auto found = std::find_if(
            described_.begin(), described_.end(), [&](const base::DescribedColumn& column) {
                return base::same_name(column.name, name);
            });
        return found == described_.end() ? nullptr : &*found;
    }
    bool in_contract(const std::string& name) const {
        return std::any_of(
            mapping_.columns.begin(), mapping_.columns.end(), [&](const ContractColumn& each) {
                return base::same_name(each.name, name);
            });
    }

    void add(DriftKind kind,
             const std::string& column,
             std::string detail,
             DriftAction action,
             Types types) {
        changes_.push_back({kind,
                            column,
                            std::move(detail),
                            column_uses(mapping_, column),
                            action,
                            std::move(types.before),
                            std::move(types.now)});
    }

    void compare(const ContractColumn& contract, const base::DescribedColumn& now) {
        const std::string detail = fmt::format("{} → {}", type_text(contract), type_text(now));
        const Types types{contract_text(contract), type_text(now)};
        switch (compare_types(contract, now)) {
            case TypeChange::None:
                break;
            case TypeChange::Widened:
                add(DriftKind::Widened, contract.name, detail, mapping_.drift.widened, types);
                break;
            case TypeChange::Narrowed:
                add(DriftKind::Narrowed, contract.name, detail, mapping_.drift.narrowed, types);
                break;
            case TypeChange::Retyped:
                add(DriftKind::Retyped, contract.name, detail, mapping_.drift.retyped, types);
                break;
        }
        if (contract.never_null && now.may_be_null) {
            add(DriftKind::Widened,
                contract.name,
                "never NULL → may be NULL",
                mapping_.drift.widened,
                {contract_text(contract), type_text(contract)});
        }
    }

    bool is_renamed_to(const ContractColumn& gone, std::size_t come) const {
        return compare_types(gone, described_[come]) != TypeChange::Retyped;
    }

    void match_renamed() {
        for (auto gone = missing_.begin(); gone != missing_.end();) {
            const auto place = static_cast<std::size_t>(*gone - mapping_.columns.data());
            const auto come = std::find_if(extra_.begin(), extra_.end(), [&](std::size_t index) {
                return index == place && is_renamed_to(**gone, index);
            });
            if (come == extra_.end()) {
                ++gone;
                continue;
            }
            rename(**gone, come);
            gone = missing_.erase(gone);
        }
        // A database puts a column that is dropped and made anew at the end.
        if (missing_.size() == 1 && extra_.size() == 1 &&
            is_renamed_to(*missing_.front(), extra_.front())) {
            rename(*missing_.front(), extra_.begin());
            missing_.clear();
        }
    }

    void rename(const ContractColumn& gone, std::vector<std::size_t>::iterator come) {
        add(DriftKind::Renamed,
            gone.name,
            "now perhaps " + described_[*come].name,
            DriftAction::Stop,
            {contract_text(gone), type_text(described_[*come])});
        extra_.erase(come);
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

std::vector<DriftChange> removed_by_message(const Mapping& mapping, std::string_view message) {
    const ContractColumn* const column = column_named_in(mapping, message);
    if (column == nullptr) {
        return {};
    }
    return {{DriftKind::Removed,
             column->name,
             "the source no longer has this column, which the query names",
             column_uses(mapping, column->name),
             DriftAction::Stop,
             contract_text(*column),
             ""}};
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

std::string mapping_lines(const DriftChange& change) {
    std::string lines;
    for (const ColumnUse& use : change.uses) {
        lines += fmt::format("{}{}", lines.empty() ? "" : ", ", use.line);
    }
    return lines;
}

std::string to_text(const DriftChange& change) {
    return fmt::format("column {} {}{}{} (mapping lines {})",
                       change.column,
                       to_string(change.kind),
                       change.detail.empty() ? "" : ": ",
                       change.detail,
                       mapping_lines(change));
}

base::Faults drift_faults(const Mapping& mapping, const DriftChange& change) {
    base::Faults faults;
    for (const ColumnUse& use : change.uses) {
        const char* const advice = change.kind == DriftKind::Renamed
                                       ? "; adapt the mapping"
                                       : "; adapt the mapping, or its drift policy";
        const std::string what = faults.empty() ? to_text(change) + advice
                                                : fmt::format("reads column {}, which is {}",
                                                              change.column,
                                                              to_string(change.kind));
        faults.push_back({fmt::format("{}:{}: {}", mapping.file, use.line, use.place), what});
    }
    return faults;
}

}  // namespace hrbridge::engine
