#include <fstream>

#include <gmock/gmock.h>

#include "migration/report/charts.h"
#include "migration/report/html.h"
#include "migration/report/pdf.h"
#include "migration/report/report.h"
#include "migration/report/words.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Document sample(std::size_t rows) {
    Document document;
    document.language = "zh";
    document.id = "core-3-0123abcd";
    document.title = "核心人事迁移报告";
    document.subtitle = "第 3 次演练";
    document.foot = "核对";
    document.blocks.emplace_back(Heading{1, "签字 <八>"});
    document.blocks.emplace_back(Paragraph{{"未签字 & \"x\"", Tone::Open}});
    document.blocks.emplace_back(Facts{{{"内容根", {std::string(64, 'a'), Tone::Plain, true}}}});
    document.blocks.emplace_back(Items{{{"一条"}}});
    Table table{{{"规则"}, {"行数", true}}, {}};
    for (std::size_t i = 0; i < rows; ++i) {
        table.rows.push_back({{"L" + std::to_string(i)}, {count_text(1'234), Tone::Bad}});
    }
    document.blocks.emplace_back(std::move(table));
    document.blocks.emplace_back(
        funnel({{"读取", 1'000, ""}, {"上线", std::nullopt, "未进行"}}, "漏斗"));
    document.blocks.emplace_back(
        stacked_bars({"第 1 次", "第 2 次"}, {{"F01", {12, 2}}, {"F02", {3, 0}}}, "趋势"));
    return document;
}

std::string text_of(const std::string& pdf) {
    const test::TempDir folder;
    std::ofstream(folder.file("a.pdf"), std::ios::binary) << pdf;
    test::ProcessOptions options;
    options.argv = {"pdftotext", "-layout", folder.file("a.pdf"), "-"};
    const test::Finished done = test::run(options);
    EXPECT_EQ(done.code, 0) << done.output;
    return done.output;
}

TEST(ReportHtml, EscapesWhatStandsInIt) {
    const std::string html = to_html(sample(1));
    EXPECT_THAT(html, HasSubstr("签字 &lt;八&gt;"));
    EXPECT_THAT(html, HasSubstr("未签字 &amp; &quot;x&quot;"));
    EXPECT_THAT(html, Not(HasSubstr("<八>")));
}

TEST(ReportHtml, NeedsNothingFromAnywhere) {
    const std::string html = to_html(sample(1));
    for (const char* const outside :
         {"<script", "http://", "https://", "src=", "@import", "url("}) {
        EXPECT_THAT(html, Not(HasSubstr(outside)));
    }
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
    EXPECT_EQ(shown_id(html), "core-3-0123abcd");
}

TEST(ReportPdf, HoldsSearchableChineseAndItsFontsOnEveryPage) {
    const auto pdf = to_pdf(sample(120));
    ASSERT_TRUE(pdf.ok());
    const std::string text = text_of(*pdf);
    EXPECT_THAT(text, HasSubstr("核心人事迁移报告"));
    EXPECT_THAT(text, HasSubstr("L119"));
    EXPECT_THAT(text, HasSubstr("4/4"));
    EXPECT_EQ(shown_id(*pdf), "core-3-0123abcd");
    const test::TempDir folder;
    std::ofstream(folder.file("a.pdf"), std::ios::binary) << *pdf;
    test::ProcessOptions options;
    options.argv = {"pdffonts", folder.file("a.pdf")};
    const std::string fonts = test::run(options).output;
    EXPECT_THAT(fonts, HasSubstr("NotoSansCJK"));
    EXPECT_THAT(fonts, Not(HasSubstr(" no  ")));
}

TEST(ReportPdf, RepeatsATablesHeadOnEachPage) {
    const auto pdf = to_pdf(sample(120));
    ASSERT_TRUE(pdf.ok());
    const std::string text = text_of(*pdf);
    std::size_t heads = 0;
    for (std::size_t at = text.find("行数"); at != std::string::npos;
         at = text.find("行数", at + 1)) {
        ++heads;
    }
    EXPECT_GE(heads, 3U);
}

TEST(ReportPdf, IsRefusedWithoutItsFont) {
    const auto pdf = to_pdf(sample(1), "A Family That Nobody Has");
    ASSERT_FALSE(pdf.ok());
    EXPECT_EQ(pdf.fault().what, "font_missing");
}

TEST(ReportWords, NeverRoundToAllOrNothing) {
    EXPECT_EQ(share_text(0, 7), "0 %");
    EXPECT_EQ(share_text(7, 7), "100 %");
    EXPECT_EQ(share_text(999'999, 1'000'000), "> 99.99 %");
    EXPECT_EQ(share_text(1, 100'000'000), "< 0.0001 %");
    EXPECT_EQ(share_text(1, 3), "33.33 %");
    EXPECT_EQ(share_text(1, 0), "–");
    EXPECT_EQ(count_text(1'234'567), "1,234,567");
    EXPECT_EQ(count_text(-1'234), "-1,234");
    EXPECT_EQ(count_text(-123), "-123");
    EXPECT_EQ(count_text(999), "999");
}

TEST(ReportWords, AreTheSameInBothLanguages) {
    for (const char* const code : {"title", "bound_value", "about_seal"}) {
        EXPECT_NE(Words("zh")(code), code);
        EXPECT_NE(Words("en")(code), code);
        EXPECT_NE(Words("zh")(code), Words("en")(code));
    }
}

}  // namespace
}  // namespace hrbridge::report
