#include "migration/check/sealed_rules.h"

#include <algorithm>
#include <array>

#include "migration/check/stream.h"

namespace hrbridge::check {
namespace {

struct Mark {
    std::array<char, 16> digest;
    std::int64_t id;
    std::int64_t place;  // in the order of the key
};

// The canonical bytes of a row's values, which no other values have.
std::string canonical(std::span<const base::Value> cells) {
    base::RowHasher hasher;
    for (const base::Value& cell : cells) {
        hasher.add_text(shown_text(cell));
    }
    return std::string(hasher.canonical());
}

bool has_null(std::span<const base::Value> cells) {
    return std::any_of(cells.begin(), cells.end(), [](const base::Value& cell) {
        return std::holds_alternative<base::Null>(cell);
    });
}

// Of runs of equal digests all but those that stand alone.
void keep_repeated(std::vector<Mark>& marks) {
    std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
        return a.digest < b.digest;
    });
    std::vector<Mark> repeated;
    for (std::size_t begin = 0; begin < marks.size();) {
        std::size_t end = begin + 1;
        while (end < marks.size() && marks[end].digest == marks[begin].digest) {
            ++end;
        }
        if (end - begin > 1) {
            repeated.insert(repeated.end(),
                            marks.begin() + static_cast<std::ptrdiff_t>(begin),
                            marks.begin() + static_cast<std::ptrdiff_t>(end));
        }
        begin = end;
    }
    std::sort(repeated.begin(), repeated.end(), [](const Mark& a, const Mark& b) {
        return a.place < b.place;
    });
    marks = std::move(repeated);
}

}  // namespace

Found judge_unique_sealed(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto& fields = std::get<UniqueForm>(rule.form).fields;
    if (scope.keys == nullptr) {
        throw CannotCheck({"no_keys", {{"field", fields.front()}}});
    }
    base::KeyedDigest digest = scope.keys->digest("check unique 1");
    std::vector<Mark> marks;
    Found found;
    stream_rows(scope, entity, {fields, rule.where, true}, [&](std::int64_t id, auto cells) {
        ++found.examined;
        if (!has_null(cells)) {
            Mark mark{{}, id, found.examined};
            const std::string bytes = digest.of(canonical(cells));
            std::copy_n(bytes.begin(), mark.digest.size(), mark.digest.begin());
            marks.push_back(mark);
        }
    });
    keep_repeated(marks);
    found.failed = static_cast<std::int64_t>(marks.size());
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < std::min(marks.size(), scope.examples); ++i) {
        ids.push_back(marks[i].id);
    }
    found.rows = locate(scope, entity, ids, fields.front());
    return found;
}

Found judge_sealed_values(const Scope& scope,
                          const Entity& entity,
                          const std::string& field,
                          const std::function<bool(const base::Value&)>& is_good) {
    Found found;
    std::vector<std::int64_t> ids;
    stream_rows(scope, entity, {{field}, {}, true}, [&](std::int64_t id, auto cells) {
        ++found.examined;
        if (!is_good(cells[0])) {
            ++found.failed;
            if (ids.size() < scope.examples) {
                ids.push_back(id);
            }
        }
    });
    found.rows = locate(scope, entity, ids, field);
    return found;
}

}  // namespace hrbridge::check
