#include "daemon/app/raw_totals.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/printable.h"
#include "daemon/base/text.h"
#include "migration/check/entity.h"
#include "migration/check/stream.h"

namespace hrbridge::app {
namespace {

using check::ControlForm;
using check::Measure;

// All that is added up has one scale; more digits behind the point than this no money has.
constexpr int kSumScale = 10;
constexpr std::size_t kMostKnown = 10'000;  // groups by their bytes: with more, few come again soon
constexpr std::size_t kMostKey = 100;       // bytes of a row's key in a fault

// Says what is wrong; empty: nothing.
std::string to_sum_scale(base::Value& value) {
    const auto* const number = std::get_if<base::Decimal>(&value);
    const auto same = number == nullptr ? std::nullopt : number->rescaled(kSumScale);
    if (number != nullptr && !same) {
        return "a number has too many digits to be added up exactly";
    }
    if (same) {
        value = *same;
    }
    return {};
}

Measure measure_of(const ControlForm& form) {
    switch (form.of) {
        case ControlForm::Of::Rows:
            return {Measure::Of::Rows, ""};
        case ControlForm::Of::Sum:
            return {Measure::Of::Sum, form.column};
        case ControlForm::Of::Earliest:
            return {Measure::Of::Min, form.column};
        case ControlForm::Of::Latest:
            return {Measure::Of::Max, form.column};
        case ControlForm::Of::Distinct:
            return {Measure::Of::Count, form.column};
    }
    return {};
}

// So that what two rows append is equal only where their cells are.
void append_cell(const base::RawColumn& column, std::size_t row, std::string& bytes) {
    if (!column.has_bytes(row)) {
        bytes += '-';
        return;
    }
    const std::string_view cell = column.cell(row);
    bytes += fmt::format("{}:", cell.size());
    bytes += cell;
}

}  // namespace

RawTotals::RawTotals(const engine::Mapping& mapping,
                     const std::vector<const check::RuleSpec*>& balances,
                     const std::vector<const check::ControlForm*>& figures)
    : mapping_(mapping),
      decoder_(engine::Decoder::make(mapping.read_as.charset)),
      zone_(base::Zone::find(mapping.read_as.zone).value_or(base::Zone::utc())) {
    for (const check::RuleSpec* const rule : balances) {
        Balance balance;
        balance.form = &std::get<check::BalanceForm>(rule->form);
        if (!rule->where.empty()) {
            balance.problem =
                "(where: is a predicate of the store, which raw columns of the source cannot be "
                "asked)";
        }
        if (balance.form->group.empty()) {
            balance.totals[{}].resize(balance.form->of.size());
        }
        balances_.push_back(std::move(balance));
    }
    for (const ControlForm* const form : figures) {
        Figure figure;
        figure.form = form;
        figure.measure = measure_of(*form);
        figures_.push_back(std::move(figure));
    }
}

std::string RawTotals::find_column(const std::string& name, Reader& out) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (base::same_name(columns_[i].name, name)) {
            out.column = i;
            return {};
        }
    }
    return fmt::format("(the source of {} has no column {})", mapping_.name, name);
}

// Says why the field cannot be read from a raw column; empty: it can.
std::string RawTotals::reader_of(const std::string& target, bool grouped, Reader& out) const {
    const auto field = std::find_if(mapping_.fields.begin(),
                                    mapping_.fields.end(),
                                    [&](const auto& each) { return each.target == target; });
    if (field == mapping_.fields.end()) {
        return fmt::format("({} fills no field {})", mapping_.name, target);
    }
    out.kind = field->type.kind;
    if (field->value) {
        out.constant = *field->value;
        return {};
    }
    for (const engine::Step& step : field->steps) {
        if (step.name == "trim") {
            out.trims = true;
        } else if (step.name == "empty_to_null") {
            out.empty_is_null = true;
        } else if (step.name == "null_if") {
            out.nulls.insert(out.nulls.end(), step.arguments.begin(), step.arguments.end());
        } else if (step.name == "upper" && grouped) {
            out.upper = true;
        } else if (step.name != "nfc") {
            return fmt::format(
                "(the step {} of {} makes other values of the column's)", step.name, target);
        }
    }
    if (!field->codes.empty()) {
        out.codes = &field->codes;
    }
    return find_column(field->from, out);
}

void RawTotals::begin(const std::vector<base::DescribedColumn>& columns) {
    columns_ = columns;
    for (Balance& balance : balances_) {
        balance.group.assign(balance.form->group.size(), {});
        balance.of.assign(balance.form->of.size(), {});
        for (std::size_t i = 0; i < balance.group.size() && balance.problem.empty(); ++i) {
            balance.problem = reader_of(balance.form->group[i], true, balance.group[i]);
        }
        for (std::size_t i = 0; i < balance.of.size() && balance.problem.empty(); ++i) {
            if (balance.form->of[i].of != Measure::Of::Rows) {
                balance.problem = reader_of(balance.form->of[i].field, false, balance.of[i]);
            }
        }
    }
    for (Figure& figure : figures_) {
        if (figure.form->of != ControlForm::Of::Rows && figure.problem.empty()) {
            figure.problem = find_column(figure.form->column, figure.reader);
            figure.reader.trims = true;
            figure.reader.empty_is_null = true;
            figure.reader.kind = figure.form->of == ControlForm::Of::Sum ? base::Kind::Decimal
                                 : figure.form->of == ControlForm::Of::Distinct ? base::Kind::Text
                                                                                : base::Kind::Date;
        }
    }
}

std::optional<std::string> RawTotals::text_of(const Reader& reader,
                                              const base::RawBlock& block,
                                              std::size_t row) const {
    if (reader.constant) {
        return reader.constant;
    }
    const base::RawColumn& column = block.columns[reader.column];
    if (!column.has_bytes(row)) {
        return std::nullopt;
    }
    std::string buffer;
    std::string_view decoded;
    if (!decoder_ || !decoder_->decode(column.cell(row), buffer, decoded).ok) {
        // Such a row is refused at load; among the totals it is a value like no other.
        return "\xEF\xBF\xBD";
    }
    std::string text(reader.trims ? base::trim(decoded) : decoded);
    const bool padded =
        mapping_.read_as.trim_char_padding && columns_[reader.column].type == "char";
    while (padded && text.ends_with(' ')) {
        text.pop_back();
    }
    if (text.empty() && (reader.empty_is_null || mapping_.read_as.empty_is_null)) {
        return std::nullopt;
    }
    if (std::find(reader.nulls.begin(), reader.nulls.end(), text) != reader.nulls.end()) {
        return std::nullopt;
    }
    if (reader.upper) {
        text = base::to_upper_ascii(text);
    }
    if (reader.codes != nullptr) {
        const auto code = std::find_if(reader.codes->begin(),
                                       reader.codes->end(),
                                       [&](const auto& each) { return each.first == text; });
        return code == reader.codes->end() ? text : code->second;
    }
    return text;
}

// Says what is wrong; empty: nothing. Never shows the value, which may be personal.
std::string RawTotals::value_of(const Reader& reader,
                                const std::string& text,
                                base::Value& out) const {
    switch (reader.kind) {
        case base::Kind::Int:
        case base::Kind::Decimal:
            if (const auto number = base::Decimal::parse(text)) {
                out = *number;
                return {};
            }
            return fmt::format("a value of the column {} is no number",
                               columns_[reader.column].name);
        case base::Kind::Date:
        case base::Kind::Timestamp: {
            std::optional<base::Timestamp> instant;
            if (const auto day = base::parse_date(text)) {
                out = reader.kind == base::Kind::Date
                          ? base::Value(*day)
                          : base::Value(zone_.to_instant(base::LocalTime(day->time_since_epoch())));
                return {};
            }
            if (const auto local = base::parse_local_time(text)) {
                instant = zone_.to_instant(*local);
            } else {
                instant = base::parse_timestamp(text);
            }
            if (!instant) {
                return fmt::format("a value of the column {} is neither day nor time",
                                   columns_[reader.column].name);
            }
            out = reader.kind == base::Kind::Date ? base::Value(zone_.date_of(*instant))
                                                  : base::Value(*instant);
            return {};
        }
        case base::Kind::Text:
        case base::Kind::Bool:
        case base::Kind::Bytes:
            out = text;
            return {};
    }
    return {};
}

// Names the row by its source key, of which what a personal field reads is masked.
std::string RawTotals::in_row(const std::string& problem,
                              const base::RawBlock& block,
                              std::size_t row) const {
    std::string key;
    for (const std::string& name : mapping_.key) {
        Reader reader;
        const std::string text = find_column(name, reader).empty()
                                     ? text_of(reader, block, row).value_or("NULL")
                                     : std::string("?");
        const bool personal =
            std::any_of(mapping_.fields.begin(), mapping_.fields.end(), [&](const auto& field) {
                return base::same_name(field.from, name) && !field.pii.empty();
            });
        key += (key.empty() ? "" : "/") + (personal ? base::mask(text) : text);
    }
    return fmt::format("({}, in the row {})", problem, base::one_line(key, kMostKey));
}

std::vector<check::Total>& RawTotals::totals_of(Balance& balance,
                                                const base::RawBlock& block,
                                                std::size_t row) {
    bytes_.clear();
    for (const Reader& reader : balance.group) {
        if (!reader.constant) {
            append_cell(block.columns[reader.column], row, bytes_);
        }
    }
    if (const auto known = balance.by_bytes.find(bytes_); known != balance.by_bytes.end()) {
        return *known->second;
    }
    Group group;
    for (const Reader& reader : balance.group) {
        group.push_back(text_of(reader, block, row));
    }
    std::vector<check::Total>& totals = balance.totals[std::move(group)];
    totals.resize(balance.of.size());
    if (balance.by_bytes.size() < kMostKnown) {
        balance.by_bytes.emplace(bytes_, &totals);
    }
    return totals;
}

void RawTotals::add(Balance& balance, const base::RawBlock& block, std::size_t row) {
    std::vector<check::Total>& totals = totals_of(balance, block, row);
    for (std::size_t i = 0; i < balance.of.size(); ++i) {
        base::Value value;
        if (balance.form->of[i].of != Measure::Of::Rows) {
            if (const auto text = text_of(balance.of[i], block, row)) {
                balance.problem = value_of(balance.of[i], *text, value);
            }
            if (balance.form->of[i].of == Measure::Of::Sum && balance.problem.empty()) {
                balance.problem = to_sum_scale(value);
            }
        }
        if (!balance.problem.empty()) {
            balance.problem = in_row(balance.problem, block, row);
            return;
        }
        totals[i].add(balance.form->of[i], value);
    }
}

void RawTotals::add(Figure& figure, const base::RawBlock& block, std::size_t row) {
    base::Value value;
    if (figure.form->of != ControlForm::Of::Rows) {
        const auto text = text_of(figure.reader, block, row);
        if (!text) {
            return;
        }
        figure.problem = value_of(figure.reader, *text, value);
        if (figure.form->of == ControlForm::Of::Sum && figure.problem.empty()) {
            figure.problem = to_sum_scale(value);
        }
        if (!figure.problem.empty()) {
            figure.problem = in_row(figure.problem, block, row);
            return;
        }
        if (figure.form->of == ControlForm::Of::Distinct) {
            hasher_.add_text(*text);
            figure.distinct.insert(hasher_.finish());
        }
    }
    figure.total.add(figure.measure, value);
}

void RawTotals::take(const base::RawBlock& block) {
    for (std::size_t row = 0; row < block.rows; ++row) {
        for (Balance& balance : balances_) {
            if (balance.problem.empty()) {
                add(balance, block, row);
            }
        }
        for (Figure& figure : figures_) {
            if (figure.problem.empty()) {
                add(figure, block, row);
            }
        }
    }
}

base::Result<std::vector<check::ControlTotal>> RawTotals::totals(std::size_t balance) const {
    const Balance& each = balances_[balance];
    if (!each.problem.empty()) {
        return base::Fault{"", each.problem};
    }
    std::vector<check::ControlTotal> out;
    for (const auto& [group, totals] : each.totals) {
        check::ControlTotal& total = out.emplace_back();
        total.group = group;
        for (std::size_t i = 0; i < totals.size(); ++i) {
            const base::Value value = totals[i].value(each.form->of[i]);
            total.of.push_back(std::holds_alternative<base::Null>(value)
                                   ? std::nullopt
                                   : std::optional(check::shown_text(value)));
        }
    }
    return out;
}

base::Result<std::string> RawTotals::figure(std::size_t figure) const {
    const Figure& each = figures_[figure];
    if (!each.problem.empty()) {
        return base::Fault{"", each.problem};
    }
    return each.form->of == ControlForm::Of::Distinct
               ? std::to_string(each.distinct.size())
               : check::shown_text(each.total.value(each.measure));
}

}  // namespace hrbridge::app
