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

bool CsvParser::end_record(CsvRecord& record) {
    if (state_ != State::Broken) {
        end_field();
    }
    if (!record_.raw.empty() && record_.raw.back() == '\r') {
        record_.raw.pop_back();
        auto& last = record_.fields.empty() ? field_.bytes : record_.fields.back().bytes;
        if (!record_.fields.empty() && !record_.fields.back().quoted && !last.empty() &&
            last.back() == '\r') {
            last.pop_back();
        }
    }
    record_.end = offset_;
    record_.next_line = line_;
    if (record_.problem.empty()) {
        record_.raw.clear();
    }
    record = std::move(record_);
    start(offset_, line_);
    return true;
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
                record_.problem = "a quote inside a field without quotes";
                state_ = State::Broken;
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
            if (byte == quote_) {
                field_.bytes += byte;
                state_ = State::Quoted;
            } else if (byte == separator_) {
                end_field();
            } else if (byte != '\r') {
                record_.problem = "text behind a closing quote";
                state_ = State::Broken;
            }
            return;
        case State::Broken:
            return;
    }
}

std::size_t CsvParser::feed(std::string_view bytes, CsvRecord& record, bool& done) {
    done = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char byte = bytes[i];
        ++offset_;
        any_ = true;
        if (byte == '\n') {
            ++line_;
            if (state_ != State::Quoted) {
                done = end_record(record);
                return i + 1;
            }
        }
        if (record_.raw.size() < kMostRecord) {
            record_.raw += byte;
        } else if (state_ != State::Broken) {
            record_.problem = "the record is longer than 16 MiB; a quote may be missing";
            state_ = State::Broken;
        }
        take(byte);
    }
    return bytes.size();
}

bool CsvParser::finish(CsvRecord& record) {
    if (!any_) {
        return false;
    }
    if (state_ == State::Quoted) {
        record_.problem = "the file ends inside quotes";
        state_ = State::Broken;
    }
    return end_record(record);
}

}  // namespace hrbridge::file
