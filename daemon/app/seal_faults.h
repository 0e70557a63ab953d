#pragma once

#include "daemon/app/services.h"
#include "daemon/base/result.h"

namespace hrbridge::app {

// Compares the keys of seal_keys with those that the store knows under the same ids: a fault for
// each that is another, or when the digests would be made with another key than theirs. Opens the
// store and writes nothing; throws base::StoreError when the store cannot be opened. No keys, no
// faults.
base::Faults seal_faults(const Services& services);

// What `hrbridge check` can compare without reaching an outside system: with a store that is a file
// and is there already. A store that this user cannot open gives no faults.
base::Faults seal_faults_of_file(const Services& services);

}  // namespace hrbridge::app
