#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/http/connector.h"
#include "tests/support/https_server.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::http {

// Reads /rows of a TLS server of the test's own. Column no is the row's number.
class HttpFixture : public testing::Test {
  protected:
    // What one reading gave.
    struct Reading {
        std::vector<std::string> numbers;    // of column no
        std::vector<std::string> values;     // of column v; "NULL" and "absent" in words
        std::vector<std::string> positions;  // of each block
        std::vector<std::string> parts;      // read whole
    };

    static std::string page(int first, int count, const std::string& more = {}) {
        std::string rows;
        for (int i = first; i < first + count; ++i) {
            rows += (rows.empty() ? "" : ",") + std::string("{\"no\":") + std::to_string(i) + "}";
        }
        return "{\"rows\":[" + rows + "]" + more + "}";
    }

    // The value of a query parameter, still encoded; "" when it is not there.
    static std::string parameter(const test::HttpRequest& request, const std::string& name) {
        const std::size_t query = std::min(request.target.find('?'), request.target.size());
        for (std::size_t at = query; at < request.target.size();
             at = std::min(request.target.find('&', at + 1), request.target.size())) {
            const std::string pair =
                request.target.substr(at + 1, request.target.find('&', at + 1) - at - 1);
            if (pair.starts_with(name + "=")) {
                return pair.substr(name.size() + 1);
            }
        }
        return "";
    }

    static Options options(const test::HttpsServer& server) {
        Options out;
        out.base_url = server.base_url();
        out.ca_file = server.ca_file();
        out.max_retries = 0;
        return out;
    }

    static std::vector<std::string> numbers(int first, int last) {
        std::vector<std::string> out;
        for (int i = first; i <= last; ++i) {
            out.push_back(std::to_string(i));
        }
        return out;
    }

    Reading read(const Options& settings,
                 const std::string& source_lines,
                 const std::string& after = {},
                 std::size_t block_rows = 100) {
        HttpConnector connector("att", settings, clock_);
        const auto dataset = base::parse_yaml(
            "conn: att\npath: /rows\nrows: /rows\nkey: [no]\ncolumns: {no: int, v: text}\n" +
                source_lines,
            "m.yaml");
        EXPECT_EQ(connector.validate(dataset.value()), base::Faults());
        connectors::ReadRequest request;
        request.dataset = &dataset.value();
        request.after = after;
        request.block_rows = block_rows;
        request.window = window_;
        request.zone = zone_;
        request.keys = keys_;
        const auto source = connector.open(request);
        Reading reading;
        base::RawBlock block;
        while (source->read(block, stop_.get_token())) {
            for (std::size_t i = 0; i < block.rows; ++i) {
                reading.numbers.emplace_back(block.columns[0].cell(i));
                const base::RawColumn& value = block.columns[1];
                reading.values.emplace_back(value.is_absent(i) ? "absent"
                                            : value.is_null(i) ? "NULL"
                                                               : value.cell(i));
            }
            reading.positions.push_back(block.position);
        }
        reading.parts = source->parts_read();
        return reading;
    }

    // The error that reading ends with.
    base::ConnectorError error_of(const Options& settings, const std::string& source_lines) {
        try {
            read(settings, source_lines);
        } catch (const base::ConnectorError& error) {
            return error;
        }
        ADD_FAILURE() << "the reading ended without an error";
        return {"", "", base::Remedy::Row, ""};
    }

    // Reads on behind every block of one row and compares with the rest of the whole.
    void expect_every_position_resumes(const Options& settings, const std::string& source_lines) {
        const Reading whole = read(settings, source_lines, "", 1);
        ASSERT_EQ(whole.positions.size(), whole.numbers.size());
        for (std::size_t i = 0; i < whole.positions.size(); ++i) {
            const std::vector<std::string> rest(
                whole.numbers.begin() + static_cast<std::ptrdiff_t>(i) + 1, whole.numbers.end());
            EXPECT_EQ(read(settings, source_lines, whole.positions[i], 2).numbers, rest)
                << whole.positions[i];
        }
    }

    test::ManualClock clock_;
    std::stop_source stop_;
    std::optional<connectors::Window> window_;
    std::string zone_ = "Asia/Shanghai";
    const base::SealKeys* keys_ = nullptr;
};

}  // namespace hrbridge::http
