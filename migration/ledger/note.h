#pragma once

#include <map>
#include <string>

namespace hrbridge::ledger {

// Something to tell a person: the key of a text in a catalogue and what fills its {placeholders}.
// No personal data and no secret.
struct Note {
    std::string code;
    std::map<std::string, std::string> values = {};

    friend bool operator==(const Note&, const Note&) = default;
};

}  // namespace hrbridge::ledger
