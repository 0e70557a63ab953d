#include "mappings/engine/field_plan.h"

#include <algorithm>
#include <bit>

#include "daemon/base/text.h"

namespace hrbridge::engine {
namespace {

constexpr std::size_t kShownValue = 60;
constexpr std::size_t kMostSteps = 32;  // bits of ValueCache::Made::changed

base::Fault missing_column(const FieldRule& rule, const std::string& column) {
    return {"field " + rule.target,
            "the source has no column " + column +
                "; change the query or the mapping's from:, concat or first_of"};
}

bool has_changed(const Cell& before, const Cell& after) {
    return before.null != after.null || (!after.null && before.text != after.text);
}

}  // namespace

base::FieldType batch_type(const FieldRule& rule) {
    return rule.ref && rule.type.kind != base::Kind::Text ? base::FieldType{base::Kind::Text}
                                                          : rule.type;
}

FieldPlan::FieldPlan(FieldRule rule, Converter converter, base::Zone zone, base::Date today)
    : rule_(std::move(rule)),
      converter_(std::move(converter)),
      zone_(std::move(zone)),
      today_(today) {}

base::Result<FieldPlan> FieldPlan::make(const FieldRule& rule, const Setting& setting) {
    FieldPlan plan(rule, Converter(batch_type(rule), setting.zone), setting.zone, setting.today);
    if (!rule.from.empty()) {
        plan.source_ = setting.find(rule.from);
        if (!plan.source_) {
            return missing_column(rule, rule.from);
        }
    }
    for (const Step& step : rule.steps) {
        CompiledStep compiled = compile_step(step);
        compiled.counter = rule.id + "." + step.name;
        for (std::size_t i = find_step(step.name)->columns_from; i < step.arguments.size(); ++i) {
            const auto column = setting.find(step.arguments[i]);
            if (!column) {
                return missing_column(rule, step.arguments[i]);
            }
            compiled.columns.push_back(*column);
        }
        plan.steps_.push_back(std::move(compiled));
    }
    plan.codes_.insert(rule.codes.begin(), rule.codes.end());
    plan.allowed_.insert(rule.one_of.begin(), rule.one_of.end());
    if (!rule.match.empty()) {
        auto pattern = Pattern::compile(rule.match);
        if (!pattern) {
            return base::Fault{"field " + rule.target, pattern.fault().what};
        }
        plan.pattern_ = std::move(pattern).value();
    }
    const auto bound = [&](const std::string& text, bool high) {
        return text.empty() ? std::nullopt
                            : parse_bound(text, rule.type, setting.today, setting.zone, high);
    };
    plan.low_ = bound(rule.low, false);
    plan.high_ = bound(rule.high, true);
    plan.check_ = find_check(rule.check).value_or(Check::None);
    return plan;
}

bool FieldPlan::fail_plain(std::string reason) {
    failed_rule_ = rule_.id;
    reason_ = std::move(reason);
    return false;
}

bool FieldPlan::fail_missing(const base::RawBlock& block, std::size_t row) {
    return fail_plain(source_ && block.columns[*source_].is_absent(row)
                          ? "missing in the source's record"
                          : "NULL, and the field is not optional (opt: true)");
}

bool FieldPlan::fail(std::string_view problem, std::string_view text) {
    if (rule_.pii.empty()) {
        return fail_plain("\"" + base::shorten(text, kShownValue) + "\" " + std::string(problem));
    }
    return fail_plain("the value " + std::string(problem));
}

bool FieldPlan::read(CellReader& reader, std::size_t row, Cell& cell) {
    if (!source_) {
        cell = {!rule_.value.has_value(), rule_.value ? std::string_view(*rule_.value) : ""};
        return true;
    }
    const DecodeReport report = reader.read(*source_, row, cell, read_buffer_);
    if (!report.ok) {
        failed_rule_ = "decode";
        reason_ = "column " + reader.name(*source_) + ": the byte at offset " +
                  std::to_string(report.offset) +
                  " begins nothing that the source's charset defines";
        return false;
    }
    private_use_ += report.private_use ? 1 : 0;
    replacement_ += report.replacement ? 1 : 0;
    return true;
}

bool FieldPlan::run_steps(CellReader& reader, std::size_t row, Cell& cell) {
    StepRun run{cell, scratch_, zone_, &reader, row, {}};
    for (CompiledStep& step : steps_) {
        if (run.cell.null && !step.on_null) {
            continue;
        }
        const Cell before = run.cell;
        if (const std::string_view problem = step.run(step, run); !problem.empty()) {
            // Decoding problems of other columns are built at run time and name no value.
            return run.problem.empty() ? fail(problem, before.text) : fail_plain(run.problem);
        }
        if (has_changed(before, run.cell)) {
            ++step.changed;
            const auto number = static_cast<std::size_t>(&step - steps_.data());
            changed_ |= number < kMostSteps ? 1U << number : 0U;
        }
    }
    cell = run.cell;
    return true;
}

bool FieldPlan::look_up(Cell& cell) {
    const auto found = codes_.find(cell.text);
    if (found != codes_.end()) {
        cell.text = found->second;
        return true;
    }
    if (rule_.otherwise == Otherwise::Null) {
        cell = {};
        return true;
    }
    return fail("is not in the code list", cell.text);
}

bool FieldPlan::check_range(const Typed& typed) {
    const base::Int128 number =
        converter_.type().kind == base::Kind::Decimal ? typed.decimal : base::Int128{typed.word};
    if (low_ && number < *low_) {
        return fail_plain("the value is below " + rule_.low);
    }
    if (high_ && number > *high_) {
        return fail_plain("the value is above " + rule_.high);
    }
    return true;
}

bool FieldPlan::check_typed(const Typed& typed) {
    if ((low_ || high_) && !check_range(typed)) {
        return false;
    }
    if (check_ == Check::NotFuture && converter_.day_of(typed) > today_) {
        return fail_plain("the date lies in the future");
    }
    if (check_ == Check::NotWeekend) {
        const std::chrono::weekday day{converter_.day_of(typed)};
        if (day == std::chrono::Saturday || day == std::chrono::Sunday) {
            return fail_plain("the date is a Saturday or Sunday");
        }
    }
    return true;
}

bool FieldPlan::check(Cell& cell, Typed& typed) {
    if (pattern_ && !pattern_->matches(cell.text)) {
        return fail("does not match " + rule_.match, cell.text);
    }
    if (!allowed_.empty() && allowed_.find(cell.text) == allowed_.end()) {
        return fail("is none of the values of one_of", cell.text);
    }
    if (check_ != Check::None) {
        if (const std::string_view problem = check_text(check_, cell.text); !problem.empty()) {
            return fail_plain(std::string(problem));
        }
        if (check_ == Check::CnIdCard && cell.text.ends_with('x')) {
            std::string& out = scratch_.next();
            out.assign(cell.text.substr(0, cell.text.size() - 1)).push_back('X');
            cell.text = out;
            ++check_changed_;
        }
    }
    if (const std::string_view problem = converter_.convert(cell.text, typed); !problem.empty()) {
        return fail(problem, cell.text);
    }
    return check_typed(typed);
}

void FieldPlan::reject(std::size_t row, const Target& target) {
    target.rejected[row] = 1;
    target.column.append_null();
    target.faults.push_back({static_cast<std::uint32_t>(row), failed_rule_, rule_.target, reason_});
}

void FieldPlan::remember(std::size_t values) {
    const bool by_itself = std::all_of(steps_.begin(), steps_.end(), [](const CompiledStep& step) {
        return step.columns.empty();
    });
    if (source_ && by_itself && steps_.size() <= kMostSteps) {
        known_ = ValueCache(values);
    }
}

void FieldPlan::count(const ValueCache::Made& made) {
    for (std::uint32_t rest = made.changed; rest != 0; rest &= rest - 1) {
        ++steps_[static_cast<std::size_t>(std::countr_zero(rest))].changed;
    }
    private_use_ += made.private_use ? 1 : 0;
    replacement_ += made.replacement ? 1 : 0;
    check_changed_ += made.check_changed ? 1 : 0;
}

bool FieldPlan::make_cell(CellReader& reader,
                          const base::RawBlock& block,
                          std::size_t row,
                          ValueCache::Made& made) {
    const std::int64_t private_use = private_use_;
    const std::int64_t replacement = replacement_;
    const std::int64_t check_changed = check_changed_;
    changed_ = 0;
    Cell cell;
    if (!read(reader, row, cell) || !run_steps(reader, row, cell) ||
        (!cell.null && !codes_.empty() && !look_up(cell))) {
        return false;
    }
    const bool good =
        cell.null ? rule_.optional || fail_missing(block, row) : check(cell, made.typed);
    made.null = cell.null;
    made.text = cell.text;
    made.changed = changed_;
    made.private_use = private_use_ != private_use;
    made.replacement = replacement_ != replacement;
    made.check_changed = check_changed_ != check_changed;
    return good;
}

void FieldPlan::append(const ValueCache::Made& made, base::Column& column) const {
    if (made.null) {
        column.append_null();
    } else {
        converter_.append(made.text, made.typed, column);
    }
}

void FieldPlan::map_cell(CellReader& reader,
                         const base::RawBlock& block,
                         std::size_t row,
                         const Target& target) {
    const base::RawColumn* const source = source_ ? &block.columns[*source_] : nullptr;
    const bool known_by_bytes = source != nullptr && source->has_bytes(row);
    const std::string_view raw = known_by_bytes ? source->cell(row) : std::string_view();
    const bool remembers = known_by_bytes && known_.takes(raw);
    ValueCache::Made made;
    if (remembers && known_.find(raw, made)) {
        count(made);
    } else if (!make_cell(reader, block, row, made)) {
        reject(row, target);
        return;
    } else if (remembers) {
        known_.put(raw, made);
    }
    append(made, target.column);
}

void FieldPlan::map(CellReader& reader, const base::RawBlock& block, const Target& target) {
    if (rule_.type.kind == base::Kind::Bytes && !rule_.ref) {
        map_bytes(block, target);
        return;
    }
    for (std::size_t row = 0; row < block.rows; ++row) {
        if (target.rejected[row] != 0) {
            target.column.append_null();
        } else {
            map_cell(reader, block, row, target);
        }
    }
}

// Bytes have no charset, no steps and no checks.
void FieldPlan::map_bytes(const base::RawBlock& block, const Target& target) {
    const base::RawColumn& raw = block.columns[source_.value_or(0)];
    for (std::size_t row = 0; row < block.rows; ++row) {
        const bool live = target.rejected[row] == 0;
        if (live && raw.has_bytes(row)) {
            target.column.append_bytes(raw.cell(row));
        } else if (!live || rule_.optional) {
            target.column.append_null();
        } else {
            fail_missing(block, row);
            reject(row, target);
        }
    }
}

void FieldPlan::collect(MapCounts& counts) {
    const auto move_to =
        [](std::map<std::string, std::int64_t>& to, const std::string& name, std::int64_t& count) {
            if (count > 0) {
                to[name] += count;
                count = 0;
            }
        };
    for (CompiledStep& step : steps_) {
        move_to(counts.changed, step.counter, step.changed);
    }
    move_to(counts.changed, rule_.id + ".cn_id_card", check_changed_);
    move_to(counts.private_use, rule_.target, private_use_);
    move_to(counts.replacement, rule_.target, replacement_);
}

}  // namespace hrbridge::engine
