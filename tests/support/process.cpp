#include "tests/support/process.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace hrbridge::test {
namespace {

int code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Between fork and exec: only what is safe there.
[[noreturn]] void become(const ProcessOptions& options,
                         const passwd* user,
                         char** argv,
                         char** env) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!options.output.empty()) {
        const int out = ::open(options.output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0666);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
    }
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                            ::setuid(user->pw_uid) != 0)) {
        ::_exit(126);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // changing the user clears it
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) {
        ::_exit(126);
    }
    ::execvpe(argv[0], argv, env);
    ::_exit(127);
}

std::vector<std::string> environment_of(const ProcessOptions& options) {
    std::vector<std::string> out;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string entry = *each;
        if (options.env.count(entry.substr(0, entry.find('='))) == 0) {
            out.push_back(entry);
        }
    }
    for (const auto& [name, value] : options.env) {
        out.push_back(name + "=" + value);
    }
    return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) {
        out.push_back(text.data());
    }
    out.push_back(nullptr);
    return out;
}

}  // namespace

Process::Process(const ProcessOptions& options) {
    const passwd* user = nullptr;
    if (!options.user.empty() && ::geteuid() == 0) {
        user = ::getpwnam(options.user.c_str());
        if (user == nullptr) {
            throw std::runtime_error("there is no user " + options.user);
        }
    }
    std::vector<std::string> argv = options.argv;
    std::vector<std::string> env = environment_of(options);
    auto argv_pointers = pointers(argv);
    auto env_pointers = pointers(env);
    pid_ = ::fork();
    if (pid_ == 0) {
        become(options, user, argv_pointers.data(), env_pointers.data());
    }
    if (pid_ < 0) {
        throw std::runtime_error("cannot fork");
    }
}

Process::~Process() {
    if (!ended()) {
        ::kill(pid_, SIGKILL);
        wait();
    }
}

void Process::signal(int number) const {
    ::kill(pid_, number);
}

int Process::wait() {
    if (!code_) {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        code_ = code_of(status);
    }
    return *code_;
}

std::optional<int> Process::ended() {
    if (!code_) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            code_ = code_of(status);
        }
    }
    return code_;
}

Finished run(ProcessOptions options) {
    const TempDir folder;
    if (options.output.empty()) {
        options.output = folder.file("output");
    }
    Process process(options);
    Finished finished;
    finished.code = process.wait();
    finished.output = read_file(options.output);
    return finished;
}

int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no free port");
    }
    ::close(probe);
    return ntohs(address.sin_port);
}

}  // namespace hrbridge::test
