#include "daemon/app/people_specs.h"

namespace hrbridge::app {

std::vector<CommandSpec> people_specs() {
    const CommandSpec::Option json{"json", "", "print JSON"};
    return {
        {"people export",
         "",
         "print all that the store holds of a person as JSON; his number comes on standard input",
         0,
         0,
         {}},
        {"people erase",
         "",
         "erase a person for good, and keep sources from bringing him back; his number comes on "
         "standard input",
         0,
         0,
         {{"reason", "TEXT", "who asked, kept with the record of the erasure"},
          {"dry-run", "", "say what would go and change nothing"},
          {"while-employed", "", "also one whose employment has not ended"},
          json}},
        {"people due",
         "",
         "how many people are past retention.employment_days, and what keeps them",
         0,
         0,
         {json}},
        {"people erased", "", "the erasures so far", 0, 0, {json}},
        {"people hold",
         "",
         "keep a person from being erased; his number comes on standard input",
         0,
         0,
         {{"reason", "TEXT", "the dispute or the order of an authority"}}},
        {"people release", "", "end a hold; the person's number comes on standard input", 0, 0, {}},
        {"people readmit",
         "",
         "read rows under a number again that somebody had who was erased, such as one that was "
         "given "
         "to somebody else; it comes on standard input",
         0,
         0,
         {}},
        {"people again",
         "",
         "erase whom a restored backup has brought back, by the journal beside the backups",
         0,
         0,
         {}},
    };
}

}  // namespace hrbridge::app
