#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/store.h"

// A whole store beside the live one: in PostgreSQL a schema of the live store's database, in SQLite
// a file beside the live file. Nothing that is done in it is seen in the live one, or the other way
// round; both are opened and written by the same code.
namespace hrbridge::store {

// `module` begins with a-z and has at most 40 of a-z, 0-9 and _.
struct SideName {
    std::string module;
    std::int64_t number = 0;
};

// "rehearsal_core_hr_3", as a schema; "/var/lib/hrbridge/hr.db.rehearsal-core_hr-3", as a file.
// Throws std::invalid_argument for a name that is none.
StoreOptions side_options(const StoreOptions& live, const SideName& name);

// Whether something is there already: a file, or a schema that holds anything. An empty schema is
// none: an administrator may have made it because this user must not (create_side).
bool side_is_taken(const StoreOptions& live, const SideName& name);

// Makes it unless it is there and brings it to the newest schema version; safe to be repeated
// after it was cut off. Where the user may not create schemas, StoreError(Stop) says what an
// administrator can do.
void create_side(const StoreOptions& live, const SideName& name);

// Brings one that an earlier program made to the newest schema version. False when there is none;
// none is made.
bool upgrade_side(const StoreOptions& live, const SideName& name);

// Removes it and all that is in it; nothing when it is not there. Nobody may be working with it.
void drop_side(const StoreOptions& live, const SideName& name);

// Replaces all rows of these entities in the side store by the live store's, ids and sealed bytes
// as they are, in one transaction; parents stand before what refers to them. Of the live store it
// only reads, at one moment. Gives the number of rows.
std::int64_t copy_entities(const StoreOptions& live,
                           const SideName& name,
                           const std::vector<std::string>& entities);

}  // namespace hrbridge::store
