#include <algorithm>

#include <gmock/gmock.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "tests/daemon/app/support/authorisation_plant.h"
#include "tests/daemon/app/support/authorisation_table.h"

namespace hrbridge::app {
namespace {

using test::AuthorisationLine;
using test::Names;
using Plant = test::AuthorisationPlant;

constexpr std::size_t kTokenSize = 32;

const std::vector<AuthorisationLine>& table() {
    static const auto kLines =
        test::read_authorisation(HRBRIDGE_SOURCE_DIR "/tests/daemon/app/authorisation.md");
    return kLines;
}

bool is_refused(const std::string& answer) {
    return answer == "login" || answer == "400" || answer == "401" || answer == "403";
}

std::string form_of(const AuthorisationLine& line, const std::string& token) {
    return line.form + (line.form.empty() ? "" : "&") + "form_token=" + token;
}

TEST(Authorisation, HasALineForEachRouteOfTheRunningDaemonAndNoOthers) {
    Plant plant;
    std::vector<std::string> routes;
    for (const web::Route& route : plant.live().routes()) {
        routes.push_back(route.method + " " + route.pattern);
    }
    std::vector<std::string> lines;
    for (const AuthorisationLine& line : table()) {
        lines.push_back(line.route);
    }

    EXPECT_THAT(lines, testing::UnorderedElementsAreArray(routes));
}

Plant::Call call_of(const AuthorisationLine& line, const Plant::Session& session = {}) {
    return {line.method,
            line.target,
            line.method == "POST" ? form_of(line, session.form_token) : "",
            session.cookie};
}

// An account that the line lets do what is asked.
std::string granted(const AuthorisationLine& line) {
    const auto found = std::find_if(line.answers.begin(), line.answers.end(), [](const auto& each) {
        return each.first != "nobody" && !is_refused(each.second);
    });
    return found == line.answers.end() ? "operator" : found->first;
}

class Authorisation : public testing::TestWithParam<AuthorisationLine> {
  protected:
    void expect(const Plant::Call& call, const std::string& answer, const std::string& who) {
        plant.written();
        EXPECT_EQ(plant.ask(call), answer) << call.method << " by " << who;
        const Names may = is_refused(answer) ? Names() : line.writes;
        const Names written = plant.written();
        EXPECT_THAT(written, testing::IsSubsetOf(may)) << call.method << " by " << who;
        EXPECT_EQ(written.empty(), may.empty()) << call.method << " by " << who;
    }

    const AuthorisationLine line = GetParam();
    Plant plant;
};

TEST_P(Authorisation, AnswersEachRoleAsTheTableSays) {
    for (const auto& [who, answer] : line.answers) {
        const auto session = who == "nobody" ? Plant::Session() : plant.log_in(who);
        expect(call_of(line, session), answer, who);
        if (line.method == "GET" && line.token != "own") {
            Plant::Call head = call_of(line, session);
            head.method = "HEAD";
            expect(head, answer, who);
        }
    }
}

TEST_P(Authorisation, TakesNoSessionThatHasEndedOrNeverBegan) {
    const std::string& answer = line.answers.at("nobody");
    expect(call_of(line, plant.log_in(granted(line), std::chrono::hours(0))),
           answer,
           "an expired session");
    expect(call_of(line, plant.log_in("disabled")), answer, "a disabled account");
    expect(call_of(line, {base::random_id(), base::random_id()}),
           answer,
           "a session that nobody was given");
    const auto good = plant.log_in(granted(line));
    expect(call_of(line, {good.cookie.substr(1), good.form_token}),
           answer,
           "a session that was cut short");
    expect(call_of(line, {base::to_hex(base::sha256(good.cookie)), good.form_token}),
           answer,
           "the hash in the store");
}

TEST_P(Authorisation, HoldsWhatChangesSomethingToTheSessionsTokenAndItsOrigin) {
    if (line.method != "POST") {
        return;
    }
    const auto session = plant.log_in(granted(line));
    Plant::Call foreign = call_of(line, session);
    foreign.origin = "https://evil.example";
    expect(foreign, "403", "a form of another site");
    if (line.token != "session") {
        return;
    }
    Plant::Call forged = call_of(line, session);
    forged.form = line.form;
    expect(forged, "403", "a form without token");
    forged.target += "?form_token=" + session.form_token;
    expect(forged, "403", "a form with its token in the address");
    forged = call_of(line, {session.cookie, ""});
    expect(forged, "403", "a form with an empty token");
    forged = call_of(line, {session.cookie, std::string(kTokenSize, '0')});
    expect(forged, "403", "a form with a token that was guessed");
    forged = call_of(line, {session.cookie, plant.log_in(granted(line)).form_token});
    expect(forged, "403", "a form with the token of another session");
}

INSTANTIATE_TEST_SUITE_P(Routes, Authorisation, testing::ValuesIn(table()), [](const auto& each) {
    std::string name = each.param.route;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
    return name;
});

TEST(AuthorisationOfAll, KnowsNoOtherMethods) {
    Plant plant;
    for (const AuthorisationLine& line : table()) {
        const auto session = plant.log_in(granted(line));
        plant.written();
        for (const char* method :
             {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND"}) {
            Plant::Call other = call_of(line, session);
            other.method = method;
            EXPECT_EQ(plant.ask(other), "405") << method << " " << line.target;
        }
        EXPECT_EQ(plant.written(), Names()) << line.target;
    }
}

TEST(AuthorisationOfAll, ServesNoPageWhereTerminalsAreListenedFor) {
    Plant plant;
    for (const AuthorisationLine& line : table()) {
        Plant::Call there = call_of(line, plant.log_in(granted(line)));
        there.at_terminals = true;
        plant.written();
        const bool known = line.target.find("/iclock/") != std::string::npos;
        EXPECT_EQ(plant.ask(there), known ? "403" : "404") << line.route;
        EXPECT_EQ(plant.written(), Names()) << line.route;
    }
}

TEST(AuthorisationOfASheet, LetsOnlyAnotherCheckerTakeBackThatARowIsWrong) {
    Plant plant;
    const auto judge = [&](const std::string& who, const std::string& verdict) {
        const auto session = plant.log_in(who);
        plant.written();
        const std::string form =
            "verdict=" + verdict + "&w.name=1&form_token=" + session.form_token;
        EXPECT_EQ(plant.ask({"POST", "/checks/1/1", form, session.cookie}), "303");
        return plant.written();
    };
    EXPECT_THAT(judge("checker", "wrong"), testing::Contains("spot_judgement"));

    EXPECT_EQ(judge("checker", "right"), Names());
    EXPECT_THAT(plant.location(), testing::HasSubstr("message=another"));
    EXPECT_NE(judge("other checker", "right"), Names());
}

}  // namespace
}  // namespace hrbridge::app
