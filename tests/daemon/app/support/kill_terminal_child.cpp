// Serves the terminals A1 until it is killed: kill_terminal_child FOLDER STORE_KIND STORE.
// The folder holds keys; the port is written to the file "port". While the file "die" is there, the
// process dies by SIGKILL behind the commit of an upload and before its answer.

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <thread>

#include <unistd.h>

#include "daemon/app/terminal_desk.h"
#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "daemon/web/server.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace hrbridge;

[[noreturn]] void serve(const std::string& folder,
                        const std::string& kind,
                        const std::string& target) {
    const auto keys = base::SealKeys::parse(base::Secret(test::read_file(folder + "/keys")));
    store::StoreOptions options;
    options.kind = kind;
    (kind == "sqlite" ? options.path : options.connection) = target;
    const auto store = store::open_store(options);
    base::SystemClock clock;
    test::MemoryLog log;
    monitoring::Metrics metrics;
    const base::Zone utc = base::Zone::utc();
    app::TerminalDesk desk({{"gates", utc, {}, 300, {{"A1", "", utc, {}}}}},
                           {*store, keys.value(), clock, log, metrics, {}});
    const web::Server server(
        {},
        [&](const web::Request& request) {
            const web::Response answer = desk.answer(request);
            if (std::filesystem::exists(folder + "/die")) {
                ::kill(::getpid(), SIGKILL);
            }
            return answer;
        },
        log);
    const std::string made = folder + "/port.new";
    std::FILE* file = std::fopen(made.c_str(), "w");
    std::fprintf(file, "%d", server.port());
    std::fclose(file);
    std::filesystem::rename(made, folder + "/port");
    while (true) {
        ::pause();
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        return 2;
    }
    try {
        serve(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
