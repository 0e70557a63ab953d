#pragma once

#include <string>
#include <vector>

#include "daemon/app/output.h"
#include "migration/ledger/verify.h"

namespace hrbridge::app {

// Whose words a verification is told in.
struct LedgerWords {
    std::string language;                       // "zh" or "en"
    std::vector<ledger::ContentProof*> proofs;  // each has its own texts
};

// Every check with what came of it, then the findings, then what follows from them.
void print(const ledger::VerifyReport& report, const LedgerWords& words, bool json, Output& output);

}  // namespace hrbridge::app
