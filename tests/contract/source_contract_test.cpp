#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "connectors/file/connector.h"
#include "tests/connectors/file/workbook.h"
#include "tests/connectors/odbc/databases.h"

namespace hrbridge::connectors {
namespace {

using odbc::Cell;
using odbc::Reading;
using odbc::Rows;

// A source that holds the seven rows of kRows, of whatever kind.
class Subject {
  public:
    virtual ~Subject() = default;
    virtual Connector& connector() = 0;
    virtual ReadRequest request(std::string after, std::size_t block_rows) = 0;
};

const Rows& expected_rows() {
    static const Rows kRows{{"1", "张三😀"},
                            {"2", std::nullopt},
                            {"3", ""},
                            {"4", "NULL"},
                            {"5", "trail  "},
                            {"6", "a,\"b\""},
                            {"7", "x"}};
    return kRows;
}

// One test holds two readings open.
SourceGuard two_sessions() {
    SourceGuard guard;
    guard.sessions = 2;
    return guard;
}

class DatabaseSubject final : public Subject {
  public:
    explicit DatabaseSubject(const std::string& kind)
        : database_(kind), mapping_("SELECT id, name FROM t WHERE {page}", {"id"}) {
        const std::string charset = database_.kind() == "mariadb" ? " CHARACTER SET utf8mb4" : "";
        database_.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(20))" + charset,
                       "INSERT INTO t VALUES (1, '张三😀'), (2, NULL), (3, ''), (4, 'NULL'), "
                       "(5, 'trail  '), (6, 'a,\"b\"'), (7, 'x')"});
        database_.guard() = two_sessions();
        connector_ = &database_.connector();
    }
    Connector& connector() override { return *connector_; }
    ReadRequest request(std::string after, std::size_t block_rows) override {
        return mapping_.request(std::move(after), block_rows);
    }

  private:
    odbc::Database database_;
    odbc::Mapping mapping_;
    Connector* connector_;
};

void write_workbook(const std::string& path) {
    test::Workbook book;
    std::string rows;
    Rows cells{{"id", "name"}};
    cells.insert(cells.end(), expected_rows().begin(), expected_rows().end());
    for (const auto& row : cells) {
        rows += "<row>";
        for (const Cell& cell : row) {
            rows += cell ? "<c t=\"inlineStr\"><is><t>" + *cell + "</t></is></c>" : "<c/>";
        }
        rows += "</row>";
    }
    book.sheet = "<sheetData>" + rows + "</sheetData>";
    test::write_zip(path, book.parts());
}

class FileSubject final : public Subject {
  public:
    explicit FileSubject(const std::string& format) {
        if (format == "xlsx") {
            write_workbook(folder_.file("a.xlsx"));
        } else {
            folder_.write(
                "a.csv",
                "id,name\n1,张三😀\n2,\n3,\"\"\n4,NULL\n5,trail  \n6,\"a,\"\"b\"\"\"\n7,x\n");
        }
        auto node = base::parse_yaml("conn: terminal\nfiles: '*." + format + "'\nkey: [id]\n",
                                     "a.map.yaml");
        node_ = std::move(node).value();
        file::Options options;
        options.name = "terminal";
        options.folder = folder_.path().string();
        options.stable_ms = 0;
        connector_ = std::make_unique<file::FileConnector>(options, clock_);
    }
    Connector& connector() override { return *connector_; }
    ReadRequest request(std::string after, std::size_t block_rows) override {
        ReadRequest request;
        request.dataset = &node_;
        request.key = {"id"};
        request.after = std::move(after);
        request.block_rows = block_rows;
        return request;
    }

  private:
    test::TempDir folder_;
    base::SystemClock clock_;
    base::YamlNode node_;
    std::unique_ptr<file::FileConnector> connector_;
};

struct Kind {
    const char* name;
    std::function<std::unique_ptr<Subject>()> make;
};

class SourceContract : public testing::TestWithParam<Kind> {
  protected:
    SourceContract() : subject_(GetParam().make()) {}

    // The two columns of the rows; a connector may add columns of its own.
    Reading read(const std::string& after, std::size_t block_rows) {
        const auto source = subject_->connector().open(subject_->request(after, block_rows));
        Reading reading = odbc::read_all(*source);
        for (auto& row : reading.rows) {
            row.resize(2);
        }
        return reading;
    }

    std::unique_ptr<Subject> subject_;
};

TEST_P(SourceContract, TellsItsColumnsBeforeTheFirstRow) {
    const auto source = subject_->connector().open(subject_->request("", 2000));

    ASSERT_GE(source->columns().size(), 2U);
    EXPECT_EQ(source->columns()[0].name, "id");
    EXPECT_EQ(source->columns()[1].name, "name");
}

TEST_P(SourceContract, GivesEveryByteAndKeepsNullApartFromEmpty) {
    EXPECT_EQ(read("", 2000).rows, expected_rows());
}

TEST_P(SourceContract, GivesBlocksNoLargerThanAsked) {
    const Reading reading = read("", 2);

    std::size_t before = 0;
    for (const std::size_t until : reading.rows_until) {
        EXPECT_LE(until - before, 2U);
        before = until;
    }
    EXPECT_EQ(reading.rows, expected_rows());
}

TEST_P(SourceContract, GoesOnExactlyBehindEveryBlock) {
    const Reading whole = read("", 2);

    for (std::size_t block = 0; block < whole.positions.size(); ++block) {
        const Reading rest = read(whole.positions[block], 3);
        const auto from = whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]);
        EXPECT_EQ(rest.rows, Rows(from, whole.rows.end())) << "behind block " << block;
    }
}

TEST_P(SourceContract, StaysAtItsEndWithAnEmptyBlock) {
    const auto source = subject_->connector().open(subject_->request("", 2000));
    base::RawBlock block;
    while (source->read(block, std::stop_token())) {
    }

    EXPECT_EQ(block.rows, 0U);
    EXPECT_FALSE(source->read(block, std::stop_token()));
    EXPECT_EQ(block.rows, 0U);
}

TEST_P(SourceContract, FillsABlockThatAnotherSourceFilledBefore) {
    base::RawBlock block;
    const auto first = subject_->connector().open(subject_->request("", 5));
    ASSERT_TRUE(first->read(block, std::stop_token()));
    const auto second = subject_->connector().open(subject_->request("", 3));

    ASSERT_TRUE(second->read(block, std::stop_token()));

    Rows rows;
    odbc::take_rows(block, rows);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0][1], expected_rows()[0][1]);
    EXPECT_EQ(rows[2][1], expected_rows()[2][1]);
}

TEST_P(SourceContract, GivesUpWhenItIsAskedToStop) {
    const auto source = subject_->connector().open(subject_->request("", 1));
    std::stop_source stop;
    base::RawBlock block;
    ASSERT_TRUE(source->read(block, stop.get_token()));

    stop.request_stop();

    EXPECT_THROW(source->read(block, stop.get_token()), base::Stopped);
}

TEST_P(SourceContract, ACheckOfAGoodSourcePasses) {
    EXPECT_NO_THROW(subject_->connector().check());
}

TEST_P(SourceContract, AnUnknownKeyOfADatasetIsAFaultWithItsLine) {
    const auto node = base::parse_yaml("conn: erp\nnonesuch: 1\n", "a.map.yaml");

    const base::Faults faults = subject_->connector().validate(*node);

    EXPECT_TRUE(std::any_of(faults.begin(), faults.end(), [](const base::Fault& fault) {
        return fault.where.find("a.map.yaml:2") != std::string::npos;
    }));
}

std::vector<Kind> kinds() {
    return {{"Mariadb", [] { return std::make_unique<DatabaseSubject>("mariadb"); }},
            {"Postgres", [] { return std::make_unique<DatabaseSubject>("postgres"); }},
            {"Sqlite", [] { return std::make_unique<DatabaseSubject>("sqlite"); }},
            {"NativeMariadb", [] { return std::make_unique<DatabaseSubject>("native_mariadb"); }},
            {"NativeSqlite", [] { return std::make_unique<DatabaseSubject>("native_sqlite"); }},
            {"Csv", [] { return std::make_unique<FileSubject>("csv"); }},
            {"Xlsx", [] { return std::make_unique<FileSubject>("xlsx"); }}};
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         SourceContract,
                         testing::ValuesIn(kinds()),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace hrbridge::connectors
