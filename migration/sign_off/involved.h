#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "migration/sign_off/content.h"
#include "migration/sign_off/told.h"

namespace hrbridge::sign_off {

// An account that a signer named where the records show none.
struct Statement {
    std::string account;
    std::int64_t entry = 0;  // in which it was first named
};

// Who has loaded a rehearsal and who has judged its sheet: neither decides about it.
struct Involved {
    std::set<std::string> loaders;    // the accounts among those who loaded
    std::set<std::string> strangers;  // those who loaded and are no account: Unix users
    // Who the strangers were. The first statement holds for every act; one that was signed by a key
    // that has been revoked is none.
    std::optional<Statement> stated;
    // Who worked the most rows of the sheet of the newest draw that was concluded; nullopt: there
    // is none.
    std::optional<std::string> sheet_by;
    // All who ever gave a verdict on that sheet, overturned ones too, and whom a checker named.
    std::set<std::string> judges;

    // Whether a statement is needed and there is none.
    bool is_unknown() const { return !strangers.empty() && !stated; }
    bool has_loaded(const std::string& account) const {
        return loaders.contains(account) || (stated && stated->account == account);
    }
    // Whether this account may approve, accept losses and answer the list, when it says this of who
    // loaded: nothing, or what was stated first.
    bool is_apart(const std::string& account, const std::optional<std::string>& says) const {
        return !is_unknown() && !has_loaded(account) && !judges.contains(account) &&
               (!says || !stated || *says == stated->account);
    }
};

// From the ledger, and the sheet's verdicts as the live store keeps them.
Involved involved(const Scope& scope, const LedgerTold& told);

// The account that an actor of the records stands for: an account's name, or the Unix user's in
// "uid 1000 (name)"; nullopt when there is no such account.
std::optional<std::string> account_of(store::sql::Connection& live, const std::string& actor);

}  // namespace hrbridge::sign_off
