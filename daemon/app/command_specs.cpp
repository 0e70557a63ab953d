#include <cstdint>

#include "daemon/app/cli.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kMostListed = 100'000;
constexpr std::int64_t kMostPreviewed = 2'000;

using Option = CommandSpec::Option;

}  // namespace

const std::vector<CommandSpec>& command_specs() {
    static const Option kJson{"json", "", "print JSON"};
    static const Option kForce{
        "force", "", "also outside the hours that the source's guard allows"};
    static const Option kLimit{"limit", "N", "at most N (default 50)", {}, 1, kMostListed};
    static const std::vector<CommandSpec> kSpecs{
        {"run", "", "run the daemon", 0, 0, {}},
        {"check",
         "",
         "check configuration, mappings and fixtures; with --all every system and query too",
         0,
         0,
         {{"all", "", "reach the store, every source and WeCom, and prepare each mapping's query"},
          kForce,
          kJson}},
        {"status", "", "what the daemon and its jobs are doing", 0, 0, {kJson}},
        {"sync",
         "NAME",
         "run one mapping now, or all in order (NAME 'all')",
         1,
         1,
         {{"once", "", "run once and return (the default without a daemon)"},
          {"dry-run", "", "show what would change, record by record"},
          {"full", "", "read everything, not only the window"},
          {"sweep",
           "KIND",
           "compare source and store: keys (rows that are gone or never came), hashes (silent "
           "changes too); with --dry-run only report",
           {"keys", "hashes"}},
          kForce,
          {"limit", "N", "at most N records of a dry run (default 50)", {}, 1, kMostListed},
          kJson}},
        {"mapping new",
         "SOURCE TABLE",
         "write a mapping for a source's table, or for files ('*.csv'), to standard output",
         2,
         2,
         {{"entity", "NAME", "the target entity, whose columns become the fields"},
          {"out", "FILE", "write it here instead; a file that is there is left alone"},
          kForce}},
        {"mapping preview",
         "FILE",
         "show rows of the source before and after a mapping",
         1,
         1,
         {{"rows", "N", "how many rows (default 10)", {}, 1, kMostPreviewed}, kForce, kJson}},
        {"rejects list",
         "",
         "rows that were not stored, and why",
         0,
         0,
         {{"mapping", "NAME", "only this mapping's"},
          {"kind", "KIND", "row or hold", {"row", "hold"}},
          {"state",
           "STATE",
           "open (default), released, corrected or dismissed",
           {"open", "released", "corrected", "dismissed"}},
          kLimit,
          kJson}},
        {"rejects show", "ID", "one rejected row, personal values masked", 1, 1, {kJson}},
        {"rejects dismiss",
         "ID",
         "close a reject whose row need not come into the store; who, when and why are kept",
         1,
         1,
         {{"reason", "TEXT", "why; it must be given"}}},
        {"rejects replay", "MAPPING", "map a mapping's kept rows again", 1, 1, {}},
        {"outbox list",
         "",
         "messages to WeCom and their state",
         0,
         0,
         {{"state",
           "STATE",
           "waiting, sending, sent, uncertain or dead",
           {"waiting", "sending", "sent", "uncertain", "dead"}},
          kLimit,
          kJson}},
        {"outbox retry", "ID", "send a dead or uncertain message again", 1, 1, {}},
        {"findings evaluate", "", "evaluate the rules now", 0, 0, {kJson}},
        {"findings list", "", "findings, warnings first, then the newest", 0, 0, {kJson}},
        {"findings explain",
         "ID",
         "what a finding rests on, in words and numbers",
         1,
         1,
         {{"language", "LANG", "zh (default) or en", {"zh", "en"}}}},
        {"job pause", "NAME", "stop a job from starting", 1, 1, {{"reason", "TEXT", "why"}}},
        {"job resume", "NAME", "let a job start again", 1, 1, {}},
        {"user add",
         "NAME",
         "add a local account; the password is asked for, or the first line of standard input",
         1,
         1,
         {{"role", "ROLE", "operator, implementer or hr", {"operator", "implementer", "hr"}}}},
        {"user list", "", "the local accounts", 0, 0, {kJson}},
        {"user password",
         "NAME",
         "give an account a new password, asked for as by user add, and end its sessions",
         1,
         1,
         {}},
        {"user enable", "NAME", "enable a disabled account", 1, 1, {}},
        {"user disable", "NAME", "disable an account and end its sessions", 1, 1, {}},
        {"store upgrade", "", "apply missing migrations to the store", 0, 0, {}},
        {"demo",
         "",
         "make a 500-person manufacturer, sync it, find what was planted, serve the pages",
         0,
         0,
         {{"once", "", "do not serve; exit 0 only when the warnings are the planted ones"},
          {"seed", "N", "another company (default 1)", {}, 0, INT64_MAX},
          {"folder", "DIR", "where to put it (default: a temporary folder)"},
          {"port", "N", "the pages' port (default: a free one)", {}, 1, 65'535}}},
    };
    return kSpecs;
}

}  // namespace hrbridge::app
