#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <boost/program_options.hpp>

#include "connectors/wecom/sandbox/admin.h"
#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/base/clock.h"

namespace {

namespace po = boost::program_options;
using hrbridge::base::Secret;
using hrbridge::wecom::sandbox::CallbackTarget;
using hrbridge::wecom::sandbox::Options;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

// Secrets come by environment, so that they do not show in the list of processes.
std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe) before any thread
    return value == nullptr ? otherwise : value;
}

po::options_description describe(Options& options,
                                 std::string& people,
                                 std::string& punches,
                                 std::string& callback) {
    po::options_description text(
        "A stand-in for the WeCom server on loopback.\n"
        "Environment: WECOM_SECRET, WECOM_CALLBACK_TOKEN, WECOM_CALLBACK_AES_KEY.\nOptions");
    text.add_options()("help", "show this")("port", po::value(&options.port), "0: a free one")(
        "corp-id", po::value(&options.corp_id)->default_value(options.corp_id))(
        "agent-id", po::value(&options.agent_id)->default_value(options.agent_id))(
        "people", po::value(&people), "JSON file {\"people\":[{\"userid\",\"name\"}]}")(
        "punches", po::value(&punches), "JSON file {\"punches\":[…]}")(
        "callback", po::value(&callback), "URL that gets callbacks")(
        "certificate", po::value(&options.certificate), "PEM file for TLS")(
        "key", po::value(&options.key), "PEM file for TLS")(
        "state", po::value(&options.state_file), "file that keeps what people received");
    return text;
}

int run(int argc, char** argv) {
    Options options;
    std::string people;
    std::string punches;
    std::string callback;
    const po::options_description text = describe(options, people, punches, callback);
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, text), values);
    po::notify(values);
    if (values.count("help") > 0) {
        std::cout << text << '\n';
        return 0;
    }
    options.secret = Secret(environment("WECOM_SECRET", "sandbox-secret"));
    if (!people.empty()) {
        options.people = hrbridge::wecom::sandbox::people_of(read_file(people));
    }
    if (!punches.empty()) {
        options.punches = hrbridge::wecom::sandbox::punches_of(read_file(punches));
    }
    if (!callback.empty()) {
        options.callback = CallbackTarget{callback,
                                          Secret(environment("WECOM_CALLBACK_TOKEN", "")),
                                          Secret(environment("WECOM_CALLBACK_AES_KEY", "")),
                                          ""};
    }
    // Blocked before the server starts threads, so that only sigwait() gets them.
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const hrbridge::base::SystemClock clock;
    hrbridge::wecom::sandbox::Sandbox sandbox(std::move(options), clock);
    std::cout << "sandbox: " << sandbox.start() << std::endl;
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const po::error& error) {
        std::cerr << "hrbridge-wecom-sandbox: " << error.what() << "; see --help\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "hrbridge-wecom-sandbox: " << error.what() << '\n';
        return 1;
    }
}
