#include "migration/ledger/head.h"

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace hrbridge::ledger {
namespace {

Head some_head(std::int64_t sequence = 42) {
    Head head{sequence, test::ManualClock::default_start(), {}, {}};
    std::mt19937_64 random(7);
    for (std::uint8_t& byte : head.hash.bytes) {
        byte = static_cast<std::uint8_t>(random());
    }
    while (head.seal.size() < 64) {
        head.seal += static_cast<char>(random());
    }
    return head;
}

std::string refused(const std::string& line) {
    const auto read = parse_line(line);
    const auto* const note = std::get_if<Note>(&read);
    if (note == nullptr) {
        return "taken";
    }
    const auto group = note->values.find("group");
    return note->code + (group == note->values.end() ? "" : " " + group->second);
}

Head taken(const std::string& line) {
    const auto read = parse_line(line);
    EXPECT_TRUE(std::holds_alternative<Head>(read)) << line;
    return std::get<Head>(read);
}

std::string with(std::string line, const std::string& what, const std::string& by) {
    for (std::size_t at = line.find(what); at != std::string::npos;
         at = line.find(what, at + by.size())) {
        line.replace(at, what.size(), by);
    }
    return line;
}

TEST(HeadLine, GivesTheHeadBack) {
    for (const std::int64_t sequence :
         {std::int64_t{1}, std::int64_t{42}, (std::int64_t{1} << 55) - 1}) {
        EXPECT_EQ(taken(to_line(some_head(sequence))), some_head(sequence));
    }
    Head old = some_head();
    old.at = base::Timestamp(std::chrono::microseconds(-1));
    EXPECT_EQ(taken(to_line(old)), old);
}

TEST(HeadLine, IsOneLineOfGroups) {
    const std::string line = to_line(some_head());
    EXPECT_EQ(line.substr(0, 5), "HRH1-");
    EXPECT_EQ(line.size(), 4U + 23U * 9U);
    EXPECT_EQ(line.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), std::string::npos);
}

TEST(HeadLine, IsTakenAsPeopleWriteIt) {
    const std::string line = to_line(some_head());
    std::string lower = line;
    for (char& c : lower) {
        c = static_cast<char>(std::tolower(c));
    }
    EXPECT_EQ(taken(lower), some_head());
    EXPECT_EQ(taken(with(line, "-", "")), some_head());
    EXPECT_EQ(taken(with(line, "-", "\r\n  ")), some_head());
    EXPECT_EQ(taken("\t" + line + "\n"), some_head());
    EXPECT_EQ(taken(with(with(line, "0", "O"), "1", "l")), some_head());
    EXPECT_EQ(taken(with(with(line, "0", "o"), "1", "I")), some_head());
    EXPECT_EQ(taken(with(with(line, "A", "\uFF21"), "-", "\uFF0D")), some_head());
    EXPECT_EQ(taken(with(line, "-", "\u3000")), some_head());
}

TEST(HeadLine, FindsEveryWrongCharacterAndSaysInWhichGroup) {
    const std::string line = to_line(some_head());
    std::mt19937_64 random(3);
    for (std::size_t at = 5; at < line.size(); ++at) {
        if (line[at] == '-') {
            continue;
        }
        std::string wrong = line;
        do {
            wrong[at] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[random() % 32];
        } while (wrong[at] == line[at]);
        EXPECT_EQ(refused(wrong), "head_line_mistake " + std::to_string((at - 5) / 9 + 1));
    }
}

TEST(HeadLine, FindsSwappedCharacters) {
    const std::string line = to_line(some_head());
    int swapped = 0;
    for (std::size_t at = 6; at < line.size(); ++at) {
        std::string wrong = line;
        std::swap(wrong[at - 1], wrong[at]);
        if (wrong[at] == wrong[at - 1] || wrong[at] == '-' || wrong[at - 1] == '-') {
            continue;
        }
        ++swapped;
        EXPECT_EQ(refused(wrong), "head_line_mistake " + std::to_string((at - 5) / 9 + 1));
    }
    EXPECT_GT(swapped, 100);
}

TEST(HeadLine, FindsWhatIsLeftOutAndWhatIsNoHead) {
    const std::string line = to_line(some_head());
    EXPECT_EQ(refused(""), "head_line_prefix");
    EXPECT_EQ(refused("HRH2" + line.substr(4)), "head_line_prefix");
    EXPECT_EQ(refused("entry 42"), "head_line_prefix");
    EXPECT_EQ(refused(line.substr(0, line.size() - 1)), "head_line_length");
    EXPECT_EQ(refused(line + "0"), "head_line_length");
    EXPECT_EQ(refused("HRH1"), "head_line_length");
    EXPECT_EQ(refused(line.substr(0, 36) + "U" + line.substr(37)), "head_line_character 4");
    EXPECT_EQ(refused(line.substr(0, 36) + "é" + line.substr(37)), "head_line_character 4");
    EXPECT_EQ(refused(line + std::string(1, '\0')), "head_line_character 24");
    EXPECT_EQ(refused(std::string(10'000, '0')), "head_line_prefix");
    std::string several = line;
    several[7] = several[7] == '2' ? '3' : '2';
    several[50] = several[50] == '2' ? '3' : '2';
    several[90] = several[90] == '2' ? '3' : '2';
    EXPECT_EQ(refused(several), "head_line_check");
    EXPECT_EQ(refused(to_line(some_head(0))), "head_line_content");
}

TEST(HeadLine, SurvivesAnyBytes) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 3'000; ++i) {
        std::string line = i % 2 == 0 ? "HRH1" : "";
        for (std::uint64_t size = random() % 300; size > 0; --size) {
            line += static_cast<char>(random());
        }
        EXPECT_NE(refused(line), "taken");
    }
}

TEST(HeadLine, IsOfASealedHeadOnly) {
    Head bare = some_head();
    bare.seal.clear();
    EXPECT_THROW(to_line(bare), std::logic_error);
}

}  // namespace
}  // namespace hrbridge::ledger
