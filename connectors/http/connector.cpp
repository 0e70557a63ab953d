#include "connectors/http/connector.h"

#include <fmt/format.h>

#include "connectors/http/dataset.h"
#include "connectors/http/source.h"
#include "daemon/base/error.h"

namespace hrbridge::http {
namespace {

// base_url may have a path of its own: "https://erp.example/api".
std::string joined(const std::string& base_url, const std::string& path) {
    std::string url = base_url;
    while (!url.empty() && url.back() == '/') {
        url.pop_back();
    }
    return url + path;
}

}  // namespace

HttpConnector::HttpConnector(std::string name, Options options, base::Clock& clock)
    : name_(std::move(name)),
      options_(std::move(options)),
      clock_(clock),
      auth_(name_, options_, clock) {}

Url HttpConnector::probe_url() const {
    const auto url = Url::parse(joined(options_.base_url, options_.probe_path));
    if (!url) {
        throw base::ConnectorError(
            name_, "url", base::Remedy::Stop, "base_url and probe_path make no address");
    }
    return *url;
}

void HttpConnector::check() {
    Exchange exchange({name_, options_, auth_, cache_, clock_});
    const Response answer = exchange.probe("GET", probe_url(), {});
    if (answer.status == 401 || answer.status == 403) {
        throw base::ConnectorError(
            name_,
            fmt::format("HTTP {}", answer.status),
            base::Remedy::Stop,
            "the server refuses the login; check the source's auth: settings");
    }
    if (answer.status >= 500) {
        throw base::ConnectorError(name_,
                                   fmt::format("HTTP {}", answer.status),
                                   base::Remedy::Retry,
                                   "the server answers with an error of its own");
    }
}

base::Timestamp HttpConnector::now(const std::stop_token& stop) {
    Exchange exchange({name_, options_, auth_, cache_, clock_});
    const Response answer = exchange.probe("HEAD", probe_url(), stop);
    const auto date = parse_http_date(answer.header("date"));
    if (!date) {
        throw base::ConnectorError(name_,
                                   "date",
                                   base::Remedy::Stop,
                                   "the server sends no Date header: windows need its clock");
    }
    return *date;
}

base::Faults HttpConnector::validate(const base::YamlNode& dataset) const {
    base::Faults faults;
    read_dataset(dataset, faults);
    return faults;
}

std::unique_ptr<connectors::Source> HttpConnector::open(const connectors::ReadRequest& request) {
    base::Faults faults;
    Dataset dataset = read_dataset(*request.dataset, faults);
    if (!faults.empty()) {
        throw base::ConnectorError(name_,
                                   "dataset",
                                   base::Remedy::Stop,
                                   faults.front().where + ": " + faults.front().what);
    }
    const auto first = Url::parse(joined(options_.base_url, first_target(dataset, request)));
    if (!first) {
        throw base::ConnectorError(
            name_, "url", base::Remedy::Stop, "base_url and path make no address");
    }
    return std::make_unique<HttpSource>(std::move(dataset),
                                        *first,
                                        Exchange::Parts{name_, options_, auth_, cache_, clock_},
                                        request);
}

}  // namespace hrbridge::http
