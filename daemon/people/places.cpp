#include "daemon/people/places.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hrbridge::people {
namespace {

constexpr std::array<std::string_view, 5> kKept{
    "person", "employment_spell", "assignment", "production_fact", "defect"};

}  // namespace

// Ids are numbers of this program's own making. An employment is its person's by its own id: a
// former version may say that it was another one's.
std::string Place::about(const Person& person, const std::string& alias) const {
    std::vector<std::int64_t> ids{0};
    for (const Spell& spell : person.spells) {
        ids.push_back(spell.id);
    }
    const std::string spells = fmt::format("{}", fmt::join(ids, ", "));
    if (table.name == store::kPerson) {
        return fmt::format("{}.id = {}", alias, person.id);
    }
    if (table.name == store::kSpell) {
        return fmt::format("{}.id IN ({})", alias, spells);
    }
    std::string condition = "1 = 0";
    for (const store::PersonColumn& column : subjects) {
        condition += column.parent == store::kPerson
                         ? fmt::format(" OR {}.{} = {}", alias, column.column, person.id)
                         : fmt::format(" OR {}.{} IN ({})", alias, column.column, spells);
    }
    return "(" + condition + ")";
}

std::vector<Place> places_of(store::sql::Connection& connection) {
    std::vector<Place> places;
    for (const store::EntityTable& table : store::entity_tables(connection)) {
        Place place{table, {}, std::find(kKept.begin(), kKept.end(), table.name) != kKept.end()};
        for (const store::PersonColumn& column : store::person_columns(table)) {
            if (column.subject) {
                place.subjects.push_back(column);
            }
        }
        if (table.name == store::kPerson || !place.subjects.empty()) {
            places.push_back(std::move(place));
        }
    }
    std::stable_partition(
        places.begin(), places.end(), [](const Place& place) { return !place.kept; });
    return places;
}

}  // namespace hrbridge::people
