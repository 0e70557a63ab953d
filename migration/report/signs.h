#pragma once

#include <string>

#include "migration/report/document.h"

namespace hrbridge::report {

// The class of a tone in the style sheet; empty for Plain.
inline const char* tone_name(Tone tone) {
    switch (tone) {
        case Tone::Plain:
            return "";
        case Tone::Good:
            return "good";
        case Tone::Bad:
            return "bad";
        case Tone::Open:
            return "open";
    }
    return "";
}

// What stands before a word of this tone.
inline std::string tone_sign(Tone tone) {
    switch (tone) {
        case Tone::Plain:
            return "";
        case Tone::Good:
            return "√ ";
        case Tone::Bad:
            return "× ";
        case Tone::Open:
            return "○ ";
    }
    return "";
}

// Its colour, "#rrggbb"; dark enough for text on white.
inline const char* tone_colour(Tone tone) {
    switch (tone) {
        case Tone::Plain:
            return "#1f2933";
        case Tone::Good:
            return "#1b6e3c";
        case Tone::Bad:
            return "#b3261e";
        case Tone::Open:
            return "#8a5300";
    }
    return "#1f2933";
}

}  // namespace hrbridge::report
