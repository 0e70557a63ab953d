#include "connectors/http/options.h"

#include <string>

#include <gmock/gmock.h>

#include "connectors/http/connector.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::http {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Reads settings; a secret is whatever text stands there.
Options read(const std::string& yaml, base::Faults& faults) {
    const auto node = base::parse_yaml(yaml, "hrbridge.yaml");
    base::YamlReader reader(&node.value(), "sources.att", faults);
    Options options = read_options(reader, [](base::YamlReader& inner, std::string_view key) {
        return base::Secret(inner.required_text(key));
    });
    reader.finish();
    for (const base::Fault& fault : check_options(options, "sources.att")) {
        faults.push_back(fault);
    }
    return options;
}

base::Faults faults_of(const std::string& yaml) {
    base::Faults faults;
    read(yaml, faults);
    return faults;
}

TEST(HttpOptions, AreReadWhole) {
    base::Faults faults;
    const Options options = read(
        "base_url: https://att.example/api\n"
        "auth: {kind: hmac, key_id: plant, secret: s, signature_header: X-Sig}\n"
        "headers: {X-Plant: '1'}\nprobe_path: /ping\nmax_response: 1MiB\nretries: 2\n"
        "connect_timeout: 3s\nstall_timeout: 5s\nrequest_timeout: 1m\nlongest_wait: 10m\n",
        faults);

    EXPECT_THAT(faults, IsEmpty());
    EXPECT_EQ(std::get<HmacAuth>(options.auth).signature_header, "X-Sig");
    EXPECT_EQ(options.max_response_bytes, 1 << 20);
    EXPECT_EQ(options.total_ms, 60'000);
    EXPECT_EQ(options.longest_wait_ms, 600'000);
    EXPECT_EQ(options.max_retries, 2);
}

TEST(HttpOptions, PlainHttpIsForLoopbackOnly) {
    EXPECT_THAT(faults_of("base_url: http://127.0.0.1:8080\n"), IsEmpty());
    EXPECT_THAT(faults_of("base_url: http://[::1]:8080\n"), IsEmpty());
    for (const std::string host : {"att.example", "127.0.0.1.att.example", "10.0.0.1"}) {
        const auto faults = faults_of("base_url: http://" + host + "\n");
        ASSERT_THAT(faults, SizeIs(1)) << host;
        EXPECT_THAT(faults[0].what, HasSubstr("https"));
    }
    EXPECT_THAT(faults_of("base_url: https://a.example\nauth: {kind: oauth2, client_id: i, "
                          "client_secret: s, token_url: http://a.example/token}\n"),
                SizeIs(1));
}

TEST(HttpOptions, EachFaultIsSaidOnceAndNamesItsKey) {
    const auto faults = faults_of(
        "base_url: https://user@att.example\nca_file: /no/such/ca.pem\n"
        "auth: {kind: basic, user: 'a:b', password: p}\nheaders: {'X Y': z}\nverify: false\n");

    ASSERT_THAT(faults, SizeIs(5));
    EXPECT_THAT(faults[0].what + faults[0].where, HasSubstr("verify"));
    EXPECT_THAT(faults[1].where, HasSubstr("base_url"));
    EXPECT_THAT(faults[2].what, HasSubstr("X Y"));
    EXPECT_THAT(faults[3].where, HasSubstr("ca_file"));
    EXPECT_THAT(faults[4].where, HasSubstr("auth.user"));
}

TEST(HttpOptions, AMissingAddressIsOneFault) {
    EXPECT_THAT(faults_of("retries: 1\n"), SizeIs(1));
}

// The faults of a mapping's `source:` map.
base::Faults dataset_faults(const std::string& yaml) {
    Options options;
    options.base_url = "https://att.example";
    test::ManualClock clock;
    const HttpConnector connector("att", options, clock);
    const auto node =
        base::parse_yaml("conn: att\nkey: [no]\ncolumns: {no: int}\n" + yaml, "m.yaml");
    return connector.validate(node.value());
}

struct BrokenDataset {
    const char* yaml;
    const char* place;
    const char* says;
};

class HttpDataset : public testing::TestWithParam<BrokenDataset> {};

TEST_P(HttpDataset, ABrokenOneIsRefusedWithItsLine) {
    const auto faults = dataset_faults(GetParam().yaml);

    ASSERT_THAT(faults, SizeIs(1));
    EXPECT_THAT(faults[0].where, HasSubstr(GetParam().place));
    EXPECT_THAT(faults[0].where + " " + faults[0].what, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    HttpDataset,
    testing::Values(
        BrokenDataset{"rows: /r\n", "m.yaml", "path"},
        BrokenDataset{"path: rows\n", "m.yaml:4", "begins with /"},
        BrokenDataset{"path: /r\nrows: data\n", "m.yaml:5", "JSON pointer"},
        BrokenDataset{"path: /r\npaging: {by: page}\n", "m.yaml:5", "number"},
        BrokenDataset{"path: /r\npaging: {by: number}\n", "m.yaml:5", "param"},
        BrokenDataset{"path: /r\npaging: {by: cursor, param: c}\n", "m.yaml:5", "cursor_at"},
        BrokenDataset{"path: /r\npaging: {by: link, size_param: n}\n", "m.yaml:5", "size"},
        BrokenDataset{"path: /r\nmembers: {nr: /a}\n", "m.yaml:5", "nr"},
        BrokenDataset{"path: /r\nmembers: {no: a}\n", "m.yaml:5", "JSON pointer"},
        BrokenDataset{"path: /r\nread_as: {charset: gbk}\n", "m.yaml:5", "utf-8"},
        BrokenDataset{"path: /r\nquerry: {a: b}\n", "m.yaml:5", "query"},
        BrokenDataset{"path: /r\nwindow_format: iso\n", "m.yaml:5", "window_format"}),
    [](const auto& test) { return std::to_string(test.index); });

}  // namespace
}  // namespace hrbridge::http
