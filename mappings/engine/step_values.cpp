#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "daemon/base/decimal.h"
#include "mappings/engine/checks.h"
#include "mappings/engine/step_functions.h"

namespace hrbridge::engine {
namespace {

// The parts of a date format, longest name first so that MM is not read as M M.
enum class Part { Year, Month, Day, Hour, Minute, Second };
struct FormatToken {
    std::string_view name;
    Part part;
    std::size_t least;
    std::size_t most;
};
constexpr std::array kTokens{FormatToken{"YYYY", Part::Year, 4, 4},
                             FormatToken{"MM", Part::Month, 2, 2},
                             FormatToken{"DD", Part::Day, 2, 2},
                             FormatToken{"hh", Part::Hour, 2, 2},
                             FormatToken{"mm", Part::Minute, 2, 2},
                             FormatToken{"ss", Part::Second, 2, 2},
                             FormatToken{"M", Part::Month, 1, 2},
                             FormatToken{"D", Part::Day, 1, 2}};

const FormatToken* token_at(std::string_view format) {
    for (const FormatToken& token : kTokens) {
        if (format.starts_with(token.name)) {
            return &token;
        }
    }
    return nullptr;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

using Parts = std::array<int, 6>;

bool take_number(const FormatToken& token, std::string_view& text, Parts& parts) {
    std::size_t digits = 0;
    int number = 0;
    while (digits < token.most && digits < text.size() && is_digit(text[digits])) {
        number = number * 10 + (text[digits] - '0');
        ++digits;
    }
    text.remove_prefix(digits);
    parts[static_cast<std::size_t>(token.part)] = number;
    return digits >= token.least;
}

// False when the text does not have the format.
bool read_parts(std::string_view format, std::string_view text, Parts& parts) {
    while (!format.empty()) {
        if (const FormatToken* token = token_at(format); token != nullptr) {
            if (!take_number(*token, text, parts)) {
                return false;
            }
            format.remove_prefix(token->name.size());
        } else {
            if (text.empty() || text.front() != format.front()) {
                return false;
            }
            format.remove_prefix(1);
            text.remove_prefix(1);
        }
    }
    return text.empty();
}

std::optional<base::Date> day_of(const Parts& parts) {
    const std::chrono::year_month_day day{std::chrono::year{parts[0]},
                                          std::chrono::month{static_cast<unsigned>(parts[1])},
                                          std::chrono::day{static_cast<unsigned>(parts[2])}};
    return day.ok() && parts[0] > 0 ? std::optional<base::Date>(base::Date{day}) : std::nullopt;
}

void set_text(StepRun& run, std::string text) {
    std::string& out = run.scratch.next();
    out = std::move(text);
    run.cell = {false, out};
}

// Seconds since 1970 between the years 1 and 9999.
constexpr std::int64_t kFirstSecond = -62'135'596'800;
constexpr std::int64_t kLastSecond = 253'402'300'799;

std::string_view unix_time(StepRun& run, std::int64_t per_second) {
    std::int64_t number = 0;
    const std::string_view text = run.cell.text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return "is no whole number of seconds or milliseconds";
    }
    if (number / per_second < kFirstSecond || number / per_second > kLastSecond) {
        return "is a time outside the years 1 to 9999";
    }
    const base::Timestamp instant{std::chrono::microseconds{number * (1'000'000 / per_second)}};
    set_text(run, base::to_string(instant));
    return {};
}

bool has_zone(std::string_view time) {
    return time.ends_with('Z') || time.find_first_of("+-", 10) != std::string_view::npos;
}

}  // namespace

bool is_date_format(std::string_view format) {
    std::array<int, 6> seen{};
    while (!format.empty()) {
        if (const FormatToken* token = token_at(format); token != nullptr) {
            ++seen[static_cast<std::size_t>(token->part)];
            format.remove_prefix(token->name.size());
        } else {
            format.remove_prefix(1);
        }
    }
    const bool date = seen[0] == 1 && seen[1] == 1 && seen[2] == 1;
    const bool time = seen[3] <= 1 && seen[4] <= seen[3] && seen[5] <= seen[4];
    return date && time;
}

namespace step {

std::string_view empty_to_null(const CompiledStep&, StepRun& run) {
    run.cell.null = run.cell.text.empty();
    return {};
}

std::string_view null_if(const CompiledStep& step, StepRun& run) {
    for (const std::string& value : step.arguments) {
        if (run.cell.text == value) {
            run.cell = {};
            break;
        }
    }
    return {};
}

std::string_view default_value(const CompiledStep& step, StepRun& run) {
    if (run.cell.null) {
        run.cell = {false, step.arguments[0]};
    }
    return {};
}

// "2024-05-06 07:08:09" keeps its day; a time with a zone is first brought to the source's zone.
std::string_view date_only(const CompiledStep&, StepRun& run) {
    const std::string_view text = run.cell.text;
    if (text.size() <= 10) {
        return {};
    }
    if (!base::parse_local_time(text)) {
        const auto instant = has_zone(text) ? base::parse_timestamp(text) : std::nullopt;
        if (instant) {
            set_text(run, base::to_string(run.zone.date_of(*instant)));
            return {};
        }
        // Zero dates are no dates, but null_if behind must be able to see them.
        if (!text.starts_with("0000-00-00 00:00:00")) {
            return "is no date with a time";
        }
    }
    run.cell.text = text.substr(0, 10);
    return {};
}

std::string_view parse_date(const CompiledStep& step, StepRun& run) {
    Parts parts{};
    const std::string& format = step.arguments[0];
    if (!read_parts(format, run.cell.text, parts)) {
        return "does not have the date format of the step";
    }
    const auto day = day_of(parts);
    if (!day || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) {
        return "is a date or time that does not exist";
    }
    std::string text = base::to_string(*day);
    if (format.find("hh") != std::string::npos) {
        std::array<char, 16> clock{};
        const auto two = [](int number, char* at) {
            at[0] = static_cast<char>('0' + number / 10);
            at[1] = static_cast<char>('0' + number % 10);
        };
        clock[0] = ' ';
        two(parts[3], &clock[1]);
        clock[3] = ':';
        two(parts[4], &clock[4]);
        clock[6] = ':';
        two(parts[5], &clock[7]);
        text.append(clock.data(), 9);
    }
    set_text(run, std::move(text));
    return {};
}

std::string_view unix_seconds(const CompiledStep&, StepRun& run) {
    return unix_time(run, 1);
}

std::string_view unix_milliseconds(const CompiledStep&, StepRun& run) {
    return unix_time(run, 1000);
}

// A value with an exponent went through a floating-point number on its way: it may be any other.
std::string_view exact(const CompiledStep&, StepRun& run) {
    std::string_view text = run.cell.text;
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    bool point = false;
    bool digit = false;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
        } else if (is_digit(c)) {
            digit = true;
        } else {
            return "is no exact number: only digits, a sign and one point are";
        }
    }
    return digit ? std::string_view() : std::string_view("is no exact number: it has no digit");
}

std::string_view scale_by(const CompiledStep& step, StepRun& run) {
    const auto number = base::Decimal::parse(run.cell.text);
    if (!number) {
        return "is no number";
    }
    const int scale = number->scale() - static_cast<int>(step.numbers[0]);
    if (scale >= 0 && scale <= base::Decimal::kMaxDigits) {
        set_text(run, base::Decimal(number->unscaled(), scale).to_string());
        return {};
    }
    const auto whole = base::Decimal(number->unscaled(), 0).rescaled(scale < 0 ? -scale : 0);
    if (!whole || scale > base::Decimal::kMaxDigits) {
        return "has more digits than a decimal can keep";
    }
    set_text(run, base::Decimal(whole->unscaled(), 0).to_string());
    return {};
}

std::string_view clock_to_minutes(const CompiledStep&, StepRun& run) {
    const std::string_view text = run.cell.text;
    const std::size_t colon = text.find(':');
    const bool shape = (colon == 1 || colon == 2) && text.size() == colon + 3 &&
                       is_digit(text[0]) && (colon == 1 || is_digit(text[1])) &&
                       is_digit(text[colon + 1]) && is_digit(text[colon + 2]);
    if (!shape) {
        return "is no time of the form hh:mm";
    }
    const int hours = colon == 1 ? text[0] - '0' : (text[0] - '0') * 10 + (text[1] - '0');
    const int minutes = (text[colon + 1] - '0') * 10 + (text[colon + 2] - '0');
    if (hours > 24 || minutes > 59 || (hours == 24 && minutes > 0)) {
        return "is no time between 00:00 and 24:00";
    }
    set_text(run, std::to_string(hours * 60 + minutes));
    return {};
}

std::string_view cn_id_birth(const CompiledStep&, StepRun& run) {
    if (const std::string_view problem = cn_id_problem(run.cell.text); !problem.empty()) {
        return problem;
    }
    set_text(run, base::to_string(cn_id_birth_date(run.cell.text)));
    return {};
}

std::string_view cn_id_gender(const CompiledStep&, StepRun& run) {
    if (const std::string_view problem = cn_id_problem(run.cell.text); !problem.empty()) {
        return problem;
    }
    run.cell.text = cn_id_is_male(run.cell.text) ? "male" : "female";
    return {};
}

}  // namespace step
}  // namespace hrbridge::engine
