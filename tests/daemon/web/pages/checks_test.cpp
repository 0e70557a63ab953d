#include <regex>

#include <gmock/gmock.h>

#include "migration/spot_check/desk.h"
#include "tests/daemon/web/support/site.h"

namespace hrbridge::web {
namespace {

using spot_check::RowContent;
using spot_check::RowKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

RowContent row_of(RowKind kind, const std::string& name = "张小三") {
    RowContent row;
    row.kind = kind;
    row.planted = kind == RowKind::Decoy ? "name" : "";
    row.entity = "person";
    row.key = row.shown_key = "E0001";
    row.fields = {{"person_no", base::Kind::Text, "E0001", false, false, true, {"no"}},
                  {"name", base::Kind::Text, name, true, false, false, {"name"}},
                  {"hired", base::Kind::Date, std::nullopt, false, true, false, {"hired"}}};
    row.source = {{"no", "E0001"}, {"name", "张小三", true}, {"hired", ""}};
    row.source_rows = 1;
    return row;
}

// A sheet of a plain row, a decoy, and a row that tries to break out of the page.
class ChecksPage : public testing::Test {
  protected:
    ChecksPage() {
        const auto connection = site.connect();
        connection->execute(
            "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
            "started_at) VALUES ('core', 1, 'p', '', '', 'frozen', 'a', $1)",
            {site.clock.now()});
        spot_check::DrawRecord draw;
        draw.number = 1;
        draw.rehearsal_id = 1;
        draw.drawn_at = site.clock.now();
        draw.plan =
            spot_check::make_plan({{"person", "core/person", 400}}, 30'000, 950'000).value();
        spot_check::add_draw(*connection, draw);
        spot_check::Sheet(*connection, site.keys, 1)
            .add({row_of(RowKind::Sample),
                  row_of(RowKind::Decoy),
                  row_of(RowKind::Sample, R"(x"'><script>alert(1)</script>{{name}}&)"),
                  row_of(RowKind::Extra)});
        spot_check::open_draw(*connection, 1);
        session = site.login("checker");
        token = site.form_token(session);
    }
    std::string page(std::int64_t place, const Fields& query = {}) {
        return site.get("/checks/1/" + std::to_string(place), session, query).body;
    }
    Response post(const std::string& path, Fields form) {
        form["form_token"] = token;
        return site.post("/checks/1/" + path, session, form);
    }
    static std::string to(const Response& response) { return response.headers.at("Location"); }

    Site site;
    std::string session;
    std::string token;
};

TEST_F(ChecksPage, IsForCheckersAlone) {
    for (const char* other : {"operator", "implementer", "hr"}) {
        const std::string theirs = site.login(other);
        EXPECT_EQ(site.get("/checks", theirs).status, 403);
        EXPECT_EQ(site.get("/checks/1/1", theirs).status, 403);
    }
    EXPECT_EQ(site.get("/checks", session).status, 200);
    for (const char* elsewhere : {"/runs", "/rejects", "/outbox", "/findings"}) {
        EXPECT_EQ(site.get(elsewhere, session).status, 403) << elsewhere;
    }
    EXPECT_EQ(to(site.get("/", session)), "/checks");
}

TEST_F(ChecksPage, OfADecoyIsThatOfARowByteForByte) {
    const std::regex place("/checks/1/[0-9]+|行号 [0-9]+|<p class=\"hint keys\">[^\n]*");
    EXPECT_EQ(std::regex_replace(page(1), place, ""), std::regex_replace(page(2), place, ""));
    EXPECT_THAT(page(2), AllOf(Not(HasSubstr("decoy")), Not(HasSubstr("sample"))));
}

TEST_F(ChecksPage, ShowsNullAndEmptyTextApartAndMasksWhatIsPersonal) {
    EXPECT_THAT(page(1),
                AllOf(HasSubstr("NULL</span>"),
                      HasSubstr("空文本</span>"),
                      HasSubstr("张*三"),
                      Not(HasSubstr("张小三"))));
}

TEST_F(ChecksPage, RevealsAFieldAndKeepsWhatWasMarked) {
    const Response response = post("1/reveal", {{"field", "name"}, {"w.hired", "1"}});
    EXPECT_EQ(to(response), "/checks/1/1?at=name&marked=hired");
    const std::string shown = page(1, {{"at", "name"}, {"marked", "hired"}});
    EXPECT_THAT(shown, HasSubstr("张小三"));
    EXPECT_THAT(shown, HasSubstr(R"(name="w.hired" value="1" aria-label="有误 hired" checked)"));
    EXPECT_EQ(post("1/reveal", {{"field", "salary"}}).status, 404);
}

TEST_F(ChecksPage, LetsNoValueBreakOut) {
    post("3/reveal", {});
    const std::string shown = page(3);
    EXPECT_THAT(shown, HasSubstr("&lt;script&gt;alert(1)"));
    EXPECT_THAT(shown, Not(HasSubstr("<script>alert")));
}

TEST_F(ChecksPage, AsksForCriticalFieldsTwiceThenGoesOn) {
    EXPECT_EQ(to(post("1", {{"verdict", "right"}})), "/checks/1/1");
    EXPECT_THAT(page(1), AllOf(HasSubstr("再核对一遍"), Not(HasSubstr("data-field=\"name\""))));
    EXPECT_EQ(to(post("1", {{"verdict", "right"}})), "/checks/1/2");
    EXPECT_EQ(to(post("2", {{"verdict", "right"}})), "/checks/1/2");
    EXPECT_EQ(to(post("2", {{"verdict", "wrong"}})), "/checks/1/2?message=differs");
    EXPECT_EQ(to(post("2", {{"verdict", "wrong"}})), "/checks/1/2?message=no_field");
    EXPECT_EQ(to(post("2", {{"verdict", "wrong"}, {"w.name", "1"}})), "/checks/1/3");
    EXPECT_EQ(to(post("3", {{"verdict", "cannot_tell"}})), "/checks/1/4");
    EXPECT_EQ(to(post("4", {{"verdict", "source_changed"}})), "/checks?done=1");
    EXPECT_THAT(page(2), AllOf(HasSubstr("已有判断"), HasSubstr("name</p>")));
}

TEST_F(ChecksPage, TakesNoVerdictWithoutTheSessionsTokenAndNoneThatThereIsNot) {
    EXPECT_EQ(site.post("/checks/1/1", session, {{"verdict", "right"}}).status, 403);
    EXPECT_EQ(post("1", {{"verdict", "differs"}}).status, 404);
    EXPECT_EQ(post("1", {{"verdict", "fine"}}).status, 400);
    EXPECT_EQ(post("9", {{"verdict", "right"}}).status, 404);
    EXPECT_EQ(site.get("/checks/1/x", session).status, 404);
    EXPECT_EQ(site.get("/checks/2/1", session).status, 404);
}

TEST_F(ChecksPage, OfNoOpenDrawSaysSo) {
    site.connect()->execute("UPDATE spot_draw SET state = 'closed'", {});
    EXPECT_THAT(site.get("/checks", session).body, HasSubstr("现在没有要核对的抽样"));
    EXPECT_EQ(site.get("/checks/1/1", session).status, 404);
}

}  // namespace
}  // namespace hrbridge::web
