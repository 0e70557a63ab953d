#include <algorithm>
#include <array>

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/stringoptions.h>

#include "daemon/base/text.h"
#include "mappings/engine/cell_reader.h"
#include "mappings/engine/step_functions.h"

namespace hrbridge::engine::step {
namespace {

// ASCII blanks, the no-break space and the ideographic space, as bytes of UTF-8.
constexpr std::array<std::string_view, 6> kBlanks{
    " ", "\t", "\r", "\n", "\xC2\xA0", "\xE3\x80\x80"};

std::size_t blank_at_start(std::string_view text) {
    for (const std::string_view blank : kBlanks) {
        if (text.starts_with(blank)) {
            return blank.size();
        }
    }
    return 0;
}

std::size_t blank_at_end(std::string_view text) {
    for (const std::string_view blank : kBlanks) {
        if (text.ends_with(blank)) {
            return blank.size();
        }
    }
    return 0;
}

// Whether a blank may begin or end with this byte: nearly every cell is done with one look.
bool may_start_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\xC2' ||
           byte == '\xE3';
}

bool may_end_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\xA0' ||
           byte == '\x80';
}

std::string_view without_left(std::string_view text) {
    if (text.empty() || !may_start_blank(text.front())) {
        return text;
    }
    while (const std::size_t size = blank_at_start(text)) {
        text.remove_prefix(size);
    }
    return text;
}

std::string_view without_right(std::string_view text) {
    if (text.empty() || !may_end_blank(text.back())) {
        return text;
    }
    while (const std::size_t size = blank_at_end(text)) {
        text.remove_suffix(size);
    }
    return text;
}

bool is_ascii(std::string_view text) {
    return std::all_of(
        text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

icu::StringPiece piece(std::string_view text) {
    return {text.data(), static_cast<std::int32_t>(text.size())};
}

// The bytes of the code points [first, first + count), counted from 0.
std::string_view code_point_slice(std::string_view text, std::size_t first, std::size_t count) {
    std::size_t begin = text.size();
    std::size_t end = text.size();
    std::size_t index = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) {
            continue;
        }
        if (index == first) {
            begin = at;
        }
        if (index == first + count) {
            end = at;
            break;
        }
        ++index;
    }
    return begin >= text.size() ? std::string_view() : text.substr(begin, end - begin);
}

void change_case(StepRun& run, bool to_upper) {
    const auto other = [&](char c) {
        return to_upper ? (c >= 'a' && c <= 'z') : (c >= 'A' && c <= 'Z');
    };
    const std::string_view text = run.cell.text;
    const bool ascii = is_ascii(text);
    if (ascii && std::none_of(text.begin(), text.end(), other)) {
        return;
    }
    std::string& out = run.scratch.next();
    if (ascii) {
        out = text;
        for (char& c : out) {
            c = other(c) ? static_cast<char>(c ^ 0x20) : c;
        }
    } else {
        icu::StringByteSink<std::string> sink(&out);
        UErrorCode status = U_ZERO_ERROR;
        if (to_upper) {
            icu::CaseMap::utf8ToUpper("", 0, piece(text), sink, nullptr, status);
        } else {
            icu::CaseMap::utf8ToLower("", 0, piece(text), sink, nullptr, status);
        }
    }
    run.cell.text = out;
}

// The text of another column of the row, appended; false when it is NULL or cannot be decoded (then
// run.problem says so).
bool append_other(StepRun& run, std::size_t column, std::string& out) {
    Cell cell;
    std::string buffer;
    const DecodeReport report = run.reader->read(column, run.row, cell, buffer);
    if (!report.ok) {
        run.problem = "column " + run.reader->name(column) + " cannot be decoded at byte " +
                      std::to_string(report.offset);
        return false;
    }
    if (cell.null) {
        return false;
    }
    out.append(cell.text);
    return true;
}

}  // namespace

std::string_view trim(const CompiledStep&, StepRun& run) {
    run.cell.text = without_right(without_left(run.cell.text));
    return {};
}

std::string_view trim_left(const CompiledStep&, StepRun& run) {
    run.cell.text = without_left(run.cell.text);
    return {};
}

std::string_view trim_right(const CompiledStep&, StepRun& run) {
    run.cell.text = without_right(run.cell.text);
    return {};
}

std::string_view collapse_blanks(const CompiledStep&, StepRun& run) {
    std::string& out = run.scratch.next();
    std::string_view rest = run.cell.text;
    bool in_blank = false;
    while (!rest.empty()) {
        if (const std::size_t size = blank_at_start(rest); size > 0) {
            in_blank = true;
            rest.remove_prefix(size);
            continue;
        }
        if (in_blank) {
            out.push_back(' ');
            in_blank = false;
        }
        out.push_back(rest.front());
        rest.remove_prefix(1);
    }
    if (in_blank) {
        out.push_back(' ');
    }
    run.cell.text = out;
    return {};
}

std::string_view upper(const CompiledStep&, StepRun& run) {
    change_case(run, true);
    return {};
}

std::string_view lower(const CompiledStep&, StepRun& run) {
    change_case(run, false);
    return {};
}

std::string_view nfc(const CompiledStep&, StepRun& run) {
    if (is_ascii(run.cell.text)) {
        return {};
    }
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status) != 0) {
        return "could not be normalised";
    }
    if (normalizer->isNormalizedUTF8(piece(run.cell.text), status) != 0) {
        return {};
    }
    std::string& out = run.scratch.next();
    icu::StringByteSink<std::string> sink(&out);
    normalizer->normalizeUTF8(0, piece(run.cell.text), sink, nullptr, status);
    run.cell.text = out;
    return U_FAILURE(status) != 0 ? std::string_view("could not be normalised")
                                  : std::string_view();
}

// U+FF01–FF5E are EF BC 81–BF and EF BD 80–9E; U+3000 is E3 80 80.
std::string_view half_width(const CompiledStep&, StepRun& run) {
    const std::string_view text = run.cell.text;
    if (is_ascii(text)) {
        return {};
    }
    std::string& out = run.scratch.next();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view three = text.substr(at, 3);
        const auto last = three.size() == 3 ? static_cast<unsigned char>(three[2]) : 0U;
        if (three == "\xE3\x80\x80") {
            out.push_back(' ');
            at += 2;
        } else if (three.starts_with("\xEF\xBC") && last >= 0x81) {
            out.push_back(static_cast<char>(last - 0x81 + 0x21));
            at += 2;
        } else if (three.starts_with("\xEF\xBD") && last <= 0x9E && last >= 0x80) {
            out.push_back(static_cast<char>(last - 0x80 + 0x60));
            at += 2;
        } else {
            out.push_back(text[at]);
        }
    }
    run.cell.text = out;
    return {};
}

std::string_view digits_only(const CompiledStep&, StepRun& run) {
    std::string& out = run.scratch.next();
    std::copy_if(run.cell.text.begin(), run.cell.text.end(), std::back_inserter(out), [](char c) {
        return c >= '0' && c <= '9';
    });
    run.cell.text = out;
    return {};
}

std::string_view strip_prefix(const CompiledStep& step, StepRun& run) {
    if (run.cell.text.starts_with(step.arguments[0])) {
        run.cell.text.remove_prefix(step.arguments[0].size());
    }
    return {};
}

std::string_view strip_suffix(const CompiledStep& step, StepRun& run) {
    if (run.cell.text.ends_with(step.arguments[0])) {
        run.cell.text.remove_suffix(step.arguments[0].size());
    }
    return {};
}

std::string_view pad_left(const CompiledStep& step, StepRun& run) {
    const std::size_t length = base::code_points(run.cell.text);
    const auto wanted = static_cast<std::size_t>(step.numbers[0]);
    if (length >= wanted) {
        return {};
    }
    std::string& out = run.scratch.next();
    out.append(wanted - length, step.arguments[1][0]);
    out.append(run.cell.text);
    run.cell.text = out;
    return {};
}

std::string_view substring(const CompiledStep& step, StepRun& run) {
    run.cell.text = code_point_slice(run.cell.text,
                                     static_cast<std::size_t>(step.numbers[0] - 1),
                                     static_cast<std::size_t>(step.numbers[1]));
    return {};
}

std::string_view replace(const CompiledStep& step, StepRun& run) {
    const std::string_view old = step.arguments[0];
    std::string_view rest = run.cell.text;
    std::size_t found = rest.find(old);
    if (found == std::string_view::npos) {
        return {};
    }
    std::string& out = run.scratch.next();
    for (; found != std::string_view::npos; found = rest.find(old)) {
        out.append(rest.substr(0, found)).append(step.arguments[1]);
        rest.remove_prefix(found + old.size());
    }
    out.append(rest);
    run.cell.text = out;
    return {};
}

std::string_view concat(const CompiledStep& step, StepRun& run) {
    std::string& out = run.scratch.next();
    out.append(run.cell.text);
    for (const std::size_t column : step.columns) {
        out.append(step.arguments[0]);
        if (!append_other(run, column, out)) {
            run.cell = {};
            return run.problem;
        }
    }
    run.cell.text = out;
    return {};
}

std::string_view first_of(const CompiledStep& step, StepRun& run) {
    for (const std::size_t column : step.columns) {
        if (!run.cell.null) {
            return {};
        }
        std::string& out = run.scratch.next();
        if (append_other(run, column, out)) {
            run.cell = {false, out};
        } else if (!run.problem.empty()) {
            return run.problem;
        }
    }
    return {};
}

}  // namespace hrbridge::engine::step
