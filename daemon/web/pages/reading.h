#pragma once

#include <memory>

#include "daemon/store/readings.h"
#include "daemon/web/pages/pages.h"

namespace hrbridge::web {

// Of what a page shows and does not change: to the store's replica where there is one.
std::unique_ptr<store::sql::Connection> connect_to_read(const PageParts& parts);

// Notes in the store who is shown what; `connection` is connect_to_read()'s.
void note_reading(const PageParts& parts,
                  store::sql::Connection& connection,
                  const store::Reading& reading);

}  // namespace hrbridge::web
