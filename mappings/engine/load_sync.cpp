#include <algorithm>

#include "daemon/base/day_hours.h"
#include "daemon/base/text.h"
#include "daemon/base/time.h"
#include "mappings/engine/loader.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine::loading {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

// Only the shape: five fields of digits, names, * , - and /. The schedule reads the values.
bool is_cron(std::string_view text) {
    int fields = 0;
    for (const std::string_view field : base::split(text, ' ')) {
        if (field.empty()) {
            continue;
        }
        ++fields;
        if (field.find_first_not_of(
                "0123456789*,-/?#LWABCDEFGHIJKMNOPQRSTUVXYZabcdefghijklmnopqrstuvwxyz") !=
            std::string_view::npos) {
            return false;
        }
    }
    return fields == 5;
}

void read_times(base::YamlReader& reader, std::string_view key, std::string& out) {
    const auto times = reader.text(key);
    if (!times) {
        return;
    }
    out = *times;
    const auto period = base::parse_duration_ms(*times);
    if (period ? *period < 1000 : !is_cron(*times)) {
        reader.fault(key,
                     "write a period of at least 1s (15m, 24h) or a cron expression of five fields "
                     "(\"0 2 * * *\")");
    }
}

// The query that a source is asked has to hold the window.
void check_query_takes_window(Context& context, base::YamlReader& reader) {
    const base::YamlNode& source = context.mapping.dataset;
    const base::YamlNode* query = source.find("query");
    if (query != nullptr && query->is_scalar()) {
        if (query->text.find("{window}") == std::string::npos) {
            reader.fault("by", "source.query lacks {window}; add \"AND {window}\" to its WHERE");
        }
        return;
    }
    const auto takes_window = [](const auto& parameter) {
        return parameter.second.text.find("{window_") != std::string::npos;
    };
    const bool asks_http = source.find("path") != nullptr;
    if (asks_http && (query == nullptr ||
                      std::none_of(query->entries.begin(), query->entries.end(), takes_window))) {
        reader.fault("by",
                     "no parameter of source.query has {window_from} or {window_to}: each run "
                     "would read everything; add one, or drop the window");
    }
}

// A window is a span of time: compared with anything else it would select no row, or all.
void check_watermark_type(Context& context, base::YamlReader& reader) {
    const SyncPolicy& sync = context.mapping.sync;
    const base::YamlNode* query = context.mapping.dataset.find("query");
    const auto& columns = context.mapping.columns;
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
        return base::same_name(each.name, sync.window_by);
    });
    if (column == columns.end() || query == nullptr || !query->is_scalar()) {
        return;
    }
    switch (family_of(column->type)) {
        case Family::Integer:
        case Family::Decimal:
        case Family::Float:
        case Family::Bool:
        case Family::Bytes:
        case Family::Time:
            reader.fault("by",
                         "column " + column->name + " is " + column->type +
                             ", but a window goes by a date with time; select one made of it in "
                             "the query and name its SQL in source.expressions");
            return;
        case Family::Date:
            if (sync.overlap_ms < kDayMs) {
                reader.fault("overlap",
                             "column " + column->name +
                                 " is a date: rows of a day that was read come later the same "
                                 "day; write at least 1d");
            }
            return;
        case Family::FixedText:
        case Family::Text:
        case Family::Timestamp:
        case Family::Other:
            return;
    }
}

void read_window(Context& context, base::YamlReader reader) {
    SyncPolicy& sync = context.mapping.sync;
    sync.window_by = reader.required_text("by");
    const base::YamlNode* const by = reader.child("by");
    sync.window_line = by == nullptr ? 0 : by->line;
    if (!sync.window_by.empty() && !context.has_source_column(sync.window_by)) {
        reader.fault("by",
                     "column " + sync.window_by + " is not in source.columns" +
                         near_hint(sync.window_by, context.source_columns()));
    }
    sync.overlap_ms = reader.duration_ms("overlap").value_or(0);
    sync.hold_back_ms = reader.duration_ms("hold_back").value_or(0);
    check_query_takes_window(context, reader);
    check_watermark_type(context, reader);
    if (sync.overlap_ms == 0 && sync.hold_back_ms == 0) {
        reader.fault("overlap",
                     "is 0, and so is hold_back: a row that is committed after the time that it "
                     "bears would never be read; write one of them");
    }
    reader.finish();
}

void read_batch(Context& context, base::YamlReader reader) {
    SyncPolicy& sync = context.mapping.sync;
    sync.batch_rows = reader.integer("rows", 1, 10'000'000).value_or(sync.batch_rows);
    sync.batch_bytes = reader.byte_size("bytes").value_or(sync.batch_bytes);
    if (sync.batch_bytes < 64 * 1024) {
        reader.fault("bytes", "a batch needs at least 64KiB");
    }
    reader.finish();
}

// One reading is one session: what a source may hold at a time is a setting of the source.
void read_source_guard(Context& context, base::YamlReader reader) {
    SyncPolicy& sync = context.mapping.sync;
    if (reader.integer("sessions", 1, 64).value_or(1) > 1) {
        reader.fault("sessions",
                     "more than 1 is not supported yet: a mapping is read in one session; how many "
                     "a source allows is guard.sessions in hrbridge.yaml");
    }
    sync.rows_per_second = reader.integer("rows_per_s", 1, 100'000'000).value_or(0);
    sync.hours = reader.text("hours").value_or("");
    if (reader.has("hours") && !base::DayHours::parse(sync.hours)) {
        reader.fault("hours", "write the hours as \"22:00-06:00\"");
    }
    reader.finish();
}

void not_supported(base::YamlReader& reader, std::string_view key, std::string_view instead) {
    if (reader.has(key)) {
        reader.fault(key, "is not supported yet; " + std::string(instead));
    }
}

// From 0 to 1; nullopt when it is not written, or with a fault.
std::optional<double> read_share(base::YamlReader& reader, std::string_view key) {
    const auto text = reader.text(key);
    const auto share = text ? parse_percent(*text) : std::nullopt;
    if (text && (!share || *share < 0 || *share > 100)) {
        reader.fault(key, "write a share from 0% to 100%, such as 2%");
        return std::nullopt;
    }
    return share ? std::optional(*share / 100) : std::nullopt;
}

void read_sweep(Context& context, base::YamlReader& sync) {
    SweepPolicy& sweep = context.mapping.sync.sweep;
    base::YamlReader reader = sync.map("sweep");
    sweep.line = sync.child("sweep")->line;
    read_times(reader, "keys", sweep.keys);
    read_times(reader, "hashes", sweep.hashes);
    if (!reader.has("keys") && !reader.has("hashes")) {
        sync.fault("sweep", "say when: keys: 24h, hashes: 7d, or one of them");
    }
    if (reader.has("hashes") && context.mapping.write == WriteMode::InsertOnly) {
        reader.fault("hashes",
                     "a mapping that only inserts never writes what changed: sweep its keys");
    }
    reader.finish();
}

// "2 sweeps", "1 sweep" or "2"
std::optional<std::int64_t> parse_sweeps(std::string_view text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = base::trim(text.substr(end));
    if (end == 0 || end > 3 || !(unit.empty() || unit == "sweep" || unit == "sweeps")) {
        return std::nullopt;
    }
    return std::stoll(std::string(text.substr(0, end)));
}

void read_on_missing(Context& context, base::YamlReader reader, bool is_swept) {
    SweepPolicy& sweep = context.mapping.sync.sweep;
    sweep.missing_line = reader.node()->line;
    const auto what = reader.choice("do", {"deactivate", "nothing"});
    if (what == "deactivate") {
        sweep.on_missing = OnMissing::Deactivate;
        if (!is_swept) {
            reader.fault(
                "do", "only a sweep finds rows that are gone; write sync.sweep: {keys: 24h} too");
        }
    }
    if (const auto grace = reader.text("grace")) {
        const auto sweeps = parse_sweeps(*grace);
        if (!sweeps) {
            reader.fault("grace", "write a number of sweeps, such as 2 sweeps; 0 is no grace");
        }
        sweep.grace = sweeps.value_or(sweep.grace);
    }
    sweep.stop_above = read_share(reader, "stop_above").value_or(sweep.stop_above);
    reader.finish();
}

void read_stop_above(Context& context, base::YamlReader reader) {
    RejectPolicy& rejects = context.mapping.rejects;
    rejects.stop_above_rows = reader.integer("rows", 1, INT64_MAX).value_or(0);
    rejects.stop_above_share = read_share(reader, "share").value_or(0);
    reader.finish();
}

}  // namespace

void read_sync(Context& context, base::YamlReader reader) {
    SyncPolicy& sync = context.mapping.sync;
    read_times(reader, "every", sync.every);
    sync.zone = reader.text("zone").value_or(context.mapping.read_as.zone);
    if (reader.has("zone") && !base::Zone::find(sync.zone)) {
        reader.fault("zone",
                     "this machine knows no such time zone; write a name like Asia/Shanghai");
    }
    sync.jitter_ms = reader.duration_ms("jitter").value_or(0);
    if (reader.has("window")) {
        read_window(context, reader.map("window"));
    }
    if (reader.has("batch")) {
        read_batch(context, reader.map("batch"));
    }
    if (reader.has("source_guard")) {
        read_source_guard(context, reader.map("source_guard"));
    }
    if (reader.has("sweep")) {
        read_sweep(context, reader);
    }
    if (reader.has("on_missing")) {
        read_on_missing(context, reader.map("on_missing"), reader.has("sweep"));
    }
    reader.finish();
}

void read_rejects(Context& context, base::YamlReader reader) {
    if (reader.has("stop_above")) {
        read_stop_above(context, reader.map("stop_above"));
    }
    if (const auto keep = reader.duration_ms("keep")) {
        context.mapping.rejects.keep_days = *keep / kDayMs;
        if (*keep < kDayMs) {
            reader.fault("keep", "rejects are kept for at least 1d");
        }
    }
    if (!reader.boolean("encrypt").value_or(true)) {
        reader.fault("encrypt", "rejects are always kept sealed; write true or leave it out");
    }
    if (reader.choice("show", {"masked", "hidden"}) == "hidden") {
        reader.fault("show", "hidden is not supported yet; rejects are shown masked");
    }
    reader.finish();
}

void read_later_stages(base::YamlReader& reader) {
    not_supported(reader, "owner", "leave it out, or make it a comment");
    not_supported(reader, "human_check", "leave it out");
    not_supported(reader, "promote", "leave it out");
}

}  // namespace hrbridge::engine::loading
