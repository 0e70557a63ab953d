#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// A second, slow way to judge: by days, by walks and by pairs, over rows in memory.
namespace hrbridge::check::naive {

struct Row {
    std::string key;
    int place = 0;  // in the order of insertion
    int group = 0;
    std::optional<int> parent;  // a group
    int from = 0;
    std::optional<int> to;
    bool live = true;
};
using Rows = std::vector<Row>;
using Keys = std::set<std::string>;

inline constexpr int kLastDay = 60;  // behind each day of a test

inline bool holds(const Row& row, int day, bool to_counts) {
    return row.live && day >= row.from &&
           (!row.to || day < *row.to || (to_counts && day == *row.to));
}

inline bool holds_ever(const Row& row, bool to_counts) {
    for (int day = row.from; day <= kLastDay; ++day) {
        if (holds(row, day, to_counts)) {
            return true;
        }
    }
    return false;
}

inline Keys overlapping(const Rows& rows, bool to_counts) {
    Keys keys;
    for (const Row& a : rows) {
        for (const Row& b : rows) {
            for (int day = 0; day <= kLastDay && a.key != b.key && a.group == b.group; ++day) {
                if (holds(a, day, to_counts) && holds(b, day, to_counts)) {
                    keys.insert(a.key);
                }
            }
        }
    }
    return keys;
}

// The first row behind a day that no row of the group covers, where an earlier day is covered.
inline Keys behind_gaps(const Rows& rows) {
    Keys keys;
    for (const Row& row : rows) {
        if (!holds_ever(row, false)) {
            continue;
        }
        bool earlier = false;
        bool covered = false;
        bool first = true;
        for (const Row& other : rows) {
            if (other.group != row.group || other.key == row.key || !holds_ever(other, false)) {
                continue;
            }
            earlier = earlier || other.from < row.from;
            covered = covered || holds(other, row.from - 1, false);
            first = first && !(other.from == row.from && other.place < row.place);
        }
        if (earlier && !covered && first) {
            keys.insert(row.key);
        }
    }
    return keys;
}

// Whether somebody is reached from a node by the edges of these rows.
inline bool reaches(const Rows& edges, int from, int to, std::set<int>& seen) {
    if (from == to) {
        return true;
    }
    if (!seen.insert(from).second) {
        return false;
    }
    return std::any_of(edges.begin(), edges.end(), [&](const Row& edge) {
        return edge.group == from && edge.parent && reaches(edges, *edge.parent, to, seen);
    });
}

inline Keys on_cycles(const Rows& edges) {
    Keys keys;
    for (const Row& edge : edges) {
        std::set<int> seen;
        if (edge.live && edge.parent && reaches(edges, *edge.parent, edge.group, seen)) {
            keys.insert(edge.key);
        }
    }
    return keys;
}

// Day by day: what holds on one and the same day.
inline Keys on_cycles_of_a_day(const Rows& rows, bool to_counts) {
    Keys keys;
    for (int day = 0; day <= kLastDay; ++day) {
        Rows edges;
        for (const Row& row : rows) {
            if (holds(row, day, to_counts)) {
                edges.push_back(row);
            }
        }
        keys.merge(on_cycles(edges));
    }
    return keys;
}

}  // namespace hrbridge::check::naive
