#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// Keeps other test processes out of a folder, those of other builds too. They wait.
class FolderLock {
  public:
    explicit FolderLock(const std::string& folder)
        : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        EXPECT_EQ(::flock(fd_, LOCK_EX), 0) << folder;
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock() { ::close(fd_); }

  private:
    int fd_;
};

// The folder of the peer (@wecom/crypto on node), installed by its lock file when it is not there.
inline std::string wecom_peer_folder() {
    const std::string folder = HRBRIDGE_SOURCE_DIR "/tests/connectors/wecom/peer";
    const FolderLock lock(folder);
    if (!std::filesystem::exists(folder + "/node_modules/@wecom/crypto")) {
        const Finished npm = run({{"npm", "ci", "--silent"}, {}, folder, "", ""});
        EXPECT_EQ(npm.code, 0) << npm.output;
    }
    return folder;
}

// {"op":"encrypt"|"decrypt","token","key","id","timestamp","nonce","message"|"cipher"} each; gives
// {"cipher","signature"} or {"message","id","signature"} each.
inline std::vector<nlohmann::json> ask_wecom_peer(const std::vector<nlohmann::json>& requests) {
    const TempDir temp;
    std::string lines;
    for (const nlohmann::json& request : requests) {
        lines += request.dump() + "\n";
    }
    const std::string input = temp.write("requests", lines);
    const Finished node = run(
        {{"node", wecom_peer_folder() + "/peer.mjs", input, temp.file("answers")}, {}, "", "", ""});
    EXPECT_EQ(node.code, 0) << node.output;
    std::vector<nlohmann::json> answers;
    std::istringstream answer_lines(read_file(temp.file("answers")));
    for (std::string line; std::getline(answer_lines, line);) {
        answers.push_back(nlohmann::json::parse(line));
    }
    return answers;
}

}  // namespace hrbridge::test
