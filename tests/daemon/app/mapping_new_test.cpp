#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "daemon/base/error.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::HasSubstr;
using testing::Not;

// A mapping as the command writes it, from files and from a database.
class MappingNew : public testing::Test {
  protected:
    MappingNew() : draft_(bench_.folder.file("mappings/draft.map.yaml")) {}
    void make_database(const std::string& statements,
                       const std::string& way =
                           "kind: odbc, driver: SQLite3, attributes: "
                           "{Database: source.db}") {
        const std::string file = bench_.folder.file("source.db");
        const test::Finished done = test::run({{"sqlite3", file, statements}, {}, "", "", ""});
        ASSERT_EQ(done.code, 0) << done.output;
        std::string source = "  erp: {" + way + "}\n";
        if (const std::size_t at = source.find("Database: source.db"); at != std::string::npos) {
            source.replace(at, 19, "Database: " + file);
        }
        bench_.configure(source);
    }
    std::string text() const {
        std::ifstream in(draft_);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    CommandBench bench_;
    std::string draft_;
};

TEST_F(MappingNew, FromFilesLoadsAndPreviewsAsItIs) {
    bench_.put_rows("OP1,weld,production,\n");
    const Ran made =
        bench_.run({"mapping", "new", "files", "*.csv", "--entity", "operation", "--out", draft_});
    EXPECT_EQ(made.exit, Exit::Done) << made.errors;
    EXPECT_THAT(made.out, HasSubstr("Left to do"));
    EXPECT_THAT(text(), HasSubstr("code: {from: code, do: [trim], type: text(32), id: F01}"));

    const Ran preview = bench_.run({"mapping", "preview", draft_, "--json"});

    EXPECT_EQ(preview.exit, Exit::Done) << preview.errors << text();
    EXPECT_EQ(preview.json().at("rows").at(0).at("target").at("kind"), "production");
    EXPECT_EQ(bench_.run({"check"}).exit, Exit::Done) << bench_.run({"check"}).errors << text();
}

TEST_F(MappingNew, FromATableHasItsKeyAndMarksOfPersonalData) {
    make_database(
        "CREATE TABLE staff (person_no varchar(20) NOT NULL PRIMARY KEY, full_name varchar(40), "
        "id_number varchar(18), \"changed at\" datetime, remark varchar(10));"
        "INSERT INTO staff VALUES ('P1', 'Li', NULL, '2024-05-06 07:08:09', 'x')");
    const Ran made =
        bench_.run({"mapping", "new", "erp", "staff", "--entity", "person", "--out", draft_});
    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    const std::string draft = text();
    EXPECT_THAT(draft, HasSubstr("key: [person_no]"));
    EXPECT_THAT(draft, HasSubstr("person_no: {from: person_no, do: [trim], type: text(32), id:"));
    EXPECT_THAT(
        draft,
        HasSubstr("name: {from: full_name, do: [trim, empty_to_null], type: text(80), pii: name"));
    EXPECT_THAT(draft, HasSubstr("opt: true, pii: high"));
    EXPECT_THAT(made.out, HasSubstr("fields.name: is full_name right?"));
    EXPECT_THAT(made.out, HasSubstr("not needed: gender, birth_date, mobile"));
    EXPECT_THAT(draft, HasSubstr("no field reads: changed at, remark"));
    EXPECT_THAT(made.out, HasSubstr("rows whose changed at is NULL are found by sync.sweep alone"));

    const Ran preview = bench_.run({"mapping", "preview", draft_, "--json"});

    EXPECT_EQ(preview.exit, Exit::Done) << preview.errors << draft;
    EXPECT_EQ(preview.json().at("rows").at(0).at("target").at("name"), "L*");
    EXPECT_EQ(preview.json().at("rows").at(0).at("target").at("id_number"), "NULL");
    EXPECT_EQ(bench_.run({"check"}).exit, Exit::Done) << bench_.run({"check"}).errors << draft;
}

TEST_F(MappingNew, WarnsOfATargetKeyThatIsCoarserThanTheSources) {
    make_database(
        "CREATE TABLE contract (employee_no varchar(20) NOT NULL, start_date date NOT NULL, "
        "person_no varchar(20), PRIMARY KEY (employee_no, start_date))");
    const Ran made = bench_.run(
        {"mapping", "new", "erp", "contract", "--entity", "employment_spell", "--out", draft_});
    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    EXPECT_THAT(made.out,
                HasSubstr("target.key: employee_no is coarser than the source's employee_no, "
                          "start_date: of source rows that share it the newest alone is kept"));
}

TEST_F(MappingNew, PreviewAndCheckNameTheLinesOfAColumnThatTheSourceHasLost) {
    make_database(
        "CREATE TABLE staff (person_no varchar(20) NOT NULL PRIMARY KEY, full_name varchar(40));"
        "INSERT INTO staff VALUES ('P1', 'Li')");
    ASSERT_EQ(
        bench_.run({"mapping", "new", "erp", "staff", "--entity", "person", "--out", draft_}).exit,
        Exit::Done);
    const test::Finished done = test::run(
        {{"sqlite3", bench_.folder.file("source.db"), "ALTER TABLE staff DROP COLUMN full_name"},
         {},
         "",
         "",
         ""});
    ASSERT_EQ(done.code, 0) << done.output;

    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"mapping", "preview", draft_}, {"check", "--all"}}) {
        const Ran ran = bench_.run(command);
        EXPECT_EQ(ran.exit, Exit::FaultsFound) << ran.errors;
        EXPECT_THAT(ran.errors, HasSubstr("column full_name removed"));
        EXPECT_THAT(ran.errors, HasSubstr("fields.name: reads column full_name, which is removed"));
    }
}

TEST_F(MappingNew, IsTheSameByADatabasesOwnLibrary) {
    const std::string tables =
        "CREATE TABLE staff (person_no varchar(20) NOT NULL PRIMARY KEY, full_name varchar(40));"
        "INSERT INTO staff VALUES ('P1', 'Li')";
    make_database(tables);
    const Ran by_odbc = bench_.run({"mapping", "new", "erp", "staff", "--entity", "person"});
    std::filesystem::remove(bench_.folder.file("source.db"));
    make_database(tables, "kind: sqlite, path: source.db");

    const Ran by_library = bench_.run({"mapping", "new", "erp", "staff", "--entity", "person"});

    EXPECT_EQ(by_library.exit, Exit::Done) << by_library.errors;
    EXPECT_EQ(by_library.out, by_odbc.out);
}

TEST_F(MappingNew, SaysWhichNeededFieldsHaveNoSourceColumn) {
    make_database("CREATE TABLE t (emp_no varchar(20) NOT NULL PRIMARY KEY, work_date date)");
    const Ran made =
        bench_.run({"mapping", "new", "erp", "t", "--entity", "attendance_day", "--out", draft_});
    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    EXPECT_THAT(made.out, HasSubstr("fields.spell_id: needed"));
    EXPECT_THAT(made.out, HasSubstr("fields.worked_minutes: needed"));
    EXPECT_THAT(text(),
                HasSubstr("# <- spell_id: {from: …, do: [trim], ref: employment_spell.employee_no, "
                          "type: text(32), else: hold, id: F01}   # needed"));
    EXPECT_THAT(bench_.run({"mapping", "preview", draft_}).errors, HasSubstr("spell_id"));
}

TEST_F(MappingNew, NeverProposesThatARowIsItsOwnParent) {
    make_database(
        "CREATE TABLE dept (dept_code varchar(20) NOT NULL PRIMARY KEY, name varchar(40), "
        "kind varchar(10))");
    const Ran made = bench_.run({"mapping", "new", "erp", "dept", "--entity", "org_unit"});
    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    EXPECT_THAT(made.out, HasSubstr("code: {from: dept_code"));
    EXPECT_THAT(made.out, HasSubstr("# <- parent_id: {from: …"));

    make_database(
        "CREATE TABLE unit (code varchar(20) NOT NULL PRIMARY KEY, name varchar(40), "
        "parent_code varchar(20))");
    const Ran with_parent = bench_.run({"mapping", "new", "erp", "unit", "--entity", "org_unit"});
    EXPECT_THAT(with_parent.out, HasSubstr("parent_id: {from: parent_code"));
    std::filesystem::remove(bench_.folder.file("source.db"));
    make_database("CREATE TABLE unit (code varchar(20) NOT NULL PRIMARY KEY, name varchar(40))");
    const Ran same = bench_.run({"mapping", "new", "erp", "unit", "--entity", "org_unit"});
    EXPECT_THAT(same.out, HasSubstr("  code: {from: code,"));
    EXPECT_THAT(same.out, HasSubstr("# <- parent_id: {from: …"));
}

TEST_F(MappingNew, WithoutAnEntityMakesNoKeyOptional) {
    make_database("CREATE TABLE t (code varchar(20) PRIMARY KEY, name varchar(40))");
    const Ran made = bench_.run({"mapping", "new", "erp", "t"});
    EXPECT_EQ(made.exit, Exit::Done);
    EXPECT_THAT(made.out, HasSubstr("code: {from: code, do: [trim], type: text(20), id: F01}"));
    EXPECT_THAT(made.out, HasSubstr("# <- target: name the entity"));
    bench_.folder.write("mappings/draft.map.yaml", made.out);
    EXPECT_EQ(bench_.run({"mapping", "preview", draft_}).exit, Exit::Done);
}

TEST_F(MappingNew, DoesNotMindTheEmptyFileThatTheShellHasMade) {
    bench_.put_rows("OP1,weld,production,\n");
    const Ran ran = bench_.run_program(
        {"mapping", "new", "files", "*.csv", "--entity", "operation"}, "/dev/null", draft_);
    EXPECT_EQ(ran.exit, Exit::Done) << ran.out;
    EXPECT_EQ(bench_.run({"mapping", "preview", draft_}).exit, Exit::Done) << text();
}

TEST_F(MappingNew, NeverWritesOverAFile) {
    bench_.put_rows("OP1,weld,production,\n");
    bench_.folder.write("mappings/draft.map.yaml", "mine");
    const Ran made = bench_.run({"mapping", "new", "files", "*.csv", "--out", draft_});
    EXPECT_EQ(made.exit, Exit::Usage);
    EXPECT_THAT(made.errors, HasSubstr("there already"));
    EXPECT_EQ(text(), "mine");
    int files = 0;
    for ([[maybe_unused]] const auto& each :
         std::filesystem::directory_iterator(bench_.folder.file("mappings"))) {
        ++files;
    }
    EXPECT_EQ(files, 2) << "no draft is left behind";
}

TEST_F(MappingNew, SaysOfADamagedWorkbookWhatIsWrongWithIt) {
    std::ofstream(bench_.folder.file("in/a.xlsx")) << "code,name\n";
    std::filesystem::last_write_time(
        bench_.folder.file("in/a.xlsx"),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));

    try {
        bench_.run({"mapping", "new", "files", "*.xlsx", "--entity", "operation"});
        FAIL() << "a draft of nothing";
    } catch (const base::ConnectorError& error) {
        EXPECT_THAT(error.what(), HasSubstr("file 'a.xlsx' is no .xlsx workbook"));
    }
}

TEST_F(MappingNew, ReadsHeadersInChineseToo) {
    // 工序 in GBK
    std::ofstream(bench_.folder.file("in/gbk.csv")) << "code,\xB9\xA4\xD0\xF2\nOP1,x\n";
    std::filesystem::last_write_time(
        bench_.folder.file("in/gbk.csv"),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    const Ran made = bench_.run({"mapping", "new", "files", "*.csv", "--entity", "operation"});
    EXPECT_THAT(made.out, HasSubstr("charset: gb18030"));
    EXPECT_THAT(made.out, HasSubstr("    工序: text\n"));
    EXPECT_THAT(made.out, Not(HasSubstr("#malformed")));
}

}  // namespace
}  // namespace hrbridge::app
