#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/value.h"
#include "daemon/base/yaml.h"

namespace hrbridge::engine {

// A mapping file as read: one target entity, top-down. mappings/README.md describes the language.
// Immutable after load_mapping().

// One step of a field's `do:` list, e.g. {"null_if", {"1900-01-01"}}.
struct Step {
    std::string name;
    std::vector<std::string> arguments;
};

// What happens to a row whose code or reference is not found.
enum class Otherwise { Reject, Hold, Null };

struct Reference {
    std::string entity;  // "org_unit"
    std::string column;  // "code": the parent's natural key
};

struct FieldRule {
    std::string target;
    std::string from;                  // source column; empty for a constant
    std::optional<std::string> value;  // `value:` a constant
    std::vector<Step> steps;
    std::vector<std::pair<std::string, std::string>> codes;  // `map:` source text → target text
    std::optional<Reference> ref;
    Otherwise otherwise = Otherwise::Reject;
    base::FieldType type;
    bool optional = false;  // NULL allowed
    std::string match;      // regular expression the whole text must match; empty: none
    std::string low;  // `range:` bounds as written ("1940-01-01", "today-16y", "0"); empty: none
    std::string high;
    std::vector<std::string> one_of;
    std::string check;   // cn_id_card, cn_mobile, …; empty: none
    std::string pii;     // empty, name or high
    bool stored = true;  // `store: false`: only for logic rules
    std::string id;      // rule id, unique in the file
    int line = 0;
};

enum class Severity { Reject, Hold, Flag, Stop };

// A logic rule. Exactly one of the forms is set.
struct LogicRule {
    std::string id;
    std::string row;                  // SQL predicate over one staged row
    std::vector<std::string> unique;  // columns; `where` restricts the rows
    std::string where;
    std::string exists_column;  // `exists: manager_no -> employee.employee_no`
    std::optional<Reference> exists;
    bool null_fails = false;  // `null: fail`
    Severity severity = Severity::Reject;
    std::string say;  // reason shown to people
    int line = 0;
};

// A rule over the whole run (`acyclic:`, `balance:`, `volume:`). Its shape is checked at load; who
// reports on a run must list it as not checked as long as nothing evaluates it.
struct RunRule {
    std::string id;
    std::string form;  // acyclic, balance or volume
    Severity severity = Severity::Flag;
    std::string say;
    base::YamlNode settings;  // the form's value
    int line = 0;
};

enum class DriftAction { Ignore, Warn, Stop };

// A renamed column always stops: its values would be taken for another one's.
struct DriftPolicy {
    DriftAction added = DriftAction::Warn;
    DriftAction widened = DriftAction::Warn;
    DriftAction narrowed = DriftAction::Stop;
    DriftAction retyped = DriftAction::Stop;
    DriftAction removed = DriftAction::Stop;
};

// One line of the `columns:` contract: "varchar(20)!".
struct ContractColumn {
    std::string name;
    std::string type;
    std::int64_t size = 0;
    int scale = 0;
    bool never_null = false;
    int line = 0;
};

struct ReadAs {
    std::string charset = "utf-8";  // utf-8, gbk, gb18030, latin1
    std::string zone = "Asia/Shanghai";
    bool empty_is_null = false;      // `empty_text: null` (Oracle); default keep
    bool trim_char_padding = false;  // `char_pad: trim_right`
};

// What becomes of a row of the store that its source no longer has.
enum class OnMissing { Nothing, Deactivate };

// Readings of the whole source beside the windows: of its keys, which find rows that are gone or
// never came, or of all fields, which find silent changes too.
struct SweepPolicy {
    std::string keys;    // when, as SyncPolicy::every; empty: by hand
    std::string hashes;  // likewise
    OnMissing on_missing = OnMissing::Nothing;
    std::int64_t grace = 2;    // so many further sweeps must miss a row before it is deactivated
    double stop_above = 0.02;  // of the live rows: when more are missing, nothing is deactivated
    int missing_line = 0;      // of `on_missing:`
    int line = 0;              // of `sweep:`; 0: there is none
};

struct SyncPolicy {
    std::string every;  // "15m" or a cron expression "0 2 * * *"; empty: by hand
    std::string zone;   // of the cron expression; default read_as.zone
    std::int64_t jitter_ms = 0;
    std::string window_by;  // watermark column; empty: full read each run
    int window_line = 0;    // of `by:`
    std::int64_t overlap_ms = 0;
    std::int64_t hold_back_ms = 0;
    std::int64_t batch_rows = 50'000;
    std::int64_t batch_bytes = 64LL << 20;
    std::int64_t rows_per_second = 0;  // source_guard; 0: the source's
    std::string hours;  // source_guard, base::DayHours in read_as.zone; empty: always
    SweepPolicy sweep;
};

enum class WriteMode { InsertOnly, Upsert, History };

struct RejectPolicy {
    std::int64_t stop_above_rows = 0;  // 0: no limit
    double stop_above_share = 0;       // of the run's rows; 0: no limit
    std::int64_t keep_days = 0;        // of rows no longer open; 0: retention.rejects_days
};

struct Fixture {
    std::string name;
    std::vector<std::pair<std::string, std::optional<std::string>>> row;  // nullopt: NULL
    std::vector<std::pair<std::string, std::optional<std::string>>> gives;
    std::string rejects;  // a rule id; empty: the row must pass
    int line = 0;
};

struct Mapping {
    std::string name;                // "core_hr/employee"
    std::vector<std::string> needs;  // mappings that run before
    std::string file;
    // SHA-256 (hex) of the file; when it names code files, of the SHA-256 (raw) of the file and of
    // each code file in the order of the fields.
    std::string hash;

    std::string connection;  // a source of hrbridge.yaml
    base::YamlNode dataset;  // the whole `source:` map, for the connector
    ReadAs read_as;
    std::vector<std::string> key;  // source columns
    std::vector<ContractColumn> columns;
    DriftPolicy drift;
    SyncPolicy sync;

    std::string entity;  // target table
    std::vector<std::string> target_key;
    WriteMode write = WriteMode::Upsert;
    std::vector<FieldRule> fields;
    std::vector<LogicRule> logic;
    std::vector<RunRule> run_rules;
    RejectPolicy rejects;
    std::vector<Fixture> fixtures;
};

// Reads and checks a mapping file. All faults at once, each with file and line. Code files
// (`map: maps/gender.csv`) are read relative to the mapping file.
struct LoadedMapping {
    std::optional<Mapping> mapping;  // absent when there are faults
    base::Faults faults;
};
LoadedMapping load_mapping(const std::string& path);
// As load_mapping, from memory; code files are read relative to `file`.
LoadedMapping parse_mapping(std::string_view text, const std::string& file);

}  // namespace hrbridge::engine
