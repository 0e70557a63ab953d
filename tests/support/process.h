#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hrbridge::test {

struct ProcessOptions {
    std::vector<std::string> argv;           // argv[0] is found in PATH
    std::map<std::string, std::string> env;  // added to the environment
    std::string folder;                      // working folder; empty: this one
    std::string user;                        // run as this user when this process is root
    std::string output;                      // file for stdout and stderr; empty: inherited
};

// A running program. It is killed when the object ends and when this process dies.
class Process {
  public:
    explicit Process(const ProcessOptions& options);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    // Waits for the end: the exit code, or 128 + the signal that ended it.
    int wait();
    // The exit code when it has ended, without waiting.
    std::optional<int> ended();

  private:
    pid_t pid_ = -1;
    std::optional<int> code_;
};

struct Finished {
    int code = 0;
    std::string output;  // stdout and stderr together
};
// Runs a program to its end.
Finished run(ProcessOptions options);

// A TCP port of loopback that nobody listens on at the moment.
int free_port();

}  // namespace hrbridge::test
