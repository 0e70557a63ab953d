#include "connectors/file/csv_parser.h"

#include <utility>

namespace hrbridge::file {

void CsvParser::start(std::uint64_t offset, std::uint64_t line) {
    state_ = State::FieldStart;
    record_ = {};
    field_ = {};
    offset_ = offset;
    line_ = line;
    any_ = false;
    record_.begin = offset;
    record_.line = line;
}

void CsvParser::end_field() {
    record_.fields.push_back(std::move(field_));
    field_ = {};
    state_ = State::FieldStart;
}

void CsvParser::break_off(const char* problem) {
    record_.problem = problem;
    record_.fields.clear();
    field_ = {};
    state_ = State::Broken;
}

void CsvParser::take_whole_line() {
    break_off("the line cannot be taken apart");
}

bool CsvParser::end_record(CsvRecord& record) {
    if (!record_.raw.empty() && record_.raw.back() == '\r') {
        record_.raw.pop_back();
        if (state_ == State::Plain) {
            field_.bytes.pop_back();
        }
    }
    if (state_ != State::Broken) {
        end_field();
    }
    record_.end = offset_;
    record_.next_line = line_;
    record = std::move(record_);
    start(offset_, line_);
    return true;
}

void CsvParser::take_behind_quote(char byte) {
    if (byte == quote_ && state_ == State::QuoteInQuoted) {
        field_.bytes += byte;
        state_ = State::Quoted;
    } else if (byte == separator_ && state_ == State::QuoteInQuoted) {
        end_field();
    } else if (byte == '\r' && state_ == State::QuoteInQuoted) {
        state_ = State::ReturnBehindQuote;
    } else {
        break_off("text behind a closing quote");
    }
}

void CsvParser::take(char byte) {
    switch (state_) {
        case State::FieldStart:
            if (byte == quote_) {
                field_.quoted = true;
                state_ = State::Quoted;
                return;
            }
            state_ = State::Plain;
            [[fallthrough]];
        case State::Plain:
            if (byte == separator_) {
                end_field();
            } else if (byte == quote_) {
                break_off("a quote inside a field without quotes");
            } else {
                field_.bytes += byte;
            }
            return;
        case State::Quoted:
            if (byte == quote_) {
                state_ = State::QuoteInQuoted;
            } else {
                field_.bytes += byte;
            }
            return;
        case State::QuoteInQuoted:
        case State::ReturnBehindQuote:
            take_behind_quote(byte);
            return;
        case State::Broken:
            return;
    }
}

// How many bytes from the start of `bytes` are data in this state, whatever comes behind them.
std::size_t CsvParser::run_length(std::string_view bytes) const {
    if (state_ != State::Plain && state_ != State::Quoted && state_ != State::Broken) {
        return 0;
    }
    std::size_t length = 0;
    while (length < bytes.size() && bytes[length] != '\n' &&
           (state_ == State::Broken || bytes[length] != quote_) &&
           (state_ != State::Plain || bytes[length] != separator_)) {
        ++length;
    }
    return length;
}

void CsvParser::keep(std::string_view bytes) {
    const std::size_t room = kMostRecord - record_.raw.size();
    record_.raw += bytes.substr(0, room);
    if (bytes.size() > room && state_ != State::Broken) {
        break_off("the record is longer than 4 MiB");
    }
}

std::size_t CsvParser::feed(std::string_view bytes, CsvRecord& record, bool& done) {
    done = false;
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        any_ = true;
        const std::string_view run = bytes.substr(taken, run_length(bytes.substr(taken)));
        keep(run);
        if (state_ != State::Broken) {
            field_.bytes += run;
        }
        taken += run.size();
        offset_ += run.size();
        if (taken == bytes.size()) {
            break;
        }
        const char byte = bytes[taken++];
        ++offset_;
        line_ += byte == '\n' ? 1 : 0;
        if (byte == '\n' && state_ != State::Quoted) {
            done = end_record(record);
            break;
        }
        keep({&byte, 1});
        take(byte);
    }
    return taken;
}

bool CsvParser::finish(CsvRecord& record) {
    if (!any_) {
        return false;
    }
    if (state_ == State::Quoted) {
        break_off("the file ends inside quotes");
    }
    return end_record(record);
}

}  // namespace hrbridge::file
