#include "daemon/base/text.h"
#include "daemon/base/time.h"
#include "mappings/engine/loader.h"

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

void read_every(Context& context, base::YamlReader& reader) {
    const auto every = reader.text("every");
    if (!every) {
        return;
    }
    context.mapping.sync.every = *every;
    const auto period = base::parse_duration_ms(*every);
    if (period ? *period < 1000 : !is_cron(*every)) {
        reader.fault("every",
                     "write a period of at least 1s (15m, 24h) or a cron expression of five fields "
                     "(\"0 2 * * *\")");
    }
}

void read_window(Context& context, base::YamlReader reader) {
    SyncPolicy& sync = context.mapping.sync;
    sync.window_by = reader.required_text("by");
    if (!sync.window_by.empty() && !context.has_source_column(sync.window_by)) {
        reader.fault("by",
                     "column " + sync.window_by + " is not in source.columns" +
                         near_hint(sync.window_by, context.source_columns()));
    }
    sync.overlap_ms = reader.duration_ms("overlap").value_or(0);
    sync.hold_back_ms = reader.duration_ms("hold_back").value_or(0);
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

bool is_hours(std::string_view text) {
    const auto clock = [](std::string_view part) {
        return part.size() == 5 && part[2] == ':' && part <= "24:00" && part[3] < '6' &&
               part.find_first_not_of("0123456789:") == std::string_view::npos;
    };
    return text.size() == 11 && text[5] == '-' && clock(text.substr(0, 5)) && clock(text.substr(6));
}

void read_source_guard(Context& context, base::YamlReader reader) {
    reader.integer("sessions", 1, 64);
    context.mapping.sync.rows_per_second = reader.integer("rows_per_s", 1, 100'000'000).value_or(0);
    const auto hours = reader.text("hours");
    if (hours && !is_hours(*hours)) {
        reader.fault("hours", "write the hours as \"22:00-06:00\"");
    }
    reader.finish();
}

void read_sweep(base::YamlReader reader) {
    reader.duration_ms("keys");
    reader.duration_ms("hashes");
    reader.finish();
}

void check_percent(base::YamlReader& reader, std::string_view key) {
    const auto text = reader.text(key);
    const auto share = text ? parse_percent(*text) : std::nullopt;
    if (text && (!share || *share < 0 || *share > 100)) {
        reader.fault(key, "write a share from 0% to 100%, such as 2%");
    }
}

void read_on_missing(base::YamlReader reader) {
    reader.choice("do", {"deactivate", "delete", "flag", "nothing"});
    const auto grace = reader.text("grace");
    if (grace && (!grace->ends_with(" sweeps") && !grace->ends_with(" sweep"))) {
        reader.fault("grace", "write a number of sweeps: 2 sweeps");
    }
    check_percent(reader, "stop_above");
    reader.finish();
}

void read_stop_above(Context& context, base::YamlReader reader) {
    RejectPolicy& rejects = context.mapping.rejects;
    rejects.stop_above_rows = reader.integer("rows", 1, INT64_MAX).value_or(0);
    check_percent(reader, "share");
    if (const auto share = reader.text("share")) {
        rejects.stop_above_share = parse_percent(*share).value_or(0) / 100;
    }
    reader.finish();
}

void check_percents(base::YamlReader& reader, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        check_percent(reader, key);
    }
}

}  // namespace

void read_sync(Context& context, base::YamlReader reader) {
    read_every(context, reader);
    SyncPolicy& sync = context.mapping.sync;
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
        read_sweep(reader.map("sweep"));
    }
    if (reader.has("on_missing")) {
        read_on_missing(reader.map("on_missing"));
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
    reader.boolean("encrypt");
    reader.choice("show", {"masked", "hidden"});
    reader.finish();
}

void read_owner(Context& /*context*/, base::YamlReader reader) {
    reader.text("implementer");
    reader.text("business");
    reader.finish();
}

void read_human_check(Context& /*context*/, base::YamlReader reader) {
    base::YamlReader plan = reader.map("plan");
    check_percents(plan, {"limit", "confidence"});
    plan.integer("accept", 0, 1000);
    plan.finish();
    reader.texts("strata");
    base::YamlReader always = reader.map("always");
    base::YamlReader top = always.map("top");
    top.text("by");
    top.integer("n", 1, 100'000);
    top.finish();
    always.texts("changed_by_rule");
    always.finish();
    reader.integer("decoys", 0, 1000);
    base::YamlReader signers = reader.map("signers");
    signers.integer("checker", 1, 10);
    signers.integer("approver", 1, 10);
    signers.boolean("distinct");
    signers.finish();
    reader.finish();
}

void read_promote(Context& /*context*/, base::YamlReader reader) {
    reader.choice("from", {"rehearsal"});
    reader.choice("unit", {"module", "entity"});
    reader.texts("needs");
    reader.duration_ms("rollback_for");
    reader.finish();
}

}  // namespace hrbridge::engine::loading
