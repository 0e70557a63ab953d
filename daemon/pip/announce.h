#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/store/sql.h"

namespace hrbridge::pip {

// What a card says, before it is made into the platform's form.
struct CardText {
    std::string title;
    std::string description;
    std::string text;
    std::string emphasis;  // "8.1%"
    std::string emphasis_description;
    std::vector<std::pair<std::string, std::string>> details;
    std::string path;  // of the page: "/findings/12"
    std::string task;  // unique name of the event
    // Of a button by which the receiver says that he has read it; empty: none.
    std::string answer_key;
    std::string answer_text;  // at most 10 characters
};

// The key of the button "read" of a finding's card, and the finding of such a key; nullopt for
// other keys.
std::string seen_key(std::int64_t finding_id);
std::optional<std::int64_t> finding_of_key(std::string_view key);

// A card whose texts the platform's form does not take; it stands dead in the outbox.
struct UnbuiltCard {
    std::string task;
    std::string receiver;
    base::Fault fault;
};

// What was written to the outbox.
struct Announced {
    std::int64_t rows = 0;             // that can be sent
    std::vector<UnbuiltCard> unbuilt;  // each told once
};

// The event of the finding's next card, and whether `card` is one of its own.
std::string next_card_key(const model::Finding& finding);
bool is_own_card(const model::Finding& finding);

// Turns findings into outbox events: a card for a warning, a card that takes it back, one digest
// for all watches of a month. `build` makes the exact request bytes for one receiver. The same
// event is written once, whatever is evaluated again. Telling decides when.
struct Announcer {
    std::vector<std::string> receivers;  // WeCom userids of HR
    std::function<base::Result<std::string>(const CardText& card, const std::string& receiver)>
        build;

    // In the caller's transaction. A card that cannot be built stops nothing: it is a dead row that
    // says why, which a later card of the same event replaces.
    //
    // The event is finding.card, or the next one when there is none.
    Announced warn(store::sql::Connection& connection,
                   const model::Finding& finding,
                   const model::EmployeeLabel& employee,
                   base::Timestamp now) const;
    // For those who got finding.card or may have; what still waits to be sent is withdrawn. `why`
    // is said: other data, another rule over the same data, or that both changed or it is not known
    // which.
    enum class Why { Data, Rule, DataOrRule };
    Announced take_back(store::sql::Connection& connection,
                        const model::Finding& finding,
                        const model::EmployeeLabel& employee,
                        Why why,
                        base::Timestamp now) const;
    // One that was not sent yet is brought up to date, or goes with the last watch.
    Announced digest(store::sql::Connection& connection,
                     base::Date period,
                     std::int64_t watches,
                     double by_chance,
                     base::Timestamp now) const;
};

}  // namespace hrbridge::pip
